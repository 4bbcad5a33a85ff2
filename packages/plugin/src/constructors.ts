import type { Names, Nic, PortVlans } from './model.js';
import { type Attrs, keyOf, type Placement, type Ref, type Resource, ref, type Secret } from './resource.js';

type Extras = Pick<Resource, 'needs' | 'within' | 'peer' | 'adopt' | 'shared' | 'makes' | 'furnished' | 'moved'> & {
  readonly id?: string;
};

/** Builds a resource of any type; `name` is what tells it from others of its type in the same place. */
export function resource<A extends Attrs>(
  type: string,
  on: Placement,
  name: string,
  attrs: A,
  extras: Extras = {},
): Resource<A> {
  const { id = on.node === undefined ? name : `${on.node}/${name}`, ...rest } = extras;
  return { type, key: keyOf(type, on, name), id, on, attrs, ...rest };
}

/** A kernel device. Attributes of its kind stand beside these under the names of its DeviceKind. */
export interface DeviceAttrs extends Attrs {
  readonly name: string;
  readonly kind: string;
  readonly mac?: string;
  /** Bytes. */
  readonly mtu?: number;
  readonly up?: boolean;
  readonly promisc?: boolean;
  /** The device it is a port of; `null`: of none. */
  readonly master?: Ref | null;
  /** What it is as a port of its master. */
  readonly asPort?: PortAttrs;
  /** Further names, longer than the kernel's 15 bytes (IFLA_ALT_IFNAME). */
  readonly altnames?: readonly string[];
}

/** Attributes of a port, under the names that the DeviceKind of its master has for them. */
export interface PortAttrs extends Attrs {
  /** The kind of its master. */
  readonly of: string;
}

export const device = (
  on: Placement,
  name: string,
  attrs: Omit<DeviceAttrs, 'name'> & Attrs,
  extras: Extras = {},
): Resource<DeviceAttrs> => {
  const kind = attrs['kind'] as string;
  const master = attrs['master'] as Ref | null | undefined;
  return resource(
    'device',
    on,
    name,
    { ...attrs, name, kind },
    master ? { ...extras, needs: [master, ...(extras.needs ?? [])] } : extras,
  );
};

/** An IP address on a device. */
export interface AddressAttrs extends Attrs {
  /** With its prefix length: `10.0.0.2/24`. */
  readonly address: string;
  readonly dev: Ref;
}

export const address = (dev: Resource<DeviceAttrs>, cidr: string, extras: Extras = {}): Resource<AddressAttrs> =>
  resource(
    'address',
    dev.on,
    `${dev.attrs.name} ${cidr}`,
    { address: cidr, dev: ref(dev) },
    {
      id: `${dev.id}/${cidr}`,
      ...extras,
      within: [ref(dev), ...(extras.within ?? [])],
    },
  );

/** RT_TABLE_MAIN of linux/rtnetlink.h. */
const MAIN_TABLE = 254;

export type RouteKind = 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';

/** One of several ways of a route. */
export interface Nexthop {
  readonly via?: string;
  readonly dev: Ref;
  /** Its share of the flows among those of all, from 1 to 256. */
  readonly weight: number;
  /** The gateway is on the device though no prefix says so. */
  readonly onlink?: boolean;
}

/** A route. Metric and table are always explicit: a kernel default (table 254, IPv6 metric 1024) is written out. */
export interface RouteAttrs extends Attrs {
  readonly family: 4 | 6;
  /** A prefix, or `default`. */
  readonly to: string;
  readonly kind: RouteKind;
  readonly via?: string;
  readonly dev?: Ref;
  /** In place of `via` and `dev`: at least two, each flow takes one of them. */
  readonly nexthops?: readonly Nexthop[];
  readonly table: number;
  readonly metric: number;
  /** The source address preferred for what takes it. */
  readonly src?: string;
  /** The gateway is on the device though no prefix says so. */
  readonly onlink?: boolean;
}

/** A route as a driver writes it: what it leaves out is as the kernel would have it. */
export interface RouteSpec {
  readonly family: 4 | 6;
  readonly to: string;
  readonly kind?: RouteKind;
  readonly via?: string;
  readonly nexthops?: readonly Nexthop[];
  readonly table?: number;
  readonly metric?: number;
  readonly src?: string;
  readonly onlink?: boolean;
}

