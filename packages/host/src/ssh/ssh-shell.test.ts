import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SshShell } from './ssh-shell.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pw-ssh-'));
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', folder);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program of that name in place of ssh. */
function sshThat(script: string): void {
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
}

const shell = (): SshShell => new SshShell({ name: 'h1', ssh: 'root@h1' });
const ECHO = [{ programs: [{ argv: ['echo', 'hello'] }] }];

test('what ssh says by itself after all that a script prints keeps nobody waiting', async () => {
  sshThat('exec 4>&1; sh 2>&1 >&4 | while IFS= read -r it; do echo "$it" >&2; echo "debug1: more" >&2; done');
  const it = shell();
  const [[result] = []] = await it.run(ECHO);
  expect(result).toMatchObject({ code: 0, stdout: 'hello\n' });
  await it.close();
});

/** Without a timer: those of the test are not the clock's. */
async function untilItWaits(): Promise<void> {
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
}

test('a login that comes to no shell is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sshThat('echo welcome; exec sleep 1000');
  const it = shell();
  const run = expect(it.run(ECHO)).rejects.toMatchObject({
    code: 'PW_HOST_UNREACHABLE',
    message: expect.stringContaining('its login shell does nothing') as string,
  });
  await untilItWaits();
  vi.advanceTimersByTime(60_000);
  await run;
});

test('who leaves while it works waits for nothing', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sshThat('exec sleep 1000');
  const it = shell();
  const run = expect(it.run(ECHO)).rejects.toMatchObject({ code: 'PW_HOST_UNREACHABLE' });
  await untilItWaits();
  await it.close();
  await run;
});
