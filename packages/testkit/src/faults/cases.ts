import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keyOf, netlink, type NamespaceOp, type Placement } from '@pipewright/plugin';
import { MemoryKernel } from '../memory/kernel/memory-kernel.js';
import { type Machine, machineOf } from './world.js';

/** A topology, what becomes of it when somebody edits it, and the host it comes to. */
export interface FaultCase {
  readonly name: string;
  readonly text: string;
  readonly edited: string;
  readonly machine: () => Machine;
}

const FOLDER = fileURLToPath(new URL('../../../../examples/', import.meta.url));

const textOf = (example: string): string => readFileSync(`${FOLDER}${example}/pipewright.yaml`, 'utf8');

type Edit = readonly (readonly [string | RegExp, string])[];

const EDITS: Readonly<Record<string, Edit>> = {
  'two-nodes': [
    ['10.0.0.1/30', '10.0.0.5/30'],
    ['10.0.0.2/30', '10.0.0.6/30'],
  ],
  quickstart: [
    [/ {2}desk: .*\n/, ''],
    [/10\.10\.1\./g, '10.10.7.'],
  ],
  'dual-stack': [
    [/ {2}web: .*\n/, '  cache: { networks: [lan] }\n'],
    ['10.20.0.5/24', '10.20.0.6/24'],
  ],
  'host-access': [
    ['address: 10.30.0.1/24', 'address: 10.30.0.254/24'],
    [/links:[^]*/, ''],
  ],
  'defaults-and-groups': [
    [/ {2}desk: .*\n/, ''],
    ['mtu: 9000', 'mtu: 1400'],
    ['ip_forward: 1', 'ip_forward: 0'],
  ],
  'env-and-anchors': [
    [/ {2}two: .*\n/, ''],
    ['mtu: 1400', 'mtu: 1450'],
    ['kind: bridge,', 'kind: bridge, bridge: br-new,'],
  ],
  containers: [
    ['httpd -f', 'httpd -f -v'],
    ['10.50.0.10/24', '10.50.0.11/24'],
    [/ {2}probe: .*\n[^]*/, ''],
  ],
  'custom-plugin': [
    [/ {2}sniffer: .*\n/, '  carol: { networks: { lab: { name: uplink } } }\n'],
    ['10.77.0.0', '10.78.0.0'],
  ],
};

/** Where Docker listens, with the images that examples name. */
const ENGINES = { '/run/docker.sock': { images: { 'busybox:latest': {} } } };

const edited = (text: string, edit: Edit): string => edit.reduce((all, [from, to]) => all.replace(from, to), text);

const host: Placement = { host: 'local' };

/** A host that somebody uses: a bridge of theirs, its address, a way out. */
function inhabited(): MemoryKernel {
  const kernel = new MemoryKernel();
  const dev = { ref: keyOf('device', host, 'br9') };
  kernel.byHand(
    netlink(host, 'link', 'add', { name: 'br9', kind: 'bridge', mac: '02:99:00:00:00:01', up: true }),
    netlink(host, 'address', 'add', { address: '192.0.2.1/24', dev }),
    netlink(host, 'route', 'replace', { family: 4, to: 'default', via: '192.0.2.254', dev, table: 254, metric: 0 }),
  );
  return kernel;
}

/** With processes in namespaces of their own, each of which has a nic, an address and a way out already. */
function withGuests(...pids: readonly number[]): MemoryKernel {
  const kernel = inhabited();
  for (const [index, pid] of pids.entries()) addGuest(kernel, pid, index);
  return kernel;
}

function addGuest(kernel: MemoryKernel, pid: number, index: number): void {
  const [name, outside] = [`guest${String(index)}`, `out${String(index)}`];
  const guest: Placement = { host: 'local', node: name };
  const dev = { ref: keyOf('device', guest, 'eth0') };
  const named = (verb: NamespaceOp['verb']): NamespaceOp => ({ op: 'namespace', on: host, verb, name });
  kernel.namespace(named('add'));
  kernel.start(pid, kernel.named(name));
  const far = { on: guest, attrs: { name: 'eth0', kind: 'veth', mac: `02:99:00:00:0${String(index)}:03` } };
  const near = { name: outside, kind: 'veth', mac: `02:99:00:00:0${String(index)}:02`, up: true };
  const [address, via] = [`172.31.${String(index)}.2/24`, `172.31.${String(index)}.1`];
  kernel.byHand(
    netlink(host, 'link', 'add', { ...near, peer: far }),
    netlink(guest, 'link', 'set', { name: 'eth0', up: true }),
    netlink(guest, 'address', 'add', { address, dev }),
    netlink(guest, 'route', 'replace', { family: 4, to: 'default', via, dev, table: 254, metric: 0 }),
  );
  kernel.namespace(named('del'));
}