/** Whether a route to there is one to everywhere: `default`, `0.0.0.0/0`, `::/0`. */
export const isDefault = (to: string): boolean => to === 'default' || to.endsWith('/0');

/** The metric the kernel gives a route that names none. */
const ordinaryMetric = (family: 4 | 6): number => (family === 6 ? 1024 : 0);

/**
 * Of a route of ours that makes way for another of ours, and is in force again with that one gone: behind what the kernel
 * gives those that name none.
 */
export const YIELDING_METRICS = { least: 3073, most: 4096 } as const;

export const isYielding = ({ metric }: Pick<RouteAttrs, 'metric'>): boolean =>
  metric >= YIELDING_METRICS.least && metric <= YIELDING_METRICS.most;

/** What tells a route from others of its place: `default`, `::/0 dev eth0`, `10.0.0.0/8 table 100 metric 5`. */
export function routeName(it: Pick<RouteAttrs, 'family' | 'to' | 'table' | 'metric' | 'dev'>): string {
  const { family, to, table, metric, dev } = it;
  return [
    family === 6 && to === 'default' ? '::/0' : to,
    // IPv6 keeps one route a device where IPv4 keeps one a metric.
    family === 6 && dev && `dev ${deviceNameIn(dev)}`,
    table !== MAIN_TABLE && `table ${table}`,
    metric !== ordinaryMetric(family) && `metric ${metric}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The devices that a route goes with, each of them: one of several ways of IPv6 goes alone. */
export const goesWith = ({ family, dev, nexthops = [] }: RouteAttrs): readonly Ref[] => [
  ...(dev ? [dev] : []),
  ...(family === 4 ? nexthops.map((it) => it.dev) : []),
];

export function route(
  on: Placement,
  dev: Resource<DeviceAttrs> | undefined,
  spec: RouteSpec,
  extras: Extras = {},
): Resource<RouteAttrs> {
  const attrs: RouteAttrs = {
    kind: 'unicast',
    table: MAIN_TABLE,
    metric: ordinaryMetric(spec.family),
    ...spec,
    to: isDefault(spec.to) ? 'default' : spec.to,
    ...(dev ? { dev: ref(dev) } : {}),
  };
  return resource('route', on, routeName(attrs), attrs, {
    ...extras,
    within: [...goesWith(attrs), ...(extras.within ?? [])],
  });
}

/** A policy routing rule. */
export interface RuleAttrs extends Attrs {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly from?: string;
  readonly to?: string;
  readonly fwmark?: number;
  readonly iif?: string;
  readonly oif?: string;
  readonly table: number;
}

export const ruleName = (it: RuleAttrs): string =>
  [
    `v${String(it.family)} ${String(it.priority)}`,
    it.from && `from ${it.from}`,
    it.to && `to ${it.to}`,
    it.fwmark !== undefined && `fwmark ${String(it.fwmark)}`,
    it.iif && `iif ${it.iif}`,
    it.oif && `oif ${it.oif}`,
  ]
    .filter(Boolean)
    .join(' ');

export const rule = (on: Placement, attrs: RuleAttrs, extras: Extras = {}): Resource<RuleAttrs> =>
  resource('rule', on, ruleName(attrs), attrs, extras);

/** A permanent neighbour entry: this address is at this MAC, unasked. */
export interface NeighbourAttrs extends Attrs {
  readonly to: string;
  readonly mac: string;
  readonly dev: Ref;
}

export const neighbour = (
  dev: Resource<DeviceAttrs>,
  to: string,
  mac: string,
  extras: Extras = {},
): Resource<NeighbourAttrs> =>
  resource(
    'neighbour',
    dev.on,
    `${dev.attrs.name} ${to}`,
    { to, mac, dev: ref(dev) },
    {
      id: `${dev.id}/neighbour ${to}`,
      ...extras,
      within: [ref(dev), ...(extras.within ?? [])],
    },
  );

/**
 * Where a tunnel of the host's own namespace sends what is for a MAC: to a machine. Of the all-zero MAC there may be
 * several: what is for everybody, or nobody knows whom, goes to each.
 */
export interface FdbAttrs extends Attrs {
  readonly mac: string;
  /** The machine's address in the underlay. */
  readonly dst: string;
  readonly dev: Ref;
}

export const fdb = (dev: Resource<DeviceAttrs>, mac: string, dst: string, extras: Extras = {}): Resource<FdbAttrs> =>
  resource(
    'fdb',
    dev.on,
    `${dev.attrs.name} ${mac} ${dst}`,
    { mac, dst, dev: ref(dev) },
    { id: `${dev.id}/${dst}`, ...extras, within: [ref(dev), ...(extras.within ?? [])] },
  );

/** A security association of IPsec (RFC 4301), of one direction: ESP in transport mode. */
export interface XfrmStateAttrs extends Attrs {
  readonly src: string;
  readonly dst: string;
  /** What tells it from others at the receiver. */
  readonly spi: number;
  /** Hexadecimal: 32 bytes for HMAC-SHA-256, then 32 for AES-CBC. */
  readonly keys: Secret;
}

export const xfrmState = (on: Placement, attrs: XfrmStateAttrs, extras: Extras = {}): Resource<XfrmStateAttrs> =>
  resource('xfrm-state', on, xfrmStateName(attrs), attrs, extras);

export const xfrmStateName = ({ src, dst, spi }: XfrmStateAttrs): string => `${src} ${dst} ${spi.toString(16)}`;

/** That packets leave, or are taken, in ESP of one of the topology's states alone. */
export interface XfrmPolicyAttrs extends Attrs {
  readonly dir: 'in' | 'out';
  readonly src: string;
  readonly dst: string;
  /** Of what is in the IP packet. */
  readonly protocol: number;
  /** The port they are sent to. */
  readonly port?: number;
  /** Of GRE. */
  readonly key?: number;
}

export const xfrmPolicy = (on: Placement, attrs: XfrmPolicyAttrs, extras: Extras = {}): Resource<XfrmPolicyAttrs> =>
  resource('xfrm-policy', on, xfrmPolicyName(attrs), attrs, extras);

export const xfrmPolicyName = ({ dir, src, dst, protocol, port, key }: XfrmPolicyAttrs): string =>
  [dir, src, dst, protocol, port ?? key].filter((it) => it !== undefined).join(' ');

/**
 * How a device queues what it sends, and what more tc does there: lines for tc, `qdisc add …`, `class add …` or
 * `filter add …`, without `dev DEVICE`.
 */
export interface QdiscAttrs extends Attrs {
  readonly dev: Ref;
  readonly commands: readonly string[];
}

export const qdisc = (
  dev: Resource<DeviceAttrs>,
  commands: readonly string[],
  extras: Extras = {},
): Resource<QdiscAttrs> =>
  resource(
    'qdisc',
    dev.on,
    dev.attrs.name,
    { dev: ref(dev), commands },
    { id: `${dev.id}/qdisc`, ...extras, within: [ref(dev), ...(extras.within ?? [])] },
  );

/** What a device does itself or leaves to the kernel, in the words of `ethtool -K`: `tx`, `tso`. */
export interface OffloadAttrs extends Attrs {
  readonly dev: Ref;
  readonly feature: string;
  readonly state: 'on' | 'off';
}

export const offload = (
  dev: Resource<DeviceAttrs>,
  feature: string,
  state: 'on' | 'off',
  extras: Extras = {},
): Resource<OffloadAttrs> =>
  resource(
    'offload',
    dev.on,
    `${dev.attrs.name} ${feature}`,
    { dev: ref(dev), feature, state },
    { id: `${dev.id}/offload ${feature}`, ...extras, within: [ref(dev), ...(extras.within ?? [])] },
  );

/** The VLANs that a port of a bridge takes in and sends; with `self` those of the host, by the bridge's own device. */
export interface BridgeVlanAttrs extends Attrs {
  readonly dev: Ref;
  readonly self?: true;
  /** What comes without a tag is in it, and what is in it goes without (pvid); `null`: such frames are dropped. */
  readonly untagged: number | null;
  /** Ids and ranges, in order: `10`, `20-29`. */
  readonly tagged: readonly string[];
}

export const bridgeVlan = (
  dev: Resource<DeviceAttrs>,
  { untagged, tagged }: PortVlans,
  { self, ...extras }: Extras & { readonly self?: true } = {},
): Resource<BridgeVlanAttrs> =>
  resource<BridgeVlanAttrs>(
    'bridge-vlan',
    dev.on,
    dev.attrs.name,
    { dev: ref(dev), ...(self ? { self } : {}), untagged: untagged ?? null, tagged },
    { id: `${dev.id}/vlans`, ...extras, within: [ref(dev), ...(extras.within ?? [])] },
  );

/** A kernel parameter below `net.`, of one namespace. */
export interface SysctlAttrs extends Attrs {
  readonly name: string;
  readonly value: string;
}

export const sysctl = (on: Placement, name: string, value: string, extras: Extras = {}): Resource<SysctlAttrs> =>
  resource('sysctl', on, name, { name, value }, extras);

/**
 * A kernel parameter of a device, with which it goes. In `written` stands `IFNAME` for the device's name:
 * `net.ipv6.conf.IFNAME.autoconf`.
 */
export const deviceSysctl = (on: Placement, device: string, written: string, value: string): Resource<SysctlAttrs> =>
  sysctl(on, sysctlOf(device, written), value, { within: [{ ref: keyOf('device', on, device) }] });

/** A kernel parameter of a device, written with IFNAME in place of the device's name. */
export const sysctlOf = (device: string, written: string): string => written.replace('IFNAME', inSysctl(device));

/** The name of a device as sysctl(8) has it: between dots, a slash is a dot. */
const inSysctl = (device: string): string => device.replaceAll('.', '/');

const OF_DEVICE = /^net[.](?:ipv[46][.](?:conf|neigh)|mpls[.]conf)[.](?!all[.]|default[.])([^.]+)[.]/;

/** The device that a kernel parameter is of, with which it comes and goes: of `net.ipv4.conf.eth0/30.forwarding` eth0.30. */
export const deviceInSysctl = (name: string): string | undefined => OF_DEVICE.exec(name)?.[1]?.replaceAll('/', '.');

/** What a device has there when it is born. */
export const defaultOfSysctl = (name: string): string | undefined => {
  const device = deviceInSysctl(name);
  return device === undefined ? undefined : name.replace(`.${inSysctl(device)}.`, '.default.');
};

/** Lines of a topology in a file, between two lines that say whose they are. */
export interface FileBlockAttrs extends Attrs {
  readonly path: string;
  readonly topology: string;
  readonly lines: readonly string[];
  /** A file that is missing begins with a copy of this one of the host; empty: with nothing. */
  readonly copyOf?: string;
}

/** In a file of the host, or on a node in the root of its processes. */
export const fileBlock = (on: Placement, attrs: FileBlockAttrs, extras: Extras = {}): Resource<FileBlockAttrs> =>
  resource('file-block', on, `${attrs.path} of ${attrs.topology}`, attrs, extras);

/** A named network namespace, its loopback device up. */
export interface NamespaceAttrs extends Attrs {
  readonly name: string;
  readonly loopback: boolean;
}

/** The namespace of a node, made by us and bound to `/run/netns/<name>`. */
export const namespace = (host: string, node: string, name: string): Resource<NamespaceAttrs> =>
  resource('namespace', { host }, name, { name, loopback: true }, { id: node, makes: node });

/** One end of a cable: where it is, under which name. */
export interface CableEnd {
  readonly on: Placement;
  readonly name: string;
  readonly id?: string;
  readonly mac: string;
  readonly mtu: number;
  readonly master?: Ref;
  readonly altnames?: readonly string[];
}

/** Two devices joined back to back, made by the kernel in one stroke and gone in one. The first may be a port. */
export function cable(kind: string, a: CableEnd, b: CableEnd): readonly [Resource<DeviceAttrs>, Resource<DeviceAttrs>] {
  const end = (it: CableEnd, far: CableEnd): Resource<DeviceAttrs> => {
    const { on, name, id, ...attrs } = it;
    return device(
      on,
      name,
      { kind, up: true, ...attrs },
      { ...(id === undefined ? {} : { id }), peer: { ref: keyOf('device', far.on, far.name) } },
    );
  };
  return [end(a, b), end(b, a)];
}

/** A nic as the end of a cable, in its node under its own name. */
export const nicEnd = ({ on, device: name, id, mac, mtu, altnames }: Nic): CableEnd => ({
  on,
  name,
  id,
  mac,
  mtu,
  altnames,
});

/**
 * A MAC address for a port of a bridge. One that was given no address of its own has the lowest of its ports': beside a NIC
 * that it was made for, such a port leaves it the NIC's, by which neighbours know the host.
 */
export const portMac = (names: Pick<Names, 'mac'>, ...words: readonly string[]): string =>
  `fe:${names.mac(...words).slice('fe:'.length)}`;

/** The other end of a nic's cable, in the namespace of its network's segment. */
export const segmentEnd = (nic: Nic, on: Placement, names: Names, mtu: number): CableEnd => ({
  on,
  name: nic.hostDevice ?? names.device(nic.node, nic.name),
  id: `${nic.id}:host`,
  mac: portMac(names, nic.node, nic.name, 'host'),
  mtu,
  altnames: nic.hostDevice === undefined ? names.altnames(nic.node, nic.name) : [],
});

/** A rule of iptables (ip6tables where the family is 6) that accepts what comes in by a device, or goes out by one, or both. */
export interface IptablesRuleAttrs extends Attrs {
  readonly family: 4 | 6;
  readonly table: 'filter';
  readonly chain: string;
  readonly in?: Ref;
  readonly out?: Ref;
  /** Of these states of its connection alone, in the order of iptables: RELATED, ESTABLISHED, SNAT, DNAT. */
  readonly states?: readonly string[];
  readonly jump: 'ACCEPT';
  /** Whose it is, where each topology may have one of its own; absent: anybody's. */
  readonly topology?: string;
}

/** The name of the device that is referred to. */
export const deviceNameIn = ({ ref: key }: Ref): string => key.slice(key.lastIndexOf('/') + 1);

export const iptablesRuleName = (it: IptablesRuleAttrs): string =>
  [
    `v${String(it.family)} ${it.table} ${it.chain}`,
    it.in && `in ${deviceNameIn(it.in)}`,
    it.out && `out ${deviceNameIn(it.out)}`,
    it.states && `state ${it.states.join(',')}`,
    it.jump,
    it.topology !== undefined && `of ${it.topology}`,
  ]
    .filter(Boolean)
    .join(' ');

/** The kernel keeps such a rule when its devices go: it is on them, but not within them. */
export const iptablesRule = (
  on: Placement,
  attrs: IptablesRuleAttrs,
  extras: Extras = {},
): Resource<IptablesRuleAttrs> => resource('iptables-rule', on, iptablesRuleName(attrs), attrs, extras);

/** What a long-lived helper has to come to before it counts as started. */
export interface ProcessReadiness {
  /** It is given so long to make the file `ready` in its folder. */
  readonly withinMs: number;
  /** What is wrong where it does not: `no lease`. */
  readonly otherwise: string;
}

/**
 * A long-lived helper: a program that runs on in the network namespace of a node, detached from us. It has a folder of its
 * own, where its files, its log and what it makes are: that is its working directory, and words of a command that begin
 * with `./` are paths in it. Lines `name=value` of its file `ready` are shown by `status`; `address` is one that it has put
 * on the device it is within, without which it is not ready.
 */
export interface ProcessAttrs extends Attrs {
  /** What tells it from all others of the host. */
  readonly name: string;
  /** The node whose network namespace it runs in; absent: the host's own. */
  readonly node?: string;
  /** Runs in the foreground. */
  readonly argv: readonly string[];
  /** Written to its folder before it starts, executable. */
  readonly files?: Readonly<Record<string, string>>;
  readonly ready?: ProcessReadiness;
  /** Ended when it is ready: what it has done stays. */
  readonly once?: true;
  /** Run in the same namespace when it has been ended for good. */
  readonly afterwards?: readonly string[];
  /** `waiting`: it runs and is not ready; `done`: it was ready, and is to run once. */
  readonly state: 'running' | 'done' | 'waiting' | 'dead';
}

/** A helper as a driver asks for it. `id` is unique in the topology: `web/eth0/dhcp`. */
export type ProcessSpec = Omit<ProcessAttrs, 'name' | 'node' | 'state'>;

/** It is looked for on the host, whatever has become of its node. */
export function processIn(
  { host, node }: Placement,
  topology: string,
  id: string,
  spec: ProcessSpec,
  extras: Extras = {},
): Resource<ProcessAttrs> {
  const name = `${topology}/${id}`;
  const attrs = { ...spec, name, ...(node === undefined ? {} : { node }), state: spec['once'] ? 'done' : 'running' };
  return resource('process', { host }, name, attrs as ProcessAttrs, { ...extras, id });
}
