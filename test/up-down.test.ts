import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, pair, whileUp } from './support.js';

interface Row {
  readonly what: string;
  readonly topology: string;
  readonly check: (host: Sandbox) => Promise<void>;
}

const link = async (host: Sandbox, node: string | undefined, device: string): Promise<unknown> =>
  (await host.ip(node, 'link', 'show', 'dev', device))[0];

const routes = (host: Sandbox, node: string, ...which: readonly string[]): Promise<readonly unknown[]> =>
  host.ip(node, 'route', 'show', ...which);

const inNode = (host: Sandbox, node: string, script: string): Promise<string> =>
  host.namespaceOf(node).then((namespace) => host.sh(script, { namespace }));

const ADDRESSES: readonly Row[] = [
  {
    what: 'addresses from the subnet, the lowest free first, the first of all last',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/29 } }
nodes:
  a: { networks: [lan] }
  b: { networks: { lan: { address: 10.0.0.3/29 } } }
  c: { networks: [lan] }
  d: { networks: [lan] }
  e: { networks: [lan] }
  f: { networks: [lan] }
`,
    check: async (host) => {
      const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((node) => addresses(host, node, 'eth0')));
      expect(all.flat()).toEqual([
        '10.0.0.2/29',
        '10.0.0.3/29',
        '10.0.0.4/29',
        '10.0.0.5/29',
        '10.0.0.6/29',
        '10.0.0.1/29',
      ]);
      expect(await host.ping('a', 'f')).toBe(true);
    },
  },
  {
    what: 'IPv6 addresses',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: "fd00:1::/64" } }
nodes:
  a: { networks: [lan] }
  b: { networks: { lan: { address: "fd00:1::b/64" } } }
`,
    check: async (host) => {
      expect(await addresses(host, 'a', 'eth0')).toEqual(['fd00:1::2/64']);
      expect(await host.ping('a', 'fd00:1::b')).toBe(true);
    },
  },
  {
    what: 'an address of each family, at once',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00:1::/64"] } }
nodes: { a: { networks: [lan] }, b: { networks: [lan] } }
`,
    check: async (host) => {
      expect(await addresses(host, 'b', 'eth0')).toEqual(['10.0.0.3/24', 'fd00:1::3/64']);
      expect(await host.ping('a', '10.0.0.3')).toBe(true);
      expect(await host.ping('a', 'fd00:1::3')).toBe(true);
    },
  },
  {
    what: 'several addresses of one nic, in order',
    topology: `
name: t
networks: { lan: { kind: bridge } }
nodes: { a: { networks: { lan: { address: [10.0.0.9/24, 10.0.0.2/24, 192.0.2.1/32] } } } }
`,
    check: async (host) =>
      expect(await addresses(host, 'a', 'eth0')).toEqual(
        expect.arrayContaining(['10.0.0.9/24', '10.0.0.2/24', '192.0.2.1/32']),
      ),
  },
  {
    what: 'no address where none is wanted',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes: { a: { networks: { lan: { address: none } } } }
`,
    check: async (host) => expect(await addresses(host, 'a', 'eth0')).toEqual([]),
  },
  {
    what: 'nics in the order of the networks, and under given names',
    topology: `
name: t
networks:
  one: { kind: bridge, subnet: 10.1.0.0/24 }
  two: { kind: bridge, subnet: 10.2.0.0/24 }
  three: { kind: bridge, subnet: 10.3.0.0/24 }
nodes: { a: { networks: { two: {}, one: {}, three: { name: wan0 } } } }
`,
    check: async (host) => {
      const all = await Promise.all(['eth0', 'eth1', 'wan0'].map((device) => addresses(host, 'a', device)));
      expect(all).toEqual([['10.2.0.2/24'], ['10.1.0.2/24'], ['10.3.0.2/24']]);
    },
  },
];

