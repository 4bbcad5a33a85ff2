import fc from 'fast-check';

// Topologies of a few names, so that any two have much in common. Each nic says its addresses: none depends on what was
// there before.

type Keys = Readonly<Record<string, unknown>>;
type Named = Readonly<Record<string, Keys>>;

export interface RandomTopology {
  readonly name: 't';
  readonly networks: Named;
  readonly nodes: Named;
  readonly links: readonly Keys[];
}

/** A device to make macvlans on, with the address that tunnels leave by; and a namespace that is somebody else's. */
export const WORLD = `
ip link add name nic0 type bridge
ip addr add 192.0.2.1/24 dev nic0
ip link set dev nic0 up
ip netns add red
ip -n red link set dev lo up
ip -n red link add name nic0 type bridge
ip -n red addr add 198.51.100.2/24 dev nic0
ip -n red link set dev nic0 up
ip -n red route add default via 198.51.100.1
`;

/** A key that one in so many has. */
const maybe = <T>(key: string, of: fc.Arbitrary<T>, oneIn = 2): fc.Arbitrary<Keys> =>
  fc.oneof(
    { weight: oneIn - 1, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: of.map((it) => ({ [key]: it })) },
  );
const together = (...parts: fc.Arbitrary<Keys>[]): fc.Arbitrary<Keys> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Keys);
const always = (keys: Keys): fc.Arbitrary<Keys> => fc.constant(keys);
const yes = fc.constant(true);

const NODES = ['a', 'b', 'c', 'red'] as const;
const NETWORKS = { lan: 0, back: 1, mac: 2, vx: 3, own: 4 } as const;
type Network = keyof typeof NETWORKS;

/** Beginnings of its addresses, of IPv6 as nobody prints them. */
const subnet = (network: Network) => ({ v4: `10.${NETWORKS[network]}.0`, v6: `FD00:${NETWORKS[network]}:` });
const both = (network: Network, host: number): readonly string[] => {
  const { v4, v6 } = subnet(network);
  return [`${v4}.${host}/24`, `${v6}:${host}/64`];
};

const mtu = fc.constantFrom(1300, 1400);

const lan = together(
  always({ kind: 'bridge', subnet: ['10.0.0.0/24', 'FD00:0::/64'] }),
  fc.oneof(
    always({}),
    together(always({ address: both('lan', 1) }), maybe('nat', yes), maybe('gateway', fc.constant('none'))),
    always({ internal: true, address: both('lan', 1) }),
    always({ isolated: true }),
  ),
  maybe('ageing', fc.constantFrom(10, 77)),
  maybe('multicast-snooping', fc.boolean()),
  maybe('priority', fc.constantFrom(4096, 8192)),
  maybe('mtu', mtu),
);

const networks: Readonly<Record<Network, fc.Arbitrary<Keys>>> = {
  lan,
  back: together(
    always({ kind: 'bridge' }),
    fc.constantFrom<Keys>({}, { bridge: 'br9' }, { bridge: 'br10', shared: true }),
    fc.constantFrom<Keys>({}, { isolated: true }, { internal: true }),
  ),
  mac: together(
    always({ kind: 'macvlan', parent: 'nic0' }),
    fc.constantFrom<Keys>({}, { mode: 'private' }, { mode: 'vepa' }, { 'host-access': true }),
  ),
  vx: together(
    always({ kind: 'vxlan', remotes: ['192.0.2.2', '192.0.2.3'] }),
    fc.constantFrom<Keys>({ id: 7 }, { id: 8 }),
    maybe('port', fc.constant(4790)),
    maybe('learning', fc.boolean()),
    maybe('address', fc.constant('10.3.0.1/24')),
    maybe('bridge', fc.constant('brvx')),
  ),
  own: together(always({ kind: 'tap' }), maybe('multi-queue', yes), maybe('user', fc.constant(65_534))),
};

const setting = together(
  maybe('mtu', fc.constantFrom(1280, 1290), 3),
  maybe('mac', fc.integer({ min: 1, max: 200 }), 3),
  maybe('promisc', yes, 4),
  maybe(
    'sysctls',
    fc.constantFrom<Keys>({ 'net.ipv4.conf.IFNAME.arp_ignore': 1 }, { 'net.ipv6.conf.IFNAME.accept_ra': 0 }),
    4,
  ),
  maybe('qdisc', fc.constantFrom('pfifo limit 9', 'tbf rate 8mbit burst 1600 limit 3200'), 6),
  maybe('offload', fc.constant({ gso: false }), 6),
  fc.constantFrom<Keys>({}, {}, {}, {}, { up: false }),
);