/** With a NIC that the host uses. */
function withNic(): MemoryKernel {
  const kernel = inhabited();
  const dev = { ref: keyOf('device', host, 'nic0') };
  const wire = { on: host, attrs: { name: 'wire0', kind: 'veth', mac: '02:99:00:00:00:05' } };
  kernel.byHand(
    netlink(host, 'link', 'add', { name: 'nic0', kind: 'veth', mac: '02:99:00:00:00:04', peer: wire }),
    netlink(host, 'link', 'set', { name: 'nic0', alias: 'to the roof', mtu: 1600, up: true }),
    netlink(host, 'address', 'add', { address: '203.0.113.5/24', dev }),
    netlink(host, 'address', 'add', { address: 'fd00:9::5/64', dev }),
    netlink(host, 'route', 'add', { family: 4, to: '10.99.0.0/16', via: '203.0.113.1', dev, table: 254, metric: 7 }),
  );
  return kernel;
}

/** With NICs that nobody uses, one of them down. */
function withSpareNics(): MemoryKernel {
  const kernel = inhabited();
  const wire = (name: string, end: number) => ({
    on: host,
    attrs: { name, kind: 'veth', mac: `02:99:00:00:00:0${String(end)}` },
  });
  kernel.byHand(
    netlink(host, 'link', 'add', { name: 'nic0', kind: 'veth', mac: '02:99:00:00:00:06', peer: wire('wire0', 7) }),
    netlink(host, 'link', 'set', { name: 'nic0', alias: 'to the roof', mtu: 1600, up: true }),
    netlink(host, 'link', 'add', { name: 'nic1', kind: 'veth', mac: '02:99:00:00:00:08', peer: wire('wire1', 9) }),
  );
  return kernel;
}

const UPLINK = `
name: uplink
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24, uplink: nic0 } }
nodes:
  a: { networks: [lan] }
  b: { networks: [lan] }
`;

const LENT = `
name: lent
networks:
  lan: { kind: bridge, subnet: 10.1.0.0/24 }
  roof: { kind: phys, parent: nic0 }
nodes:
  a: { networks: { lan: , roof: { address: 203.0.113.5/24, name: nic0, mtu: 1400 } } }
  b: { networks: [lan] }
`;

const GUEST = `
name: guest
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24, address: 10.1.0.1/24 } }
nodes:
  guest: { kind: pid, pid: 4242, networks: { lan: { gateway: 10.1.0.1 } }, sysctls: { net.ipv4.ip_forward: 1 } }
  other: { networks: [lan] }
`;

const PLACES = `
name: places
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24, address: 10.1.0.1/24 } }
nodes:
  one: { kind: pid, pid: 4242, networks: { lan: { gateway: 10.1.0.1 } }, sysctls: { net.ipv4.ip_forward: 1 } }
  two: { kind: pid, pid: 4243, networks: [lan], routes: [{ to: 10.92.0.0/16, kind: blackhole }] }
  mine: { networks: [lan], rules: [{ from: 10.0.0.2/32, table: 100, priority: 1000 }] }
links: [[one:x0, mine:x0]]
`;

const SHARED = `
name: shared
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes:
  holder:
    { kind: docker, image: busybox, networks: [lan], rules: [{ from: 10.1.0.0/24, table: 77 }],
      routes: [{ to: 10.92.0.0/16, kind: blackhole }] }
  app: { kind: docker, image: busybox, namespace-of: holder }
`;

const EVERYTHING = `
name: everything
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00:1::/64"], address: 10.0.0.1/24 } }
nodes:
  a:
    networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.3, metric: 50 }], neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } }
    loopback: [10.255.0.1, "fd00:255::1"]
    routes: [{ to: 10.92.0.0/16, kind: blackhole }]
    rules: [{ from: 10.0.0.2/32, table: 100, priority: 1000 }]
    sysctls: { net.ipv4.ip_forward: 1 }
  b: { networks: { lan: { name: uplink-to-the-first-floor, mac: "02:00:00:00:00:0b" } } }
links: [[a:x0, b:x0]]
`;

