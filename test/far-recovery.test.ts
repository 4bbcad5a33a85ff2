import { once } from 'node:events';
import { type FarHosts, onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { snapshots, twoHosts } from './support.js';

vi.setConfig({ testTimeout: 240_000 }); // several machines a test

/** A node on each host, in one network, and here a command that takes its time when all is made. */
const wide = (more = ', commands: [[sleep, "8"]]') => twoHosts('wide', more);

const NOTES = 'ls /run/pipewright/journal';

/** Runs `up` until its nodes are there on all hosts, then ends it as nothing can be heard. */
async function killedUp({ here, far }: FarHosts): Promise<void> {
  const ended = once(here.spawn([...here.cli, 'up', '--yes']), 'exit');
  for (const [index, host] of far.entries())
    await host.sh(`until ip -n wide-n${index + 1} link show dev eth0 > /dev/null 2>&1; do sleep 0.02; done`);
  await here.sh(`kill -9 "$(pgrep -f 'pipewright.cjs up' | head -n 1)"`);
  await ended;
  for (const host of far) await host.sh('until flock --nonblock /run/pipewright/lock true; do sleep 0.05; done');
}

/** The machine that ran the command is another one now: it remembers nothing. */
const FORGET = 'rm -rf /run/pipewright /var/lib/pipewright';

test(
  'what a command began on other hosts is undone from a machine that knows nothing of it, by name or before the next change',
  onHosts(2, async (hosts) => {
    const { here, far } = hosts;
    const before = await snapshots(far);
    await here.write('pipewright.yaml', wide());
    await killedUp(hosts);
    for (const host of far) expect(await host.sh(NOTES)).toMatch(/\.jsonl\n$/);
    await here.sh(FORGET);
    const { stdout } = await here.pipewright('recover', '--host', 'root@h1', '--host', 'root@h2');
    expect(stdout).toMatch(/`up` of wide.*undone/);
    expect(await snapshots(far)).toEqual(before);
    for (const host of far) expect(await host.sh(NOTES)).toBe('');

    await killedUp(hosts);
    await here.sh(FORGET);
    await here.write('pipewright.yaml', wide(''));
    expect((await here.pipewright('up', '--yes')).stderr).toMatch(/`up` of wide.*undone/);
    expect(await here.plan()).toEqual([]);
    for (const host of far) expect(await host.sh(NOTES)).toBe('');
    await here.pipewright('down', '--yes');
    expect(await snapshots(far)).toEqual(before);
  }),
);

test(
  'a host that cannot be written to is named, and nothing is begun on any',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    await h2.sh('mkdir -p -m 700 /run/pipewright/journal; mount -t tmpfs -o ro none /run/pipewright/journal');
    const before = await snapshots(far);
    await here.write('pipewright.yaml', wide(''));
    const { code, stderr } = await here.tryPipewright('up', '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/on host "h2" could not be written: .*read-only.*PW_HOST_STATE_NOT_WRITTEN/i);
    expect(stderr).not.toContain('PIPEWRIGHT_STATE_DIR'); // which says nothing to another machine
    expect(await snapshots(far)).toEqual(before);
  }),
);

test(
  'the machine that began it undoes only what nobody else has undone since',
  onHosts(2, async (hosts) => {
    const { here, far } = hosts;
    const [h1] = far as [Sandbox];
    const before = await snapshots(far);
    await here.write('pipewright.yaml', wide());
    await killedUp(hosts);
    await here.sh('mv /run/pipewright /run/ours');
    await here.pipewright('recover', '--host', 'root@h1');
    await h1.sh('ip netns add wide-n1'); // somebody's own, under the same name
    await here.sh('rm -rf /run/pipewright; mv /run/ours /run/pipewright');
    await here.pipewright('recover');
    expect(await h1.namespaces()).toEqual(['wide-n1']);
    await h1.sh('ip netns del wide-n1');
    expect(await snapshots(far)).toEqual(before);
  }),
);