const ROUTING: readonly Row[] = [
  {
    what: "the network's own address as the way out",
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, address: 10.0.0.1/24 } }
nodes: { a: { networks: [lan] }, b: { networks: { lan: { gateway: none } } } }
`,
    check: async (host) => {
      expect(await routes(host, 'a', 'default')).toMatchObject([{ gateway: '10.0.0.1', dev: 'eth0', protocol: '201' }]);
      expect(await routes(host, 'b', 'default')).toEqual([]);
      expect(await host.ping('a', '10.0.0.1')).toBe(true);
    },
  },
  {
    what: 'a gateway of a nic, one a family',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00:1::/64"] } }
nodes: { a: { networks: { lan: { gateway: [10.0.0.254, "fd00:1::fe"] } } } }
`,
    check: async (host) => {
      expect(await routes(host, 'a', 'default')).toMatchObject([{ gateway: '10.0.0.254' }]);
      expect(await host.ip('a', '-6', 'route', 'show', 'default')).toMatchObject([
        { gateway: 'fd00:1::fe', protocol: '201' },
      ]);
    },
  },
  {
    what: 'a gateway outside the subnet',
    topology: `
name: t
networks: { lan: { kind: bridge } }
nodes:
  a: { networks: { lan: { address: 203.0.113.7/32, gateway: 192.0.2.1 } } }
  gw: { networks: { lan: { address: [192.0.2.1/24, 198.51.100.1/32], routes: [{ to: 203.0.113.7/32 }] } } }
`,
    check: async (host) => expect(await host.ping('a', '198.51.100.1')).toBe(true),
  },
  {
    what: 'routes with metric, table, source and kind',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  a:
    networks:
      lan:
        address: [10.0.0.2/24, 10.0.0.3/24]
        routes:
          - { to: 10.9.0.0/16, via: 10.0.0.9, metric: 50 }
          - { to: 10.9.0.0/16, via: 10.0.0.8, metric: 60 }
          - { to: default, via: 10.0.0.9, table: 100 }
          - { to: 10.8.0.0/16, src: 10.0.0.3 }
    routes:
      - { to: 10.66.0.0/16, kind: blackhole }
      - { to: 10.7.0.0/16, via: 10.0.0.7 }
`,
    check: async (host) => {
      expect(await routes(host, 'a', '10.9.0.0/16')).toMatchObject([
        { gateway: '10.0.0.9', metric: 50, protocol: '201' },
        { gateway: '10.0.0.8', metric: 60 },
      ]);
      expect(await routes(host, 'a', 'table', '100')).toMatchObject([{ dst: 'default', gateway: '10.0.0.9' }]);
      expect(await routes(host, 'a', '10.8.0.0/16')).toMatchObject([{ prefsrc: '10.0.0.3', dev: 'eth0' }]);
      expect(await routes(host, 'a', '10.66.0.0/16')).toMatchObject([{ type: 'blackhole' }]);
      expect(await routes(host, 'a', '10.7.0.0/16')).toMatchObject([{ gateway: '10.0.0.7', dev: 'eth0' }]);
    },
  },
  {
    what: 'addresses and routes that the kernel tells of in its own way',
    topology: `
name: t
networks: { lan: { kind: bridge } }
nodes:
  a:
    networks:
      lan:
        address: ["::ffff:a00:9/96", 10.0.0.5/0, "fd00:1::2/64"]
        routes: [{ to: "::102:300/120" }, { to: "fd09::/64", via: "fd00:1::9", metric: 0 }]
`,
    check: async (host) => {
      const here = await addresses(host, 'a', 'eth0');
      expect(here).toEqual(expect.arrayContaining(['::ffff:10.0.0.9/96', '10.0.0.5/0', 'fd00:1::2/64']));
      expect(await host.ip('a', '-6', 'route', 'show', 'proto', '201')).toMatchObject([
        { dst: '::1.2.3.0/120', dev: 'eth0' },
        { dst: 'fd09::/64', gateway: 'fd00:1::9', metric: 1024 },
      ]);
    },
  },
  {
    what: 'rules of both families',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00:1::/64"] } }
nodes:
  a:
    networks: [lan]
    rules:
      - { from: 10.0.0.2/32, table: 100, priority: 1000 }
      - { to: "fd00:9::/64", table: 101, priority: 1001 }
      - { fwmark: 7, iif: eth0, table: 102, priority: 1002, family: 4 }
`,
    check: async (host) => {
      const rules = [...(await host.ip('a', 'rule', 'show')), ...(await host.ip('a', '-6', 'rule', 'show'))];
      expect(rules.filter(({ priority }) => Number(priority) >= 1000 && Number(priority) < 2000)).toMatchObject([
        { priority: 1000, src: '10.0.0.2', table: '100', protocol: '201' },
        { priority: 1002, fwmark: '0x7', iif: 'eth0', table: '102' },
        { priority: 1001, dst: 'fd00:9::', table: '101' },
      ]);
    },
  },
  {
    what: 'permanent neighbours',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes: { a: { networks: { lan: { neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } } } }
`,
    check: async (host) =>
      expect(await host.ip('a', 'neighbour', 'show', 'nud', 'permanent')).toMatchObject([
        { dst: '10.0.0.77', lladdr: '02:00:00:00:00:77', dev: 'eth0' },
      ]),
  },
];

const DEVICES: readonly Row[] = [
  {
    what: 'sysctls',
    topology: `
name: t
nodes: { a: { sysctls: { net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: "1", net.ipv4.ip_local_port_range: "2000 3000" } } }
`,
    check: async (host) => {
      const asked =
        'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv4/ip_local_port_range';
      expect((await inNode(host, 'a', asked)).split(/\s+/)).toEqual(['1', '1', '2000', '3000', '']);
    },
  },
  {
    what: 'MTU of network and nic, and a MAC address',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, mtu: 1400 } }
nodes: { a: { networks: { lan: { mtu: 1300, mac: "02:00:00:00:be:ef" } } }, b: { networks: [lan] } }
`,
    check: async (host) => {
      expect(await link(host, 'a', 'eth0')).toMatchObject({ mtu: 1300, address: '02:00:00:00:be:ef' });
      expect(await link(host, 'b', 'eth0')).toMatchObject({ mtu: 1400 });
    },
  },
  {
    what: 'a name longer than the kernel takes, as altname',
    topology: `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes: { a: { networks: { lan: { name: uplink-to-the-first-floor } } } }
`,
    check: async (host) => {
      expect(await link(host, 'a', 'uplink-to-the-first-floor')).toMatchObject({
        altnames: ['uplink-to-the-first-floor'],
      });
      expect(await addresses(host, 'a', 'uplink-to-the-first-floor')).toEqual(['10.0.0.2/24']);
    },
  },
  {
    what: 'names too long for a device of the host',
    topology: `
name: a-topology-with-a-very-long-name
networks: { the-first-of-the-very-long-networks: { kind: bridge, subnet: 10.0.0.0/24 }, the-first-of-the-very-long-netw0rks: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes: { a-node-with-a-long-name: { networks: [the-first-of-the-very-long-networks, the-first-of-the-very-long-netw0rks] } }
`,
    check: async (host) => expect(await host.ip(undefined, 'link', 'show', 'type', 'bridge')).toHaveLength(2),
  },
  {
    what: 'a cable',
    topology: `
name: t
nodes: { a: {}, b: {} }
links:
  - endpoints: [{ node: a, nic: c0, address: 10.0.0.1/30 }, { node: b, nic: c0, address: 10.0.0.2/30 }]
    mtu: 9000
`,
    check: async (host) => {
      expect(await link(host, 'b', 'c0')).toMatchObject({ mtu: 9000, ifalias: 'pipewright:t:b/c0' });
      expect(await host.ping('a', '10.0.0.2')).toBe(true);
      expect(await host.ip(undefined, 'link', 'show')).toMatchObject([{ ifname: 'lo' }]);
    },
  },
  {
    what: 'a cable to the host',
    topology: `
name: t
nodes: { a: {} }
links:
  - [{ node: a, nic: c0, address: 10.0.0.1/30 }, { node: host, nic: pw0, address: 10.0.0.2/30 }]
`,
    check: async (host) => {
      expect(await link(host, undefined, 'pw0')).toMatchObject({ ifalias: 'pipewright:t:host/pw0' });
      expect(await host.ping('a', '10.0.0.2')).toBe(true);
    },
  },
  {
    what: 'options of a bridge',
    topology: `
name: t
networks: { lan: { kind: bridge, bridge: br7, stp: true, ageing: 60 } }
nodes: { a: { networks: [lan] } }
`,
    check: async (host) => {
      expect(await link(host, undefined, 'br7')).toMatchObject({
        ifalias: 'pipewright:t:lan',
        linkinfo: { info_data: { stp_state: 1, ageing_time: 6000 } },
      });
    },
  },
];