const WAYS = `
name: ways
networks:
  one: { kind: bridge, subnet: [10.1.0.0/24, "fd01::/64"] }
  two: { kind: bridge, subnet: [10.2.0.0/24, "fd02::/64"] }
nodes:
  a:
    networks: { one: , two: { mtu: 1400 } }
    routes:
      - { to: 10.9.0.0/16, nexthops: [{ via: 10.1.0.9 }, { via: 10.2.0.9 }] }
      - { to: "fd09::/64", nexthops: [{ via: "fd01::9" }, { via: "fd02::9" }] }
      - { to: 10.8.0.0/16, nexthops: [{ via: 10.1.0.9 }, { via: 10.2.0.9 }] }
      - { to: "fd08::/64", via: "fd02::9" }
`;

const HELPED = `
name: helped
networks: { lan: { kind: bridge } }
nodes:
  kept: { networks: { lan: { dhcp: { metric: 5 } } } }
  once: { networks: { lan: { dhcp: { once: true } } } }
  moved: { networks: { lan: { address: dhcp, mac: "02:00:00:00:00:0c" } } }
  router: { processes: { zebra: { command: zebra, ready: asked, afterwards: tidied }, bgpd: bgpd -n } }
`;

const TUNNEL = `
name: tunnel
networks: { over: { kind: vxlan, id: 7, remotes: [192.0.2.2, 192.0.2.3], subnet: 10.3.0.0/24 } }
nodes: { a: { networks: [over] } }
`;

const DIRECT = `
name: direct
networks: { over: { kind: vxlan, id: 7, remotes: 192.0.2.2, direct: true, subnet: 10.3.0.0/24 } }
nodes: { here: { kind: host, networks: { over: { name: over } } } }
`;

const VIRTUAL = `
name: virtual
networks: { lan: { kind: bridge }, vms: { kind: tap, bridge: lan }, own: { kind: tap } }
nodes:
  host: { kind: host, networks: { vms: { name: vm1 } } }
  guest: { kind: pid, pid: 4242, networks: { own: { address: 172.16.0.1/24 } } }
  a: { networks: { lan: , own: { address: 172.16.1.1/24 } } }
`;

export const EXAMPLES: readonly FaultCase[] = readdirSync(FOLDER, { withFileTypes: true })
  // The machine that is simulated is one, without a NIC, VLANs, tc and FRR. What is lent and what runs has cases of its own.
  .filter(
    (it) => it.isDirectory() && !/^hosts:|(parent|uplink): nic0|kind: vlan|qdisc:|processes:/m.test(textOf(it.name)),
  )
  .map(({ name }) => ({
    name: `example ${name}`,
    text: textOf(name),
    edited: edited(textOf(name), EDITS[name] ?? [['nodes:', 'nodes:\n  one-more: {}']]),
    machine: () => machineOf(inhabited(), ENGINES),
  }));

/** One container in the namespace of another. */
export const IN_ONE_NAMESPACE: FaultCase = {
  name: 'a container in the namespace of another, then in one of its own',
  text: SHARED,
  edited: edited(SHARED, [['namespace-of: holder', 'networks: [lan]']]),
  machine: () => machineOf(inhabited(), ENGINES),
};

