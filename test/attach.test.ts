import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, ifindex } from './support.js';

/** A namespace `red` that is somebody else's, with an eth0 and a default route of each family. */
async function red(host: Sandbox): Promise<void> {
  await host.sh(`
    ip netns add red; ip -n red link set lo up
    ip link add x0 type veth peer name eth0 netns red; ip addr add 172.20.0.1/24 dev x0; ip link set x0 up
    ip -n red addr add 172.20.0.2/24 dev eth0; ip -n red addr add fd00:20::2/64 dev eth0 nodad; ip -n red link set eth0 up
    ip -n red route add default via 172.20.0.1 proto dhcp src 172.20.0.2
    ip -n red route add fd00:77::/64 via fd00:20::9; ip -n red -6 route add default via fd00:20::1 proto static
  `);
}

/** The pid of a process in a network namespace of its own. */
async function process(host: Sandbox): Promise<string> {
  const pid = (await host.sh('unshare --net sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
  await host.sh(
    `until [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done; nsenter -n -t ${pid} ip link set lo up`,
  );
  return pid;
}

const inside = (host: Sandbox, pid: string, command: string): Promise<string> =>
  host.sh(`nsenter -n -t ${pid} ${command}`);

const NETWORK = ['--network', 'br9'];

test(
  'a process gets a nic, and it goes again without a trace',
  onSandbox(async (host) => {
    const pid = await process(host);
    const before = await host.snapshot();
    const asked = [`pid:${pid}`, ...NETWORK, '--nic', 'wan0', '--address', '10.40.0.2/24@10.40.0.1'];
    const more = ['--mac', '02:00:00:00:00:42', '--mtu', '1400', '--host-device', 'hostapp1'];
    await host.pipewright('attach', ...asked, ...more);
    expect(await inside(host, pid, 'ip -br addr show wan0')).toContain('10.40.0.2/24');
    expect(await inside(host, pid, 'ip link show wan0')).toMatch(/mtu 1400[^]*02:00:00:00:00:42/);
    expect(await inside(host, pid, 'ip route')).toContain('default via 10.40.0.1 dev wan0');
    expect(await host.sh('ip -br link show master br9')).toMatch(/^hostapp1@/);

    const attached = await host.snapshot();
    const again = (await host.pipewright('attach', ...asked, ...more, '--json')).json();
    expect(again).toMatchObject({ applied: false, changes: [], nic: 'wan0' });
    expect(await host.snapshot()).toEqual(attached);

    await host.pipewright('detach', `pid:${pid}`);
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a nic with a long name goes by that, and by the name of its device',
  onSandbox(async (host) => {
    await red(host);
    const before = await host.snapshot();
    for (const nicOf of ['echo uplink-to-the-office', 'ip -br link | grep -o "^pw[^@]*"']) {
      await host.pipewright('attach', 'red', ...NETWORK, '--nic', 'uplink-to-the-office', '--address', '10.40.0.2/24');
      await host.pipewright('attach', 'red', ...NETWORK, '--nic', 'wan0');
      const nic = (await host.sh(nicOf, { namespace: 'red' })).trim();
      const { stdout } = await host.pipewright('detach', 'red', '--nic', nic);
      expect(stdout).toContain('uplink-to-the-office of red is detached');
      await host.pipewright('detach', 'red', '--nic', 'wan0');
      expect(await host.snapshot()).toEqual(before);
    }
  }),
);

test(
  'attached nics are a topology: they reach each other, are shown, and go all at once',
  onSandbox(async (host) => {
    await red(host);
    const pid = await process(host);
    const before = await host.snapshot();
    await host.pipewright('attach', 'red', ...NETWORK, '--address', '10.40.0.2/24', '--address', 'fd00:40::2/64');
    await host.pipewright('attach', `pid:${pid}`, ...NETWORK, '--address', '10.40.0.3/24');
    await host.pipewright('attach', `pid:${pid}`, '--network', 'br8', '--nic', 'lan0');
    await host.pipewright('ping', '-n', 'adhoc');
    await host.pipewright('plan', '-n', 'adhoc', '--check');
    const status = (await host.pipewright('status', '-n', 'adhoc', '--json')).json() as {
      nodes: { name: string; interfaces: { name: string }[] }[];
    };
    expect(status.nodes.map((it) => [it.name, ...it.interfaces.map(({ name }) => name)])).toEqual([
      ['red', 'eth0', 'eth1'],
      [`pid-${pid}`, 'eth1', 'lan0'],
    ]);
    await host.pipewright('down', 'adhoc', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'two words for one namespace are one guest, whatever a device in another says of itself',
  onSandbox(async (host) => {
    await host.sh('ip netns add red; ip netns add blue');
    const pid = (await host.sh('ip netns exec red sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
    await host.sh(`until [ /proc/${pid}/ns/net -ef /run/netns/red ]; do sleep 0.01; done`);
    await host.sh('ip -n blue link add name x0 type veth peer name x1');
    const before = await host.snapshot();
    await host.sh('ip -n blue link set dev x0 alias pipewright:adhoc:red/eth1');
    await host.pipewright('attach', 'red', ...NETWORK, '--address', '10.40.0.2/24');
    await host.pipewright('attach', `pid:${pid}`, '--network', 'br8', '--nic', 'lan0', '--address', '10.41.0.2/24');
    await host.pipewright('pipework', 'br9', `pid:${pid}`, '10.40.0.3/24');
    await host.pipewright('attach', 'blue', ...NETWORK, '--address', '10.40.0.4/24');
    expect(await addresses(host, 'red', 'eth1')).toEqual(['10.40.0.3/24']);
    await host.sh('ip -n blue link set dev x0 alias ""');
    await host.pipewright('status', 'adhoc', '--check');
    const { nodes } = (await host.pipewright('status', 'adhoc', '--json')).json() as { nodes: { name: string }[] };
    expect(nodes.map(({ name }) => name)).toEqual(['red', 'blue']);
    await host.pipewright('detach', `pid:${pid}`, '--nic', 'lan0');
    await host.pipewright('down', 'adhoc', '--yes');
    expect(await host.snapshot()).toEqual(before);
    await host.sh(`kill ${pid}`);
  }),
);

describe('other values change that nic alone, and in place', () => {
  const CHANGES: readonly (readonly [what: string, args: readonly string[], expected: RegExp])[] = [
    ['the address', ['--address', '10.40.0.9/24'], /10\.40\.0\.9\/24/],
    ['the MTU', ['--address', '10.40.0.2/24', '--mtu', '1300'], /mtu 1300/],
    ['the MAC address', ['--address', '10.40.0.2/24', '--mac', '02:00:00:00:00:99'], /02:00:00:00:00:99/],
  ];
  for (const [what, args, expected] of CHANGES)
    test(
      what,
      onSandbox(async (host) => {
        await red(host);
        await host.pipewright('attach', 'red', ...NETWORK, '--nic', 'lan0', '--address', '10.40.0.3/24');
        const other = await ifindex(host, 'red', 'lan0');
        await host.pipewright('attach', 'red', ...NETWORK, '--nic', 'wan0', '--address', '10.40.0.2/24');
        const number = await ifindex(host, 'red', 'wan0');
        await host.pipewright('attach', 'red', ...NETWORK, '--nic', 'wan0', ...args);
        expect(await host.sh('ip addr show wan0', { namespace: 'red' })).toMatch(expected);
        expect([await ifindex(host, 'red', 'lan0'), await ifindex(host, 'red', 'wan0')]).toEqual([other, number]);
        expect(await addresses(host, 'red', 'lan0')).toEqual(['10.40.0.3/24']);
      }),
    );
});

describe('a default route that was there', () => {
  const asked = ['red', ...NETWORK, '--address', '10.40.0.2/24@10.40.0.1', '--address', 'fd00:40::2/64@fd00:40::1'];
  const defaults = async (host: Sandbox): Promise<string> => host.sh('ip route; ip -6 route', { namespace: 'red' });

  const AWAY: readonly (readonly [what: string, (host: Sandbox) => Promise<unknown>])[] = [
    ['detach', (host) => host.pipewright('detach', 'red')],
    ['down', (host) => host.pipewright('down', 'adhoc', '--yes')],
    [
      'detach, with the state lost',
      async (host) => {
        await host.sh('rm -rf /run/pipewright /var/lib/pipewright');
        await host.pipewright('detach', 'red');
      },
    ],
    [
      'attach without a gateway',
      async (host) => {
        await host.pipewright('attach', 'red', ...NETWORK, '--address', '10.40.0.2/24');
        expect(await defaults(host)).toContain('default via 172.20.0.1');
        await host.pipewright('detach', 'red');
      },
    ],
  ];
  for (const [what, away] of AWAY)
    test(
      `waits, and comes back as it was by ${what}`,
      onSandbox(async (host) => {
        await red(host);
        const before = await host.snapshot();
        await host.pipewright('attach', ...asked);
        const now = await defaults(host);
        expect(now).toContain('default via 10.40.0.1');
        expect(now).toContain('default via fd00:40::1');
        expect(now).not.toMatch(/default via (172|fd00:20)/);
        await away(host);
        expect(await host.snapshot()).toEqual(before);
      }),
    );

  test(
    'of a device that is gone does not come back',
    onSandbox(async (host) => {
      await red(host);
      await host.pipewright('attach', ...asked);
      await host.sh('ip link del x0');
      await host.pipewright('detach', 'red');
      expect(await host.sh('ip route show table all | grep default || :', { namespace: 'red' })).toBe('');
    }),
  );

  test(
    'of a nic of ours, added by hand, waits as well',
    onSandbox(async (host) => {
      const way = (): Promise<string> => host.sh('ip route show default', { namespace: 'web' });
      await host.sh('ip netns add web');
      await host.pipewright('attach', 'web', ...NETWORK, '--address', '10.40.0.2/24');
      await host.sh('ip -n web route add default via 10.40.0.77');
      await host.pipewright('attach', 'web', '--network', 'br8', '--address', '10.41.0.2/24@10.41.0.1');
      expect(await way()).toMatch(/^default via 10\.41\.0\.1 /);
      await host.pipewright('detach', 'web', '--nic', 'eth2');
      expect(await way()).toMatch(/^default via 10\.40\.0\.77 /);
      await host.pipewright('detach', 'web');

      const lab = (two: string): string => `
name: t
networks: { one: { kind: bridge, subnet: 10.1.0.0/24 }, two: { kind: bridge, subnet: 10.2.0.0/24 } }
nodes: { web: { kind: netns, namespace: web, networks: { one: ${two} } }, made: { networks: { one: ${two} } } }
`;
      await host.write('pipewright.yaml', lab(''));
      await host.pipewright('up', '--yes');
      for (const namespace of ['web', 't-made']) await host.sh('ip route add default via 10.1.0.77', { namespace });
      const before = await host.snapshot();
      await host.write('pipewright.yaml', lab(', two: { gateway: 10.2.0.99 }'));
      await host.pipewright('up', '--yes');
      expect(await way()).toMatch(/^default via 10\.2\.0\.99 /);
      await host.write('pipewright.yaml', lab(''));
      await host.pipewright('up', '--yes');
      expect(await host.snapshot()).toEqual(before);
      expect(await host.plan()).toEqual([]);
    }),
  );

  test(
    'makes room for a file, too',
    onSandbox(async (host) => {
      await red(host);
      const before = await host.snapshot();
      await host.write(
        'pipewright.yaml',
        `
name: t
networks: { lan: { kind: bridge, bridge: br9, shared: true } }
nodes: { web: { kind: netns, namespace: red, networks: { lan: { address: 10.40.0.2/24, gateway: 10.40.0.1 } } } }
`,
      );
      await host.pipewright('up', '--yes');
      expect(await defaults(host)).toContain('default via 10.40.0.1 dev eth1');
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

describe('a bridge', () => {
  test(
    'that a user made is left as it is',
    onSandbox(async (host) => {
      await red(host);
      await host.sh('ip link add br9 mtu 1400 address 02:00:00:00:00:99 type bridge; ip addr add 10.40.0.1/24 dev br9');
      await host.sh('ip link set br9 up');
      const bridge = await ifindex(host, undefined, 'br9');
      await host.pipewright('attach', 'red', ...NETWORK, '--address', '10.40.0.2/24@10.40.0.1');
      await host.sh('ping -c 1 -w 10 10.40.0.1', { namespace: 'red' });
      expect(await host.sh('ip link show eth1', { namespace: 'red' })).toContain('mtu 1400');
      await host.pipewright('detach', 'red');
      expect(await ifindex(host, undefined, 'br9')).toBe(bridge);
      expect(await host.sh('ip -d link show br9')).toMatch(/02:00:00:00:00:99/);
      expect(await host.sh('ip -d link show br9')).not.toMatch(/pipewright/);
    }),
  );

  test(
    'that was made for a NIC keeps the address of that, by which neighbours know the host',
    onSandbox(async (host) => {
      await host.sh(
        `ip link add nic0 type veth peer name wire0; ip link set nic0 address 9c:5c:8e:00:00:01
         ip link add br0 type bridge; ip link set nic0 master br0; ip link set nic0 up; ip link set br0 up; ip netns add web`,
      );
      const macOf = async () => (await host.ip(undefined, 'link', 'show', 'dev', 'br0'))[0]?.['address'];
      expect(await macOf()).toBe('9c:5c:8e:00:00:01');
      for (const nic of ['a', 'b', 'c', 'd']) {
        await host.pipewright('attach', 'web', '--network', 'br0', '--nic', nic);
        expect(await macOf()).toBe('9c:5c:8e:00:00:01');
      }
    }),
  );

  test(
    'of several topologies goes with the last nic on it',
    onSandbox(async (host) => {
      await red(host);
      const pid = await process(host);
      const before = await host.snapshot();
      const first = await host.pipewright('attach', 'red', ...NETWORK, '--address', '10.40.0.2/24');
      expect(first.stdout).toBe('eth1 of red is in br9, which is new, with 10.40.0.2/24\n');
      const other = ['--address', '10.40.0.3/24', '-n', 'other'];
      const second = await host.pipewright('attach', `pid:${pid}`, ...NETWORK, ...other);
      expect(second.stdout).toBe(`eth1 of pid:${pid} is in br9, with 10.40.0.3/24\n`);
      await host.sh('ping -c 1 -w 10 10.40.0.3', { namespace: 'red' });
      await host.pipewright('detach', 'red');
      expect(await host.sh('ip -br link')).toMatch(/^br9 /m);
      await host.pipewright('down', 'other', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'loses a guest that is gone, which is said, and only that',
    onSandbox(async (host) => {
      const pid = await process(host);
      await host.pipewright('attach', `pid:${pid}`, ...NETWORK);
      await red(host);
      await host.pipewright('attach', 'red', ...NETWORK);
      await host.sh(`kill -KILL ${pid}; until [ "$(ip link | grep -c 'master br9')" = 1 ]; do sleep 0.01; done`);
      const said = async (...words: readonly string[]) => (await host.pipewright('detach', ...words)).stdout;
      expect(await said('red', '--nic', 'eth7')).toContain('Nothing to detach; there is no eth7 of ours in red');
      expect(await said(`pid:${pid}`, '--nic', 'eth1')).toContain(`eth1 of pid:${pid} is detached`);
      await host.pipewright('detach', 'red');
    }),
  );

  test(
    'goes when its guest is gone and forgotten, but not from under a user',
    onSandbox(async (host) => {
      const pid = await process(host);
      await host.pipewright('attach', `pid:${pid}`, ...NETWORK);
      await host.sh(`kill -KILL ${pid}; while ip link | grep -q 'master br9'; do sleep 0.01; done`);
      await host.pipewright('detach', `pid:${pid}`, '--nic', 'eth1');
      expect(await host.sh('ip -br link')).not.toMatch(/br9/);
      await red(host);
      await host.pipewright('attach', 'red', ...NETWORK);
      await host.sh('ip addr add 10.40.0.1/24 dev br9');
      await host.pipewright('detach', 'red');
      expect(await addresses(host, undefined, 'br9')).toEqual(['10.40.0.1/24']);
    }),
  );
});

test(
  'a node of a topology that is up gets a nic in one of its networks, and loses it again',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.yaml',
      `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 }, back: { kind: bridge, subnet: 10.9.0.0/24 } }
nodes: { a: { networks: [lan, back] }, b: { networks: [lan] } }
`,
    );
    await host.pipewright('up', '--yes');
    const up = await host.snapshot();
    await host.pipewright('attach', 'b', '-n', 't', '--network', 'back');
    expect(await addresses(host, 't-b', 'eth1')).toEqual(['10.9.0.3/24']);
    await host.pipewright('plan', '-n', 't', '--check');
    await host.pipewright('detach', 'b', '-n', 't', '--nic', 'eth1');
    expect(await host.snapshot()).toEqual(up);
    expect(await host.plan()).toEqual([]);
  }),
);

describe('what the kernel refuses is undone, bridge and default route and all', () => {
  const REFUSED: readonly (readonly [what: string, script: string, ...options: readonly string[]])[] = [
    // Only the kernel sees that a name is taken as an altname.
    ['the device', 'ip link property add dev eth0 altname wan0'],
    ['what it is set to', 'true', '--sysctl', 'net.ipv4.conf.IFNAME.rp_filter=much'],
  ];
  for (const [what, script, ...options] of REFUSED)
    test(
      what,
      onSandbox(async (host) => {
        await red(host);
        await host.sh(script, { namespace: 'red' });
        const before = await host.snapshot();
        const asked = ['red', ...NETWORK, '--address', '10.40.0.2/24@10.40.0.1', '--address', 'fd00:40::2/64'];
        expect(await host.tryPipewright('attach', ...asked, '--nic', 'wan0', ...options)).toMatchObject({ code: 1 });
        expect(await host.snapshot()).toEqual(before);
        expect(await host.sh('ls /run/pipewright/journal')).toBe('');
      }),
    );
});

test(
  'an IPv6 address is taken where IPv6 is off, as Docker leaves it in its containers',
  onSandbox(async (host) => {
    await red(host);
    await host.sh('echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6', { namespace: 'red' });
    const before = await host.snapshot();
    const asked = ['red', ...NETWORK, '--address', 'fd00:40::2/64', '--nic', 'wan0'];
    await host.pipewright('attach', ...asked);
    expect(await host.sh('ip -6 -br addr show wan0', { namespace: 'red' })).toContain('fd00:40::2/64');
    expect((await host.pipewright('attach', ...asked)).stdout).toContain('No changes');
    expect(await host.sh('cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6', { namespace: 'red' })).toBe('1\n');
    await host.sh('echo 1 > /proc/sys/net/ipv6/conf/wan0/disable_ipv6', { namespace: 'red' });
    await host.pipewright('attach', ...asked);
    expect(await host.sh('ip -6 -br addr show wan0', { namespace: 'red' })).toContain('fd00:40::2/64');
    await host.pipewright('detach', 'red');
    expect(await host.snapshot()).toEqual(before);
  }),
);

describe('a mistake ends with 2 and touches nothing', () => {
  const MISTAKES: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['no such guest', ['nosuch', ...NETWORK], /nosuch/],
    ['no such process', ['pid:4000000', ...NETWORK], /4000000/],
    ['no such path', ['/run/netns/nosuch', ...NETWORK], /nosuch/],
    ['a path that is no namespace', ['/etc/hostname', ...NETWORK], /namespace/],
    ["a process in the host's own namespace", ['pid:1', ...NETWORK], /host's own/],
    ['no network', ['red'], /--network/],
    ['a network that is a device of another kind', ['red', '--network', 'lo'], /"lo"/],
    ['a bad address', ['red', ...NETWORK, '--address', '10.40.0.2'], /10\.0\.0\.2\/24/],
    ["the network's own address", ['red', ...NETWORK, '--address', '10.40.0.0/24'], /10\.40\.0\.0/],
    ['an address in use', ['red', ...NETWORK, '--address', '172.20.0.2/16'], /172\.20\.0\.2/],
    ['a bad nic name', ['red', ...NETWORK, '--nic', 'eth 1'], /nic name/],
    ['a nic name that is taken', ['red', ...NETWORK, '--nic', 'eth0'], /eth0/],
    ['a bad MAC address', ['red', ...NETWORK, '--mac', '01:00:00:00:00:00'], /unicast/],
    ['an MTU that IPv6 does not take', ['red', ...NETWORK, '--address', 'fd00::2/64', '--mtu', '1200'], /1280/],
    ['a gateway of the other family', ['red', ...NETWORK, '--address', '10.40.0.2/24@fd00::1'], /fd00::1/],
  ];
  test(
    'each',
    onSandbox(async (host) => {
      await red(host);
      const before = await host.snapshot();
      for (const [what, args, says] of MISTAKES) {
        const { code, stderr } = await host.tryPipewright('attach', ...args);
        expect({ what, code, stderr }).toEqual({ what, code: 2, stderr: expect.stringMatching(says) as string });
      }
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

test(
  'a dry run shows and does nothing, and needs no terminal to be asked on',
  onSandbox(async (host) => {
    await red(host);
    const before = await host.snapshot();
    const dry = await host.pipewright('attach', 'red', ...NETWORK, '--dry-run', '--json');
    expect(dry.json()).toMatchObject({ topology: 'adhoc', changes: expect.arrayContaining([]) as unknown });
    expect((dry.json() as { changes: { id: string }[] }).changes.map((it) => it.id)).toContain('red/eth1');
    expect(await host.snapshot()).toEqual(before);
    const typed = await host.run(['script', '-qec', [...host.cli, 'attach', 'red', ...NETWORK].join(' '), '/dev/null']);
    expect(typed.code).toBe(0);
    expect(typed.stdout.trim().split('\n')).toHaveLength(1);
  }),
);

/** Modules of Node that take a while to load, and that a nic of a namespace needs none of. */
const LATE = [
  'child_process',
  'crypto',
  'fs/promises',
  'http',
  'internal/util/parse_args/parse_args',
  'perf_hooks',
  'readline',
  'stream',
  'timers/promises',
  'zlib',
];

test(
  'it loads no more of Node, and of what comes with it, than it needs',
  onSandbox(async (host) => {
    await host.write(
      'list.cjs',
      "process.on('exit', () => process._rawDebug(process.moduleLoadList.join().replaceAll('NativeModule ', '')));",
    );
    await host.sh('ip netns add red');
    const [node = '', cli = ''] = host.cli;
    const asked = ['attach', 'red', ...NETWORK, '--address', '10.40.0.2/24@10.40.0.1'];
    const env = { PIPEWRIGHT_EXECUTOR: '', PIPEWRIGHT_CACHE_DIR: '/run/cache' };
    const { stderr } = await host.run([node, '--require', './list.cjs', cli, ...asked], { env });
    const loaded = stderr.trim().split(',');
    expect(loaded).toContain('fs');
    expect(LATE.filter((it) => loaded.includes(it))).toEqual([]);
    // Of each file that is loaded what V8 compiled is kept: of the program, and of no package that it came with.
    expect((await host.sh('ls /run/cache')).trim()).toMatch(/^attach-pipewright[.]cjs-\S+$/);
  }),
);
