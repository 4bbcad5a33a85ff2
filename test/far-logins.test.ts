import { once } from 'node:events';
import { onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { snapshots, twoHosts } from './support.js';

vi.setConfig({ testTimeout: 180_000 }); // several machines a test

const PAIR = twoHosts('pair');

/** What ssh runs before it runs what it is told. */
const loginShell = (host: Sandbox, script: string) =>
  host.sh(
    `cat > /mnt/login; chmod +x /mnt/login; sed -i 's,^root:.*,root:x:0:0:root:/mnt/home:/mnt/login,' /etc/passwd`,
    { input: `#!/bin/sh\n${script}\n` },
  );

test(
  'whatever a login shell says and calls its programs, and however much ssh tells, all works',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    await here.write('pipewright.yaml', PAIR);
    await here.write('/mnt/home/.ssh/config', 'Host h2\n  LogLevel DEBUG3\nHost h1\n  LogLevel QUIET\n');
    await loginShell(h2, 'echo welcome; printf oops >&2; PATH=/nowhere LC_ALL=tr_TR.UTF-8 exec /bin/sh "$@"');
    const before = await snapshots([here, ...far]);
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    expect((await here.pipewright('ping')).stdout).toContain('All of 2 addresses were reached');
    expect((await here.tryPipewright('exec', 'n2', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);

    await here.write('pipewright.yaml', PAIR.replace('ssh: root@h1', 'ssh: root@198.51.100.77'));
    await here.write('/mnt/home/.ssh/config', 'LogLevel QUIET\n');
    expect((await here.tryPipewright('plan')).stderr).toMatch(/No route to host|timed out/);
  }),
);

test(
  'a command that waits for a host is ended at once: for one that comes to no shell, or that another pipewright has',
  onHosts(2, async ({ here, far }) => {
    const [h1, h2] = far as [Sandbox, Sandbox];
    await here.write('pipewright.yaml', PAIR);
    const before = await snapshots(far);
    const endedAt = async (waiting: () => Promise<unknown>, ...words: readonly string[]) => {
      const ended = once(here.spawn([...here.cli, ...words]), 'exit');
      await waiting();
      await here.sh(`kill -TERM "$(pgrep -o -f 'pipewright.cjs ${words[0] ?? ''}')"`);
      return (await ended)[0] as number;
    };
    await loginShell(h2, ': > /mnt/hung; exec sleep 1000');
    for (const words of [
      ['up', '--yes'],
      ['up', '--dry-run'],
      ['down', '--yes'],
    ])
      expect(
        await endedAt(() => h2.sh('until [ -e /mnt/hung ]; do sleep 0.02; done; rm /mnt/hung'), ...words),
        words.join(' '),
      ).toBe(130);
    await h2.sh(`sed -i 's,/mnt/login,/bin/sh,' /etc/passwd; pkill -x sleep`);

    await h1.sh('mkdir -m 700 -p /run/pipewright');
    h1.spawn(['flock', '/run/pipewright/lock', 'sh', '-c', 'until [ -e /mnt/free ]; do sleep 0.05; done']);
    await h1.sh('while flock --nonblock /run/pipewright/lock true; do sleep 0.02; done');
    const waits = () => h1.sh("until pgrep -f '[f]lock --exclusive 9' > /dev/null; do sleep 0.05; done");
    expect(await endedAt(waits, 'up', '--yes')).toBe(130);
    await h1.sh('touch /mnt/free; flock /run/pipewright/lock true');
    expect(await snapshots(far)).toEqual(before);
  }),
);