/** What only a nic with addresses has. */
const reach = (network: Network): fc.Arbitrary<Keys> => {
  const { v4, v6 } = subnet(network);
  const number = NETWORKS[network];
  return together(
    maybe('gateway', fc.constantFrom(`${v4}.254`, `${v4}.253`), 2),
    maybe(
      'routes',
      fc.subarray([
        { to: `10.9${number}.0.0/20`, via: `${v4}.77` },
        { to: `10.9${number}.0.0/16`, via: `${v4}.78`, metric: 50 },
        { to: `10.9${number}.77.0/24` },
        { to: 'default', via: `${v4}.79`, table: 70 + number },
        { to: `fd9${number}::/64`, via: `${v6}:77` },
      ]),
      2,
    ),
    maybe(
      'neighbours',
      fc.constantFrom([{ to: `${v4}.77`, mac: '02:00:00:00:00:77' }], [{ to: `${v6}:77`, mac: '02:00:00:00:00:78' }]),
      3,
    ),
  );
};

const nic = (node: number, network: Network): fc.Arbitrary<Keys> =>
  fc
    .tuple(
      setting,
      reach(network),
      maybe('name', fc.constantFrom(`${network}0`, `wan${NETWORKS[network]}`, `a-long-name-of-${network}`), 2),
      fc.constantFrom<readonly number[]>([0], [0], [1], [0, 1], []),
    )
    .map(([its, reached, name, hosts]) => {
      const mac =
        its['mac'] === undefined
          ? {}
          : { mac: `02:00:00:0${node}:0${NETWORKS[network]}:${Number(its['mac']).toString(16).padStart(2, '0')}` };
      // Of two in one subnet the first that was there stays the first.
      const further = hosts.length > 1 ? [`10.10${NETWORKS[network]}.0.${10 + node}/24`] : [];
      const address = hosts.length === 0 ? 'none' : [...both(network, 10 + 10 * node + (hosts[0] ?? 0)), ...further];
      const reaching = hosts.length === 0 || its['up'] === false ? {} : reached;
      // What the kernel reckons for a macvlan it does not leave off.
      const { offload, ...others } = its;
      const cabled = offload === undefined || network === 'mac' ? {} : { offload };
      return { ...others, ...cabled, ...mac, ...name, address, ...reaching };
    });

const nics = (node: number): fc.Arbitrary<Named> =>
  fc.record(
    {
      lan: nic(node, 'lan'),
      back: nic(node, 'back'),
      mac: nic(node, 'mac'),
      vx: nic(node, 'vx'),
      own: nic(node, 'own'),
    },
    { requiredKeys: [] },
  );

const node = (index: number): fc.Arbitrary<Keys> =>
  together(
    nics(index).map((it) => ({ networks: it })),
    maybe(
      'routes',
      fc.subarray([
        { to: '10.98.0.0/16', kind: 'blackhole' },
        { to: 'fd98::/64', kind: 'unreachable' },
        { to: '10.97.0.0/16', kind: 'prohibit', table: 77 },
      ]),
    ),
    maybe(
      'rules',
      fc.subarray([
        { from: '10.0.0.0/24', table: 77, priority: 1000 },
        { fwmark: 5, table: 77, priority: 1001 },
        { to: 'fd00:0::/64', table: 78, priority: 1002 },
        { iif: 'lo', table: 78, priority: 1003, family: 4 },
      ]),
    ),
    maybe(
      'sysctls',
      fc.constantFrom<Keys>(
        { 'net.ipv4.ip_forward': 1 },
        { 'net.ipv4.ip_forward': 0 },
        { 'net.ipv4.conf.all.rp_filter': 2 },
        { 'net.ipv4.ip_local_port_range': '20000 30000' },
      ),
    ),
    maybe(
      'ports',
      fc.constantFrom([`${8000 + index}:80`], [`127.0.0.1:${9000 + index}:53/udp`, `${8000 + index}:81`]),
      2,
    ),
    maybe('expose', fc.constantFrom([6379], ['53/udp', 6379]), 2),
    maybe('service-links', fc.subarray([...NODES], { minLength: 1 }), 2),
  );

const cable = fc.tuple(fc.constantFrom(...NODES), fc.constantFrom(...NODES), fc.boolean(), setting, maybe('mtu', mtu));

const nodes = {
  a: node(0),
  b: node(1),
  c: node(2),
  red: node(3).map((it): Keys => ({ kind: 'netns', namespace: 'red', ...it })),
};

const nicsOf = (it: Keys | undefined): Named => (it?.['networks'] ?? {}) as Named;

