import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { onSandbox, Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const mounts = (): readonly string[] => readFileSync('/proc/self/mounts', 'utf8').split('\n');
const netnsNames = (): readonly string[] => (existsSync('/run/netns') ? readdirSync('/run/netns') : []);

describe('a sandbox', () => {
  test(
    'sees nothing of the machine, and the machine nothing of it',
    onSandbox(async (host) => {
      const before = { mounts: mounts(), netns: netnsNames() };
      await host.sh(
        'ip netns add web; ip link add name outer type bridge; echo 127.0.0.9 own >> /etc/hosts; touch /var/lib/mark',
      );
      expect(await host.ip(undefined, 'link', 'show')).toMatchObject([{ ifname: 'lo' }, { ifname: 'outer' }]);
      expect(await host.sh('ls /sys/class/net')).toBe('lo\nouter\n');
      expect(await host.namespaces()).toEqual(['web']);
      expect({ mounts: mounts(), netns: netnsNames() }).toEqual(before);
      expect(readFileSync('/etc/hosts', 'utf8')).not.toContain('127.0.0.9 own');
      expect(existsSync('/var/lib/mark')).toBe(false);
    }),
  );

  test(
    'two do not see each other',
    onSandbox(async (host) => {
      const other = await Sandbox.start();
      await other.sh('ip netns add theirs');
      await host.sh('ip netns add ours');
      const seen = [await other.namespaces(), await host.namespaces()];
      await other.stop();
      expect(seen).toEqual([['theirs'], ['ours']]);
    }),
  );

  test(
    'takes what runs in it along when it ends',
    onSandbox(async () => {
      const host = await Sandbox.start();
      const proc = host.path('/proc');
      await host.sh('sleep 1000 > /dev/null 2>&1 & ip netns add web; ip netns exec web sleep 1000 > /dev/null 2>&1 &');
      await host.stop();
      expect(existsSync(proc)).toBe(false);
    }),
  );

  test(
    'says how a command ended',
    onSandbox(async (host) => {
      expect(await host.run(['sh', '-c', 'cat; echo oops >&2; exit 7'], { input: 'in' })).toMatchObject({
        code: 7,
        stdout: 'in',
        stderr: 'oops\n',
      });
      expect(await host.run(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: 143 });
      expect(await host.run(['sleep', '60'], { timeout: 100 })).toMatchObject({ code: 124 });
      await expect(host.sh('echo said; exit 3')).rejects.toThrow(/exit 3[^]*said/);
    }),
  );

  test(
    'files are written and read in the folder that commands run in',
    onSandbox(async (host) => {
      await host.write('folder/a.txt', 'text');
      expect(await host.sh('cat folder/a.txt')).toBe('text');
      expect(await host.read('/proc/1/comm')).toBe('cat\n');
    }),
  );
});

const CHANGES = [
  ['a device', 'ip link add name d0 type bridge'],
  ['an alias', 'ip link set dev lo alias mine'],
  ['an address', 'ip addr add 192.0.2.1/24 dev lo'],
  ['an IPv6 route', 'ip -6 route add blackhole 2001:db8::/32 table 77'],
  ['a rule', 'ip -6 rule add priority 100 table 77'],
  ['a neighbour', 'ip link add name d0 type bridge; ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev d0'],
  ['a qdisc', 'tc qdisc add dev lo root tbf rate 1mbit burst 10k latency 10ms'],
  ['a table of nft', 'nft add table inet mine'],
  ['a sysctl', 'sysctl -qw net.ipv4.ip_forward=1'],
  ['a namespace', 'ip netns add web'],
  ['a device in a namespace', 'ip -n base link add name d0 type bridge'],
  ['a file for a namespace', 'mkdir -p /etc/netns/base; echo 1 > /etc/netns/base/hosts'],
  ['a process', 'sleep 1000 > /dev/null 2>&1 &'],
  ['a namespace that only a process holds', 'unshare -n sleep 1000 > /dev/null 2>&1 &'],
] as const;

describe('a snapshot', () => {
  test(
    'is equal to one taken before a device came and went',
    onSandbox(async (host) => {
      await host.sh('ip netns add base');
      const before = await host.snapshot();
      await host.sh(
        'ip netns add web; ip link add name a0 type veth peer name b0 netns web; ip addr add fd00::1/64 dev a0; ip link set dev a0 up; ip netns del web',
      );
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  for (const [what, script] of CHANGES)
    test(
      `shows ${what}`,
      onSandbox(async (host) => {
        await host.sh('ip netns add base');
        const before = await host.snapshot();
        await host.sh(script);
        expect(await host.snapshot()).not.toEqual(before);
      }),
    );
});
