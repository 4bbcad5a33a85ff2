import { type Family, familyOf } from '@pipewright/plugin';
import type { Address, Device, FdbEntry, Hop, KernelState, Namespace, Neighbour, Route, Rule } from './state.js';

/** A row as `ip -j -d -N` prints it: what a reader may look at of it. */
export type Row = Readonly<Record<string, unknown>>;

/** What is asked of a namespace. */
export type Listing = 'link' | 'addr' | 'route' | 'rule' | 'neigh' | 'fdb' | 'netns';

/** What the kernel would dump of a namespace. */
export function rowsOf(
  listing: Listing,
  namespace: Namespace,
  kernel: KernelState,
  family: Family | undefined,
): readonly Row[] {
  switch (listing) {
    case 'link':
      return [...namespace.devices.values()].map((it) => linkRow(it, namespace));
    case 'addr':
      return [...namespace.devices.values()].map((it) => addressRow(it, namespace));
    case 'route':
      return namespace.routes.filter(({ family: its }) => (family ?? its) === its).map((it) => routeRow(it, namespace));
    case 'rule':
      return namespace.rules.filter(({ family: its }) => (family ?? 4) === its).map(ruleRow);
    case 'neigh':
      return namespace.neighbours.map((it) => neighbourRow(it, namespace));
    case 'fdb':
      return namespace.fdb.map((it) => fdbRow(it, namespace));
    case 'netns':
      return [...kernel.named].map(([name, it]) => ({ name, ...given('id', namespace.numbers.get(it.number)) }));
  }
}

const given = (key: string, value: unknown): Row => (value === undefined || value === '' ? {} : { [key]: value });

const nameOf = ({ devices }: Namespace, index: number | undefined): string | undefined =>
  index === undefined ? undefined : devices.get(index)?.name;

function linkRow(it: Device, namespace: Namespace): Row {
  const kind = it.kind === 'loopback' ? 'LOOPBACK' : 'BROADCAST';
  return {
    ifindex: it.index,
    ...farFields(it, namespace),
    ifname: it.name,
    flags: [
      kind,
      ...(it.up ? ['UP'] : []),
      ...(hasCarrier(it) ? ['LOWER_UP'] : []),
      ...(it.promisc ? ['PROMISC'] : []),
    ],
    mtu: it.mtu,
    ...given('master', nameOf(namespace, it.master)),
    group: String(it.group),
    address: it.mac,
    ...(it.kind === 'loopback'
      ? {}
      : { linkinfo: { info_kind: it.kind, info_data: it.data, ...portFields(it, namespace) } }),
    ...given('ifalias', it.alias),
    ...(it.altnames.length > 0 ? { altnames: it.altnames } : {}),
  };
}

/** Of what it is a port of. */
function portFields({ master }: Device, { devices }: Namespace): Row {
  const of = master === undefined ? undefined : devices.get(master);
  return of ? { info_slave_kind: of.kind, info_slave_data: { isolated: false } } : {};
}

/** Of a cable it takes both ends. */
const hasCarrier = ({ up, far }: Device): boolean => up && far?.namespace.devices.get(far.index)?.up !== false;

/** The far end by its name where it is near, by numbers where it is not. */
function farFields({ far }: Device, namespace: Namespace): Row {
  if (!far) return {};
  if (far.namespace === namespace) return given('link', nameOf(namespace, far.index));
  return { link_index: far.index, link_netnsid: namespace.numbers.get(far.namespace.number) };
}

function addressRow(it: Device, { addresses }: Namespace): Row {
  const own = addresses.filter(({ device }) => device === it.index);
  // Secondaries stand behind all primaries.
  const ordered = [...own.filter(({ secondary }) => !secondary), ...own.filter(({ secondary }) => secondary)];
  return { ifindex: it.index, ifname: it.name, addr_info: ordered.map(addressInfo) };
}

const addressInfo = ({ family, address, prefix, secondary }: Address): Row => ({
  family: family === 6 ? 'inet6' : 'inet',
  local: address,
  prefixlen: prefix,
  ...(secondary ? { secondary } : {}),
  ...(family === 6 ? { nodad: true } : {}), // all that are written are; of itself this kernel gives none
});

// linux/rtnetlink.h, RTN_*.
const TYPES: Readonly<Record<string, string>> = { unicast: '1', blackhole: '6', unreachable: '7', prohibit: '8' };

function routeRow(it: Route, namespace: Namespace): Row {
  const device = it.kind !== 'unicast' && it.family === 6 ? 'lo' : nameOf(namespace, it.device);
  return {
    type: TYPES[it.kind],
    dst: it.to.replace(/\/(32|128)$/, ''),
    ...given('gateway', it.via),
    ...given('dev', device),
    ...given(
      'nexthops',
      it.hops?.map((hop) => hopRow(hop, namespace)),
    ),
    table: String(it.table),
    protocol: String(it.protocol),
    ...given('prefsrc', it.src),
    ...(it.metric === 0 ? {} : { metric: it.metric }),
    flags: it.onlink ? ['onlink'] : [],
    ...(it.family === 6 ? { pref: 'medium' } : {}),
  };
}

const hopRow = ({ device, via, weight, onlink }: Hop, namespace: Namespace): Row => ({
  ...given('gateway', via),
  ...given('dev', nameOf(namespace, device)),
  weight,
  flags: onlink ? ['onlink'] : [],
});

function ruleRow(it: Rule): Row {
  return {
    priority: it.priority,
    ...prefixFields('src', it.from ?? 'all'),
    ...(it.to === undefined ? {} : prefixFields('dst', it.to)),
    ...(it.fwmark === undefined ? {} : { fwmark: `0x${it.fwmark.toString(16)}` }),
    ...given('iif', it.iif),
    ...given('oif', it.oif),
    table: String(it.table),
    protocol: String(it.protocol),
  };
}

function prefixFields(key: 'src' | 'dst', prefix: string): Row {
  const [address, length] = prefix.split('/');
  const whole = familyOf(prefix) === 6 ? '128' : '32';
  return { [key]: address, ...(length === undefined || length === whole ? {} : { [`${key}len`]: Number(length) }) };
}

const neighbourRow = ({ device, to, mac, protocol }: Neighbour, namespace: Namespace): Row => ({
  dst: to,
  dev: nameOf(namespace, device),
  lladdr: mac,
  state: ['PERMANENT'],
  ...(protocol === 0 ? {} : { protocol: String(protocol) }),
});

const fdbRow = ({ device, mac, dst }: FdbEntry, namespace: Namespace): Row => ({
  mac,
  ifname: nameOf(namespace, device),
  dst,
  flags: ['self'],
  state: 'permanent',
});
