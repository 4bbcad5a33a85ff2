import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, ifindex, inShort, lostPackets } from './support.js';

const topology = (a: string, more = '', lan = ''): string => `
name: t
networks:
  lan: { kind: bridge, bridge: br1, subnet: 10.0.0.0/24${lan} }
  spare: { kind: bridge, bridge: br2, subnet: 10.1.0.0/24 }
nodes:
  a: ${a}
  b: { networks: [lan] }
  c: { networks: [lan] }
${more}`;

const PLAIN = '{ networks: [lan] }';
const FORWARDING = '{ networks: [lan], sysctls: { net.ipv4.conf.x0.forwarding: 1 } }';

interface Row {
  readonly what: string;
  readonly from?: string;
  readonly to: string;
  /** All that may change. */
  readonly only: RegExp;
  /** `update br1`, where the plan is to be exactly this. */
  readonly plan?: readonly string[];
  /** Its nic may be another device afterwards. */
  readonly anotherNic?: true;
  readonly check?: (host: Sandbox) => Promise<void>;
}

const sysctl = async (host: Sandbox, name: string): Promise<string> =>
  (await host.sh(`cat /proc/sys/${name}`, { namespace: 't-a' })).trim();

const ROWS: readonly Row[] = [
  {
    what: 'an address changed',
    to: topology('{ networks: { lan: { address: 10.0.0.50/24 } } }'),
    only: /^a\/eth0\/10\.0\.0\.(2|50)\/24$/,
    check: async (host) => expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.50/24']),
  },
  {
    what: 'the only address of a nic with a neighbour changed',
    from: topology(
      '{ networks: { lan: { address: 10.0.0.2/24, neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } } }',
    ),
    to: topology(
      '{ networks: { lan: { address: 10.0.0.50/24, neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } } }',
    ),
    only: /^a\/eth0\//,
    check: async (host) =>
      expect(await host.sh('ip neigh show nud permanent', { namespace: 't-a' })).toContain('02:00:00:00:00:77'),
  },
  {
    what: 'the MAC address of a nic with neighbours changed',
    from: topology(
      '{ networks: { lan: { neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }, { to: "fd00::77", mac: "02:00:00:00:00:77" }] } } }',
    ),
    to: topology(
      '{ networks: { lan: { mac: "02:00:00:00:00:aa", neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }, { to: "fd00::77", mac: "02:00:00:00:00:77" }] } } }',
    ),
    only: /^a\/eth0/,
    plan: ['replace a/eth0/neighbour 10.0.0.77', 'replace a/eth0/neighbour fd00::77', 'update a/eth0'],
    check: async (host) => expect(await host.ip('a', 'neighbour', 'show', 'nud', 'permanent')).toHaveLength(2),
  },
  {
    what: 'the only address of a nic and its neighbour removed',
    from: topology(
      '{ networks: { lan: { address: 10.0.0.2/24, neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } } }',
    ),
    to: topology('{ networks: { lan: { address: none } } }'),
    only: /^a\/eth0\//,
  },
  {
    what: 'addresses of both families removed with the routes by them, another stays',
    from: topology(
      '{ networks: { lan: { address: [10.0.0.2/24, 10.8.0.2/24, "fd00:8::2/64"], routes: [{ to: 10.9.0.0/16, via: 10.8.0.9 }, { to: "fd00:9::/64", via: "fd00:8::9" }] } } }',
    ),
    to: topology('{ networks: { lan: { address: 10.0.0.2/24 } } }'),
    only: /^a\//,
    check: async (host) => {
      expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24']);
      expect(await host.sh('ip route; ip -6 route', { namespace: 't-a' })).not.toMatch(/10[.]9|fd00:9/);
    },
  },
  {
    what: 'an address added',
    from: topology('{ networks: { lan: { address: 10.0.0.2/24 } } }'),
    to: topology('{ networks: { lan: { address: [10.0.0.2/24, 192.0.2.1/24] } } }'),
    only: /^a\//,
    plan: ['create a/eth0/192.0.2.1/24'],
  },
  {
    what: 'an address removed',
    from: topology('{ networks: { lan: { address: [10.0.0.2/24, 192.0.2.1/24] } } }'),
    to: topology('{ networks: { lan: { address: 10.0.0.2/24 } } }'),
    only: /^a\//,
    plan: ['delete a/eth0/192.0.2.1/24'],
    check: async (host) => expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24']),
  },
  {
    what: 'the first of two addresses of one subnet removed',
    from: topology('{ networks: { lan: { address: [10.0.0.2/24, 10.0.0.9/24] } } }'),
    to: topology('{ networks: { lan: { address: 10.0.0.9/24 } } }'),
    only: /^a\//,
    check: async (host) => expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.9/24']),
  },
  {
    what: 'a prefix length changed',
    from: topology('{ networks: { lan: { address: 10.0.0.2/24, routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }] } } }'),
    to: topology('{ networks: { lan: { address: 10.0.0.2/25, routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }] } } }'),
    only: /^a\//,
    check: async (host) => expect(await host.ip('a', 'route', 'show', '10.9.0.0/16')).toHaveLength(1),
  },
  {
    what: 'a gateway added',
    to: topology('{ networks: { lan: { gateway: 10.0.0.254 } } }'),
    only: /^a\/default/,
    check: async (host) =>
      expect(await host.ip('a', 'route', 'show', 'default')).toMatchObject([{ gateway: '10.0.0.254' }]),
  },
  {
    what: 'a gateway changed',
    from: topology('{ networks: { lan: { gateway: 10.0.0.254 } } }'),
    to: topology('{ networks: { lan: { gateway: 10.0.0.253 } } }'),
    only: /^a\/default/,
    check: async (host) =>
      expect(await host.ip('a', 'route', 'show', 'default')).toMatchObject([{ gateway: '10.0.0.253' }]),
  },
  {
    what: 'a gateway removed',
    from: topology('{ networks: { lan: { gateway: 10.0.0.254 } } }'),
    to: topology(PLAIN),
    only: /^a\/default/,
    check: async (host) => expect(await host.ip('a', 'route', 'show', 'default')).toEqual([]),
  },
  {
    what: 'an MTU changed',
    to: topology('{ networks: { lan: { mtu: 1400 } } }'),
    only: /^a\/eth0$/,
    plan: ['update a/eth0'],
    check: async (host) => expect(await host.ip('a', 'link', 'show', 'dev', 'eth0')).toMatchObject([{ mtu: 1400 }]),
  },
  {
    what: 'a MAC address changed',
    to: topology('{ networks: { lan: { mac: "02:00:00:00:00:aa" } } }'),
    only: /^a\/eth0/,
    plan: ['update a/eth0'],
  },
  {
    what: 'a nic renamed',
    to: topology('{ networks: { lan: { name: wan0 } } }'),
    only: /^a\//,
    anotherNic: true,
    check: async (host) => expect(await addresses(host, 'a', 'wan0')).toEqual(['10.0.0.2/24']),
  },
  {
    what: 'a route added',
    to: topology('{ networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }] } } }'),
    only: /^a\/10\.9\.0\.0\/16/,
  },
  {
    what: 'a gateway of a route changed',
    from: topology('{ networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }] } } }'),
    to: topology('{ networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.8 }] } } }'),
    only: /^a\/10\.9\.0\.0\/16/,
    check: async (host) =>
      expect(await host.ip('a', 'route', 'show', '10.9.0.0/16')).toMatchObject([{ gateway: '10.0.0.8' }]),
  },
  {
    what: 'routes that have no gateway and no source any more',
    from: topology(
      '{ networks: { lan: { address: 10.0.0.2/24, routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }, { to: 10.8.0.0/16, via: 10.0.0.9, src: 10.0.0.2 }] } } }',
    ),
    to: topology(
      '{ networks: { lan: { address: 10.0.0.2/24, routes: [{ to: 10.9.0.0/16 }, { to: 10.8.0.0/16, via: 10.0.0.9 }] } } }',
    ),
    only: /^a\/10\.[89]\.0\.0\/16/,
    plan: ['update a/10.8.0.0/16', 'update a/10.9.0.0/16'],
    check: async (host) => {
      const [direct] = await host.ip('a', 'route', 'show', '10.9.0.0/16');
      expect(direct).not.toHaveProperty('gateway');
      expect((await host.ip('a', 'route', 'show', '10.8.0.0/16'))[0]).not.toHaveProperty('prefsrc');
    },
  },
  {
    what: 'a rule changed',
    from: topology('{ networks: [lan], rules: [{ from: 10.0.0.2/32, table: 100, priority: 1000 }] }'),
    to: topology('{ networks: [lan], rules: [{ from: 10.0.0.2/32, table: 101, priority: 1000 }] }'),
    only: /^a\/.*1000/,
    check: async (host) =>
      expect(await host.ip('a', 'rule', 'show', 'priority', '1000')).toMatchObject([{ table: '101' }]),
  },
  {
    what: 'a neighbour changed',
    from: topology('{ networks: { lan: { neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } } }'),
    to: topology('{ networks: { lan: { neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:78" }] } } }'),
    only: /^a\/eth0\/neighbour/,
    check: async (host) =>
      expect(await host.ip('a', 'neighbour', 'show', 'nud', 'permanent')).toMatchObject([
        { lladdr: '02:00:00:00:00:78' },
      ]),
  },
  {
    what: 'a sysctl set',
    to: topology('{ networks: [lan], sysctls: { net.ipv4.ip_forward: 1 } }'),
    only: /^a\/net\.ipv4\.ip_forward$/,
    check: async (host) => expect(await sysctl(host, 'net/ipv4/ip_forward')).toBe('1'),
  },
  {
    what: 'a sysctl no longer set goes back to what it was',
    from: topology('{ networks: [lan], sysctls: { net.ipv4.ip_forward: 1 } }'),
    to: topology(PLAIN),
    only: /^a\/net\.ipv4\.ip_forward$/,
    check: async (host) => expect(await sysctl(host, 'net/ipv4/ip_forward')).toBe('0'),
  },
  {
    what: 'a bridge told otherwise',
    to: topology(PLAIN, '', ', ageing: 77'),
    only: /^lan/,
    check: async (host) =>
      expect(await host.ip(undefined, 'link', 'show', 'dev', 'br1')).toMatchObject([
        { linkinfo: { info_data: { ageing_time: 7700 } } },
      ]),
  },
  {
    what: 'a bridge that is told nothing any more is as a new one',
    from: topology(PLAIN, '', ', ageing: 77, priority: 4096, multicast-snooping: false, forward-delay: 2'),
    to: topology(PLAIN),
    only: /^lan$/,
    plan: ['update lan'],
    check: async (host) =>
      expect(await host.ip(undefined, 'link', 'show', 'dev', 'br1')).toMatchObject([
        {
          linkinfo: { info_data: { ageing_time: 30_000, priority: 32_768, mcast_snooping: 1, forward_delay: 1500 } },
        },
      ]),
  },
  ...[', shared: true', ''].map(
    (to, index, both): Row => ({
      what: `a bridge that ${to === '' ? "is this topology's alone again" : 'others may be on from now on'}`,
      from: topology(PLAIN, '', both[1 - index]),
      to: topology(PLAIN, '', to),
      only: /^lan$/,
      plan: ['update lan'],
      check: async (host) =>
        expect(await host.ip(undefined, 'link', 'show', 'dev', 'br1')).toMatchObject([
          { ifalias: to === '' ? 'pipewright:t:lan' : 'pipewright::bridge' },
        ]),
    }),
  ),
  {
    what: 'an address for the bridge',
    to: topology('{ networks: { lan: { gateway: none } } }', '', ', address: 10.0.0.100/24, gateway: none'),
    only: /^lan/,
    check: async (host) => expect(await addresses(host, undefined, 'br1')).toEqual(['10.0.0.100/24']),
  },
  {
    what: 'a second nic',
    to: topology('{ networks: [lan, spare] }'),
    only: /^a\/eth1/,
    check: async (host) => expect(await addresses(host, 'a', 'eth1')).toEqual(['10.1.0.2/24']),
  },
  {
    what: 'a second nic removed',
    from: topology('{ networks: [lan, spare] }'),
    to: topology(PLAIN),
    only: /^a\/eth1/,
    check: async (host) =>
      expect((await host.ip('a', 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']),
  },
  {
    what: 'a node added before the others: nobody moves',
    to: topology(PLAIN).replace('nodes:\n', 'nodes:\n  new: { networks: [lan] }\n'),
    only: /new/,
    check: async (host) => expect(await addresses(host, 'new', 'eth0')).toEqual(['10.0.0.5/24']),
  },
  {
    what: 'a node removed',
    from: topology(PLAIN, '  old: { networks: [lan] }'),
    to: topology(PLAIN),
    only: /old/,
    check: async (host) => expect(await host.namespaces()).toEqual(['t-a', 't-b', 't-c']),
  },
  {
    what: 'a cable added',
    to: topology(PLAIN, 'links: [[a:x0, b:x0]]'),
    only: /x0/,
    check: async (host) => expect(await host.ip('b', 'link', 'show', 'dev', 'x0')).toHaveLength(1),
  },
  {
    what: 'a cable removed',
    from: topology(PLAIN, 'links: [[a:x0, b:x0]]'),
    to: topology(PLAIN),
    only: /x0/,
    check: async (host) =>
      expect((await host.ip('b', 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']),
  },
  {
    what: 'a cable that ends elsewhere',
    from: topology(PLAIN, 'links: [[a:x0, b:x0]]'),
    to: topology(PLAIN, 'links: [[a:x0, c:x0]]'),
    only: /x0/,
    check: async (host) => {
      expect((await host.ip('b', 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
      expect(await host.ip('c', 'link', 'show', 'dev', 'x0')).toHaveLength(1);
    },
  },
  {
    what: 'a cable that ends elsewhere, with a parameter of the kernel that the node says of its nic',
    from: topology(FORWARDING, 'links: [[a:x0, b:x0]]'),
    to: topology(FORWARDING, 'links: [[a:x0, c:x0]]'),
    only: /x0/,
    check: async (host) => expect(await sysctl(host, 'net/ipv4/conf/x0/forwarding')).toBe('1'),
  },
  {
    what: 'another order in the file',
    to: topology(PLAIN).replace(/( {2}b:.*\n)( {2}c:.*\n)/, '$2$1'),
    only: /^$/,
    plan: [],
  },
];

for (const { what, from = topology(PLAIN), to, only, plan, anotherNic, check } of ROWS)
  test(
    what,
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', from);
      await host.pipewright('up', '--yes');
      const untouched = [
        ['b', 'eth0'],
        ['c', 'eth0'],
        [undefined, 'br1'],
        ...(anotherNic ? [] : [['a', 'eth0'] as const]),
      ] as const;
      const state = () => Promise.all(untouched.map(([node, device]) => ifindex(host, node, device)));
      const before = { devices: await state(), addresses: await addresses(host, 'c', 'eth0') };

      await host.write('pipewright.yaml', to);
      const changes = await host.plan();
      expect(changes.filter(({ id }) => !only.test(id))).toEqual([]);
      if (plan) expect(inShort(changes)).toEqual(plan);
      const lost = await lostPackets(host, 'b', '10.0.0.4', async () => {
        await host.pipewright('up', '--yes');
      });

      await check?.(host);
      expect({ devices: await state(), addresses: await addresses(host, 'c', 'eth0') }).toEqual(before);
      expect(lost).toBeLessThanOrEqual(1); // the last one may be on its way
      expect(await host.plan()).toEqual([]);
    }),
  );

test(
  'a bridge keeps the MTU it is given when the last nic leaves it',
  onSandbox(async (host) => {
    const lab = (nics: string): string =>
      `name: t\nnetworks: { lan: { kind: bridge, bridge: br1, mtu: 9000 } }\nnodes: { a: { networks: [${nics}] } }`;
    await host.write('pipewright.yaml', lab('lan'));
    await host.pipewright('up', '--yes');
    await host.write('pipewright.yaml', lab(''));
    await host.pipewright('up', '--yes');
    expect(await host.ip(undefined, 'link', 'show', 'dev', 'br1')).toMatchObject([{ mtu: 9000 }]);
    expect(await host.plan()).toEqual([]);
  }),
);

describe('up without a change', () => {
  test(
    'does nothing and says so',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', topology(PLAIN));
      await host.pipewright('up', '--yes');
      const before = await host.snapshot();
      const { stdout, stderr } = await host.pipewright('up', '--yes');
      expect(stdout + stderr).toMatch(/no changes|nothing to do|up to date/i);
      await host.pipewright('plan', '--check');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'its plan is empty as JSON',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', topology(PLAIN));
      await host.pipewright('up', '--yes');
      expect((await host.pipewright('plan', '--json')).json()).toMatchObject({
        topology: 't',
        changes: [],
        impact: [],
      });
    }),
  );
});

describe('a node that is another namespace then', () => {
  /** Each with a nic, an address and a way out of its own. */
  const guest = (name: string, third: number): string =>
    [
      `ip netns add ${name}`,
      `ip link add out-${name} type veth peer name eth0 netns ${name}`,
      `ip link set out-${name} up`,
      `ip -n ${name} link set eth0 up`,
      `ip -n ${name} addr add 172.20.${String(third)}.2/24 dev eth0`,
      `ip -n ${name} route add default via 172.20.${String(third)}.1 proto dhcp`,
    ].join('; ');

  const text = (one: string, two: string): string => `
name: t
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24 }, wire: { kind: macvlan, parent: out-third } }
nodes:
  one:
    ${one}
    networks: { lan: { address: 10.1.0.2, gateway: 10.1.0.9 }, wire: { address: 10.2.0.1/24 } }
    sysctls: { net.ipv4.ip_forward: 1 }
    routes: [{ to: 10.8.0.0/16, kind: blackhole }]
  two: { ${two}, networks: { lan: { address: 10.1.0.3 } }, rules: [{ from: 10.1.0.0/24, table: 77 }] }
links: [[one:x0, two:x0]]
`;

  for (const [what, from, to] of [
    ['by their names', text('namespace: first', 'namespace: second'), text('namespace: second', 'namespace: third')],
    [
      'each in place of the other',
      text('namespace: first', 'namespace: second'),
      text('namespace: second', 'namespace: first'),
    ],
    ['of its own before', text('kind: netns', 'namespace: second'), text('namespace: third', 'namespace: second')],
  ] as const)
    test(
      `${what}: what it was has everything back`,
      onSandbox(async (host) => {
        await host.sh([guest('first', 1), guest('second', 2), guest('third', 3)].join('; '));
        const before = await host.snapshot();
        await host.write('from.yaml', from);
        await host.write('to.yaml', to);
        await host.pipewright('up', '-f', 'to.yaml', '--yes');
        const fresh = await host.snapshot();
        await host.pipewright('down', 't', '--yes');

        await host.pipewright('up', '-f', 'from.yaml', '--yes');
        await host.pipewright('up', '-f', 'to.yaml', '--yes');
        expect(await host.snapshot()).toEqual(fresh);
        await host.pipewright('status', '-f', 'to.yaml', '--check');
        await host.pipewright('down', 't', '--yes');
        expect(await host.snapshot()).toEqual(before);
      }),
    );
});
