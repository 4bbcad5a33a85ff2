import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExecaCommands } from './commands.js';

const commands = new ExecaCommands();
const sh = (script: string): readonly string[] => ['sh', '-c', script];

describe('a program', () => {
  test.each([
    [
      'its output and its code',
      sh('echo out; echo err >&2; exit 3'),
      {},
      { code: 3, stdout: 'out\n', stderr: 'err\n' },
    ],
    ['what it is told', ['cat'], { input: 'told' }, { code: 0, stdout: 'told', stderr: '' }],
    ['nothing to read, where it is told nothing', ['cat'], {}, { code: 0, stdout: '', stderr: '' }],
    [
      'C as its language, and what env adds',
      sh('echo $LC_ALL $MORE'),
      { env: { MORE: 'more' } },
      { code: 0, stdout: 'C more\n', stderr: '' },
    ],
    ['a signal is 128 and its number', sh('kill -TERM $$'), {}, { code: 143, stdout: '', stderr: '' }],
    ['none of that name', ['pipewright-none'], {}, { code: 127, stdout: '', stderr: 'pipewright-none: not found' }],
    [
      'one that may not be run',
      ['/etc/passwd'],
      {},
      { code: 126, stdout: '', stderr: '/etc/passwd: permission denied' },
    ],
    ['bytes that are no text', ['printf', 'a\\377b'], {}, { code: 0, stdout: 'a\uFFFDb', stderr: '' }],
  ])('%s', async (_, argv, options, expected) => expect(await commands.run(argv, options)).toEqual(expected));

  test('that ^C met before it began is begun again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pipewright-'));
    const once = sh(`[ -e ${folder}/met ] && echo begun || { : > ${folder}/met; kill -INT $$; }`);
    expect(await commands.run(once)).toEqual({ code: 0, stdout: 'begun\n', stderr: '' });
    await rm(folder, { recursive: true });
  });

  test('ends when it is to stop, as do its children, and says what it has to', async () => {
    const stop = new AbortController();
    const running = commands.run(sh('trap "echo stopped; exit 7" TERM; echo begun; sleep 20 & wait'), {
      stop: stop.signal,
    });
    setTimeout(() => stop.abort(), 300);
    expect(await running).toEqual({ code: 7, stdout: 'begun\nstopped\n', stderr: '' });
    expect((await commands.run(['sleep', '20'], { stop: stop.signal })).code).toBe(143);
  });

  test('hands over what it prints as it comes', async () => {
    const taken: string[] = [];
    const take = async (bytes: Uint8Array) => taken.push(Buffer.from(bytes).toString()) > 0;
    const script = sh('echo one; sleep 0.3; echo two; echo err >&2; exit 3');
    expect(await commands.run(script, { take })).toEqual({ code: 3, stdout: '', stderr: 'err\n' });
    expect(taken).toEqual(['one\n', 'two\n']);
  });

  test('is ended where nobody takes what it prints', async () => {
    const endless = sh('while :; do echo more; sleep 0.01; done');
    expect(await commands.run(endless, { take: async () => false })).toMatchObject({ code: 143 });
    expect(await commands.run(['pipewright-none'], { take: async () => true })).toMatchObject({ code: 127 });
  });

  test('does not outlive its time, nor do its children', async () => {
    const began = Date.now();
    // The grandchild holds the output open: it would be waited for.
    const { code, stderr } = await commands.run(sh('sleep 20 & sleep 20'), { timeoutMs: 100 });
    expect({ code, stderr }).toEqual({ code: 137, stderr: 'no answer within 100 ms' });
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});