test(
  'a host whose ssh is ended in the middle is put back when it is reached again, from anywhere',
  onHosts(2, async (hosts) => {
    const { here, far } = hosts;
    const [, h2] = far as [Sandbox, Sandbox];
    const before = await snapshots(far);
    await here.write('pipewright.yaml', wide());
    const up = here.tryPipewright('up', '--yes');
    await h2.sh('until ip -n wide-n2 link show dev eth0 > /dev/null 2>&1; do sleep 0.02; done');
    await here.sh('ip link set dev h2-uplink down'); // no answer comes any more
    const { code, stderr } = await up;
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/PW_LEFT_UNSEEN[^]*there again; then `pipewright recover`/),
    ]);
    expect(await snapshots(far.slice(0, 1))).toEqual(before.slice(0, 1));
    await here.sh(`ip link set dev h2-uplink up; ${FORGET}`);
    await h2.sh(
      'pkill -9 -x sshd-session || true; for it in $(pgrep -x sshd); do [ $it = $(pgrep -o -x sshd) ] || kill -9 $it || true; done',
    );
    await here.pipewright('recover', '--host', 'root@h2');
    expect(await snapshots(far)).toEqual(before);
  }),
);

/** On a host without a relay: the first that would make a network namespace waits until it is told to go on. */
const WAITING_UNSHARE = `
mount -t tmpfs none /usr/local/sbin
cat > /usr/local/sbin/unshare <<'EOF'
#!/bin/sh
: > /usr/local/sbin/reached
until [ -e /usr/local/sbin/go ]; do sleep 0.02; done
exec /usr/bin/unshare "$@"
EOF
printf '#!/bin/sh\\nexit 1\\n' > /usr/local/sbin/perl
chmod +x /usr/local/sbin/*`;

const KILL_SESSION = 'pkill -9 -x sshd-session || kill -9 $(pgrep -x sshd | grep -vx "$(pgrep -o -x sshd)")';

test(
  'ssh is killed in the middle of a change, at either end: all is put back on all hosts at once; and what is left of a command that is killed, by the next',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    await here.write('pipewright.yaml', wide(''));
    await h2.sh(WAITING_UNSHARE);
    const before = await snapshots([here, ...far]);
    const ends = {
      'our ssh': () => here.sh(`kill -9 "$(pgrep -o -f 'ssh .*root@h2')"`),
      'the session there': () => h2.sh(KILL_SESSION),
      ourselves: () => here.sh(`kill -9 "$(pgrep -o -f 'pipewright.cjs up')"`),
    };
    for (const [what, end] of Object.entries(ends)) {
      await h2.sh('rm -f /usr/local/sbin/reached /usr/local/sbin/go');
      const up = here.tryPipewright('up', '--yes');
      await h2.sh('until [ -e /usr/local/sbin/reached ]; do sleep 0.02; done');
      await end();
      await h2.sh('touch /usr/local/sbin/go');
      const { code, stderr } = await up;
      if (what === 'ourselves') break;
      expect(stderr, what).toMatch(/connection to host "h2".*broke/);
      expect(code, what).toBe(1);
      expect(await snapshots([here, ...far]), what).toEqual(before);
    }
    expect((await here.pipewright('up', '--yes')).stderr).toMatch(/`up` of wide.*undone/);
    expect(await here.plan()).toEqual([]);
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
    for (const host of far) expect(await host.sh(NOTES)).toBe('');
  }),
);

test(
  'a host that is cut off is free for others soon, and not while it is heard from',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    await here.write(
      'pipewright.yaml',
      'name: t\nhosts: { h1: { ssh: root@h1 } }\nnodes: { a: { host: h1 }, b: { commands: [[sleep, "120"]] } }\n',
    );
    const before = await h1.snapshot();
    const ended = once(here.spawn([...here.cli, 'up', '--yes']), 'exit');
    await h1.sh('until [ -e /run/netns/t-a ]; do sleep 0.05; done; sleep 30');
    expect((await h1.run(['flock', '--nonblock', '/run/pipewright/lock', 'true'])).code).toBe(1);
    await here.sh('ip link set dev h1-uplink down');
    await h1.sh('flock --timeout 60 /run/pipewright/lock true');
    await here.sh(`ip link set dev h1-uplink up; kill -9 "$(pgrep -f 'pipewright.cjs up' | head -n 1)"; ${FORGET}`);
    await ended;
    await here.sh('until ssh -o BatchMode=yes root@h1 true; do sleep 0.2; done');
    await here.pipewright('recover', '--host', 'root@h1');
    expect(await h1.snapshot()).toEqual(before);
  }),
);