/** Whether a node is where service links lead. */
function isReached(it: Keys | undefined): boolean {
  const { lan: at } = nicsOf(it);
  return at !== undefined && at['up'] !== false && at['address'] !== 'none';
}

/** As much of a node as can be said of it in this topology: one default gateway, and what leads to others where it leads. */
function fit(name: string, it: Keys, { nodes: all, networks: known }: Drawn): Keys {
  const { ports, 'service-links': linked = [], ...rest } = it;
  const joined = Object.entries(nicsOf(it)).filter(([network]) => network in known);
  const leaving = joined.find(([, nic]) => 'gateway' in nic)?.[0];
  const its = joined.map(([network, { gateway, ...nic }]) => [
    network,
    network === leaving ? { ...nic, gateway } : nic,
  ]);
  const targets = (linked as readonly string[]).filter((to) => to !== name && isReached(all[to]));
  const isPublic = known['lan']?.['address'] !== undefined && !known['lan']['internal'];
  return {
    ...rest,
    networks: Object.fromEntries(its),
    ...(ports !== undefined && isPublic && isReached(it) ? { ports } : {}),
    ...(targets.length > 0 && isReached(it) ? { 'service-links': targets } : {}),
  };
}

interface Drawn {
  readonly networks: Named;
  readonly nodes: Named;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  networks: fc.record(networks, { requiredKeys: ['lan'] }),
  nodes: fc.record(nodes, { requiredKeys: ['a'] }),
});

export const topologies = fc.tuple(drawn, fc.array(cable, { maxLength: 3 })).map(
  ([all, cables]): RandomTopology => ({
    name: 't',
    networks: all.networks,
    nodes: Object.fromEntries(Object.entries(all.nodes).map(([name, it]) => [name, fit(name, it, all)])),
    links: cables
      .map(([near, far, addressed, { mac: _, ...its }, more], index) => {
        const address = (host: number) => (addressed ? { address: `10.50.${index}.${host}/30` } : {});
        const here = { node: near, nic: `x${index}`, ...address(1), ...its };
        const there = { node: far, nic: near === far ? `y${index}` : `x${index}`, ...address(2) };
        return { endpoints: [here, there], ...more };
      })
      .filter(({ endpoints }) => endpoints.every((it) => it.node in all.nodes)),
  }),
);

/**
 * What is done by hand, to `$dev` in its namespace; some of it is no change, as of a device without addresses. What nobody
 * declared is nobody's difference.
 */
export const DAMAGES = {
  'a device deleted': 'ip link del dev $dev',
  'a device down': 'ip link set dev $dev down',
  'a device down and up': 'ip link set dev $dev down; ip link set dev $dev up',
  'an MTU': 'ip link set dev $dev mtu 1285',
  'a MAC address': 'ip link set dev $dev address 02:00:00:99:99:99',
  'no alias': 'ip link set dev $dev alias ""',
  'not promiscuous': 'ip link set dev $dev promisc off',
  renamed: 'ip link set dev $dev down; ip link set dev $dev name other',
  'out of its bridge': 'ip link set dev $dev nomaster',
  'no addresses': 'ip addr flush dev $dev',
  'no IPv6 addresses': 'ip -6 addr flush dev $dev',
  'one address less': 'ip addr del $(ip -o -4 addr show dev $dev | awk "{ print \\$4; exit }") dev $dev',
  'no routes': 'ip route flush dev $dev',
  'no IPv6 routes': 'ip -6 route flush dev $dev',
  'no routes of tables':
    'for it in main 70 71 72 73 74 77; do ip route flush table $it; done; ip -6 route flush root fd00::/8',
  'no default routes': 'ip route del default',
  'no rules of ours': 'for it in 1000 1001 1002 1003; do ip rule del priority $it; ip -6 rule del priority $it; done',
  'no neighbours': 'ip neigh flush dev $dev nud permanent',
  'no queueing': 'tc qdisc del dev $dev root',
  'other queueing': 'tc qdisc show dev $dev | grep -Eq "tbf|limit" && tc qdisc replace dev $dev root pfifo limit 3',
  'another feature': 'ethtool -K $dev tx off sg off',
  'a parameter of it': 'echo 3 > /proc/sys/net/ipv4/conf/$dev/arp_ignore',
  'a parameter': 'echo 0 > /proc/sys/net/ipv4/ip_forward',
  'no firewall': 'nft flush ruleset',
  'loopback down': 'ip link set dev lo down',
  'a namespace unmounted': 'ip netns del t-a',
} as const;