for (const [group, rows] of Object.entries({ ADDRESSES, ROUTING, DEVICES }))
  describe(group.toLowerCase(), () => {
    for (const { what, topology, check } of rows) test(what, whileUp(topology, check));
  });

describe('other namespaces', () => {
  test(
    'a MAC address stays the same from one up to the next',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      const macs: unknown[] = [];
      for (let round = 0; round < 2; round++) {
        await host.pipewright('up', '--yes');
        macs.push((await host.ip('a', 'link', 'show', 'dev', 'eth0'))[0]?.['address']);
        await host.pipewright('down', '--yes');
      }
      expect(macs[0]).toMatch(/^[0-9a-f][26ae]:/);
      expect(macs[1]).toBe(macs[0]);
    }),
  );

  test(
    'a node that is a process gets its nic, and is otherwise as it was when that goes',
    onSandbox(async (host) => {
      const pid = (await host.sh('unshare --net sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
      await host.sh(
        `until [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done; nsenter -n -t ${pid} ip link set dev lo up`,
      );
      await host.write('pipewright.yaml', pair(`  p: { kind: pid, pid: ${pid}, networks: [lan] }`));
      const before = await host.snapshot();
      await host.pipewright('up', '--yes');
      expect(await host.ping('a', 'p')).toBe(true);
      expect(await host.sh(`nsenter -n -t ${pid} ip -br addr`)).toContain('10.0.0.4/24');
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'a bridge that is there is joined and left as it was',
    onSandbox(async (host) => {
      await host.sh(
        'ip link add name br9 address 02:00:00:00:00:99 type bridge ageing_time 100; ip addr add 10.0.0.1/24 dev br9; ip link set dev br9 mtu 1450 up',
      );
      await host.write('pipewright.yaml', pair().replace('kind: bridge', 'kind: bridge, bridge: br9, adopt: true'));
      const before = await host.snapshot();
      await host.pipewright('up', '--yes');
      expect(await host.ping('a', '10.0.0.1')).toBe(true);
      expect(await host.ip(undefined, 'link', 'show', 'dev', 'br9')).toMatchObject([
        { mtu: 1450, address: '02:00:00:00:00:99' },
      ]);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    "somebody else's bridge is not taken",
    onSandbox(async (host) => {
      await host.sh('ip link add name br9 type bridge');
      await host.write('pipewright.yaml', pair().replace('kind: bridge', 'kind: bridge, bridge: br9'));
      const before = await host.snapshot();
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('br9') as string });
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'a bridge to adopt that is not there is not made',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair().replace('kind: bridge', 'kind: bridge, bridge: br9, adopt: true'));
      const before = await host.snapshot();
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('br9') as string,
      });
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'commands run once, in their node, when all is up',
    onSandbox(async (host) => {
      await host.write(
        'pipewright.yaml',
        pair(
          `  c: { networks: [lan], commands: ["ping -c 1 -w 10 10.0.0.2", ["sh", "-c", "ip -br addr >> /mnt/seen"]] }`,
        ),
      );
      await host.pipewright('up', '--yes');
      await host.pipewright('up', '--yes');
      const seen = await host.read('seen');
      expect(seen.match(/10\.0\.0\.4\/24/g)).toHaveLength(1);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'commands that changed since their node was made are told of, until it is made anew',
    onSandbox(async (host) => {
      const lab = (what: string) => pair(`  c: { networks: [lan], commands: ["touch /mnt/${what}"] }`);
      const told =
        /commands of node "c" changed after it was made[^]*pipewright\.yaml:\d+:\d+[^]*pipewright exec c -- /;
      await host.write('pipewright.yaml', lab('one'));
      expect((await host.pipewright('up', '--yes')).stderr).not.toMatch(/commands/);
      await host.write('pipewright.yaml', lab('two'));
      expect((await host.pipewright('plan')).stderr).toMatch(told);
      for (let times = 0; times < 3; times += 1) expect((await host.pipewright('up', '--yes')).stderr).toMatch(told);
      expect(await host.sh('ls one two 2> /dev/null || :')).toBe('one\n');
      expect((await host.pipewright('up', '--yes', '--recreate', 'c')).stderr).not.toMatch(/commands/);
      expect(await host.sh('ls two')).toBe('two\n');
      await host.pipewright('ping');
      expect(await host.plan()).toEqual([]);
      expect((await host.pipewright('plan')).stderr).not.toMatch(/commands/);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'down twice is no error, nor is down of what never was',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      const before = await host.snapshot();
      await host.pipewright('down', '--yes');
      await host.pipewright('up', '--yes');
      await host.pipewright('down', '--yes');
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'plan, validate, a dry run and graph touch nothing',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      const before = await host.snapshot();
      const creations = await host.plan();
      expect(new Set(creations.map(({ action }) => action))).toEqual(new Set(['create']));
      expect((await host.tryPipewright('plan', '--check')).code).toBe(3);
      await host.pipewright('up', '--dry-run');
      await host.pipewright('down', '--dry-run');
      await host.pipewright('validate');
      await host.pipewright('graph', '--format', 'dot');
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

test(
  'link-local addresses that are written: gateways, repaired, and nothing left of them',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    await host.write(
      'pipewright.yaml',
      `
name: local
networks: { lan: { kind: bridge, address: "fe80::1/64" } }
nodes:
  router: { networks: { lan: { address: ["fe80::5/64", "fd00:9::5/64"] } } }
  web: { networks: { lan: { address: "fe80::6/64", gateway: "fe80::5" } } }
links:
  - endpoints: [{ node: router, nic: x0, address: "fe80::a/64" }, { node: web, nic: x0, address: "fe80::b/64" }]
`,
    );
    await host.pipewright('up', '--yes');
    await host.pipewright('status', '--check');
    await host.pipewright('ping');
    expect(await host.sh('ip -6 route show default', { namespace: 'local-web' })).toContain('via fe80::5 dev eth0');
    await host.sh('ip addr del fe80::5/64 dev eth0', { namespace: 'local-router' });
    expect((await host.plan()).map(({ id }) => id)).toEqual(['router/eth0/fe80::5/64']);
    await host.pipewright('up', '--yes');
    await host.pipewright('status', '--check');
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