/** What none of the examples has. */
export const CASES: readonly FaultCase[] = [
  {
    name: 'a process with a way out of its own',
    text: GUEST,
    edited: edited(GUEST, [
      [/gateway: 10\.1\.0\.1/, 'name: eth5'],
      ['ip_forward: 1', 'ip_forward: 0'],
    ]),
    machine: () => machineOf(withGuests(4242)),
  },
  {
    name: 'nodes that are other namespaces then, one of them the former of the other',
    text: PLACES,
    edited: edited(PLACES, [
      ['pid: 4243', 'pid: 4244'],
      ['pid: 4242', 'pid: 4243'],
      ['mine: {', 'mine: { kind: pid, pid: 4245,'],
    ]),
    machine: () => machineOf(withGuests(4242, 4243, 4244, 4245)),
  },
  IN_ONE_NAMESPACE,
  {
    name: 'a container that outlives the one in whose namespace it was',
    text: SHARED,
    edited: edited(SHARED, [
      [/ {2}holder: .*\n/, ''],
      ['namespace-of: holder', 'networks: [lan]'],
    ]),
    machine: () => machineOf(inhabited(), ENGINES),
  },
  {
    name: 'a NIC that is lent to one node, then to another',
    text: LENT,
    edited: edited(LENT, [
      [', roof: { address: 203.0.113.5/24, name: nic0, mtu: 1400 }', ''],
      ['b: { networks: [lan] }', 'b: { networks: { lan: , roof: { address: 203.0.113.6/24, gateway: 203.0.113.1 } } }'],
    ]),
    machine: () => machineOf(withNic()),
  },
  {
    name: 'a NIC that is lent, then shared in place of that',
    text: LENT,
    edited: edited(LENT, [['kind: phys, parent: nic0', 'kind: bridge']]),
    machine: () => machineOf(withNic()),
  },
  {
    name: 'a NIC that is lent to a node, then to a bridge',
    text: LENT,
    edited: edited(LENT, [['kind: phys, parent: nic0', 'kind: bridge, uplink: nic0']]),
    machine: () => machineOf(withNic()),
  },
  {
    name: 'a NIC that is the uplink of a bridge, then lent to a node',
    text: UPLINK,
    edited: edited(UPLINK, [
      [', uplink: nic0', ''],
      ['lan: {', 'roof: { kind: phys, parent: nic0 }, lan: {'],
      ['a: { networks: [lan] }', 'a: { networks: [lan, roof] }'],
    ]),
    machine: () => machineOf(withSpareNics()),
  },
  {
    name: 'a NIC that is the uplink of a bridge, then another NIC',
    text: UPLINK,
    edited: edited(UPLINK, [['uplink: nic0', 'uplink: nic1']]),
    machine: () => machineOf(withSpareNics()),
  },
  {
    name: 'a NIC that is the uplink of a shared bridge, then of none',
    text: edited(UPLINK, [['uplink: nic0', 'bridge: br-up, shared: true, uplink: nic0']]),
    edited: edited(UPLINK, [['uplink: nic0', 'bridge: br-up, shared: true']]),
    machine: () => machineOf(withSpareNics()),
  },
  {
    name: 'everything a nic may have',
    text: EVERYTHING,
    edited: edited(EVERYTHING, [
      ['kind: bridge,', 'kind: bridge, bridge: br-new,'],
      [', metric: 50', ', metric: 60'],
      ['00:77', '00:78'],
      ['table: 100', 'table: 101'],
      ['10.92.0.0', '10.93.0.0'],
      ['10.255.0.1', '10.255.0.2'],
      ['00:0b', '00:0c'],
      [/links.*\n/, ''],
    ]),
    machine: () => machineOf(withGuests(4242)),
  },
  {
    name: 'routes by several gateways',
    text: WAYS,
    edited: edited(WAYS, [
      ['{ via: 10.1.0.9 }', '{ via: 10.1.0.9, weight: 3 }'],
      ['nexthops: [{ via: "fd01::9" }, { via: "fd02::9" }]', 'via: "fd01::9"'],
      [
        '{ to: "fd08::/64", via: "fd02::9" }',
        '{ to: "fd08::/64", nexthops: [{ via: "fd01::9" }, { via: "fd02::9" }] }',
      ],
      ['two: { mtu: 1400 }', 'two: { name: wan0 }'],
    ]),
    machine: () => machineOf(inhabited()),
  },
  {
    name: 'long-lived helpers',
    text: HELPED,
    edited: edited(HELPED, [
      ['metric: 5', 'metric: 6'],
      [/ {2}once: .*\n/, ''],
      ['mac: "02:00:00:00:00:0c"', 'mac: "02:00:00:00:00:0d"'],
      ['bgpd -n', 'bgpd'],
    ]),
    machine: () => machineOf(inhabited()),
  },
  {
    name: 'a tunnel to other machines',
    text: TUNNEL,
    edited: edited(TUNNEL, [
      ['192.0.2.3', '192.0.2.4'],
      ['id: 7', 'id: 7, ttl: 9'],
    ]),
    machine: () => machineOf(inhabited()),
  },
  {
    name: 'a nic that is a tunnel to another machine',
    text: DIRECT,
    edited: edited(DIRECT, [['192.0.2.2', '192.0.2.3']]),
    machine: () => machineOf(inhabited()),
  },
  {
    name: 'nics that virtual machines open',
    text: VIRTUAL,
    edited: edited(VIRTUAL, [
      ['own: { kind: tap }', 'own: { kind: tap, multi-queue: true }'],
      ['name: vm1', 'name: vm2'],
    ]),
    machine: () => machineOf(withGuests(4242)),
  },
];
