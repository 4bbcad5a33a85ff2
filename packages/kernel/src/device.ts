import {
  type Attrs,
  type Change,
  type DeviceAttrs,
  type DeviceKind,
  type Found,
  isRef,
  type Key,
  keyOf,
  netlink,
  type Observed,
  printedKeys,
  type Op,
  type RawObserved,
  type ReadContext,
  type Ref,
  type Resource,
  resourceType,
  sysctlOf,
  type WriteContext,
  z,
} from '@pipewright/plugin';
import { wordsOfNew } from './iproute2.js';
import { LOWER } from './netlink/kind-attributes.js';
import { relateLower } from './lower-devices.js';
import { groupOf, isSharedMark, markOf, parseMark, SHARED_GROUP, sharedMark } from './mark.js';
import { deviceMoves, move, originIn } from './moved-devices.js';
import { type RawDevice, relatePeers } from './peers.js';
import { ip, NAMED_NAMESPACES, numberOf, rowsOf } from './rows.js';

/** With the marks and the attributes of its kind, which stand flat beside the others. */
type MarkedDevice = DeviceAttrs & {
  readonly alias?: string;
  readonly group?: number;
  /** The device it is made on, in the host's own namespace; `null`: on none. */
  readonly link?: Ref | null;
};

interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly group: string;
  readonly ifalias: string;
  readonly altnames: readonly string[];
  readonly master: string;
  /** The lower device or the peer: by name where it is in the same namespace, else by number. */
  readonly link: string | null;
  readonly link_index: number;
  readonly link_netnsid: number;
  readonly linkinfo: {
    readonly info_kind?: string;
    readonly info_data?: Attrs;
    readonly info_slave_kind?: string;
    readonly info_slave_data?: Attrs;
  };
}

interface IpNetns {
  readonly name: string;
  readonly id: number;
}

function parse([links, namespaces]: readonly unknown[], context: ReadContext): readonly Found<MarkedDevice>[] {
  const all = rowsOf<IpLink>(links).filter((link) => link.ifname !== undefined);
  const numbers = new Map(all.map((link) => [link.ifname, link.ifindex]));
  const names = new Map(rowsOf<IpNetns>(namespaces).map((it) => [it.id, it.name]));
  return all.map((link) => ({
    attrs: { ...attrsOf(link, context), ...kindAttrsOf(link, context) },
    ...(isShared(link, context) ? { shared: true as const } : {}),
    ...movedOf(link),
    ...carrierOf(link),
    raw: {
      ifindex: link.ifindex ?? 0,
      ...lowerOf(link, numbers, context),
      linkNetnsid: link.link_netnsid,
      linkNetns: link.link_netnsid === undefined ? undefined : names.get(link.link_netnsid),
    } satisfies RawDevice,
  }));
}

/** The number of the lower device or the peer. */
function lowerOf(
  { link, link_index, linkinfo }: Partial<IpLink>,
  numbers: ReadonlyMap<string | undefined, number | undefined>,
  { deviceKind }: ReadContext,
): Pick<RawDevice, 'link' | 'lone' | 'cable'> {
  const kind = deviceKind(linkinfo?.info_kind ?? '');
  if (!kind?.lower) return { link: link_index ?? numbers.get(link ?? undefined), cable: kind?.cable };
  // Of a device in another namespace `ip` prints the name that its number has in this one.
  const printed = linkinfo?.info_data?.[LOWER];
  const number = typeof printed === 'string' ? (numbers.get(printed) ?? Number(printed.replace(/^if/, ''))) : printed;
  return { lone: true, link: typeof number === 'number' && number > 0 ? number : undefined };
}

function movedOf({ ifalias }: Partial<IpLink>): Pick<Found, 'moved'> {
  const moved = originIn(ifalias);
  return moved ? { moved } : {};
}

/** Only where it has none, though it is up: its far end is down, or no cable is in. NO-CARRIER comes and goes a second late. */
const carrierOf = ({ flags }: Partial<IpLink>): Pick<Found, 'facts'> =>
  flags?.includes('UP') && !flags.includes('LOWER_UP') ? { facts: { carrier: 'none' } } : {};

/** In a node's namespace anybody may have marked it. As with other marks, the group stands in until the alias is there. */
const isShared = ({ ifalias, group }: Partial<IpLink>, { on }: ReadContext): boolean =>
  on.node === undefined && (ifalias === undefined ? numberOf(group, 0) === SHARED_GROUP : isSharedMark(ifalias));

function attrsOf(link: Partial<IpLink>, context: ReadContext): MarkedDevice {
  const { on } = context;
  const flag = (name: string): boolean => link.flags?.includes(name) ?? false;
  return {
    name: String(link.ifname),
    kind: link.linkinfo?.info_kind ?? (flag('LOOPBACK') ? 'loopback' : 'physical'),
    ...(link.address === undefined ? {} : { mac: link.address }),
    mtu: link.mtu ?? 0,
    up: flag('UP'),
    promisc: flag('PROMISC'),
    master: link.master === undefined ? null : { ref: keyOf('device', on, link.master) },
    ...portOf(link, context),
    altnames: link.altnames ?? [],
    ...(link.ifalias === undefined ? {} : { alias: link.ifalias }),
    group: link.group === 'default' ? 0 : numberOf(link.group, 0),
  };
}

function portOf({ linkinfo }: Partial<IpLink>, { deviceKind }: ReadContext): Pick<DeviceAttrs, 'asPort'> {
  const of = linkinfo?.info_slave_kind;
  const table = of === undefined ? undefined : deviceKind(of)?.ports;
  if (of === undefined || !table) return {};
  const found = Object.entries(table).flatMap(([name, { word, read }]) => {
    const printed = linkinfo?.info_slave_data?.[word];
    return printed === undefined ? [] : [[name, read ? read(printed) : printed] as const];
  });
  return { asPort: { of, ...Object.fromEntries(found) } };
}

function kindAttrsOf({ linkinfo }: Partial<IpLink>, { deviceKind }: ReadContext): Attrs {
  const printed = linkinfo?.info_data ?? {};
  const attributes = Object.entries(deviceKind(linkinfo?.info_kind ?? '')?.attributes ?? {});
  return Object.fromEntries(
    attributes.flatMap(([name, it]) => {
      const value = printedKeys(it)
        .map((key) => printed[key])
        .find((found) => found !== undefined && found !== null);
      if (value === undefined) return it.initial === undefined ? [] : [[name, it.initial]];
      return [[name, it.read ? it.read(value) : value]];
    }),
  );
}

/** Far ends and lower devices, which only all namespaces together tell. */
function relateDevices(all: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, Observed> {
  const peers = relatePeers(all, declared);
  return new Map([...peers, ...relateLower(all, peers)]);
}

/** What one message that creates a link carries. An alias is not among it: the kernel ignores it there. */
function birth({ attrs, on }: Resource<MarkedDevice>, kind?: DeviceKind): Attrs {
  const { alias: _alias, altnames: _altnames, promisc: _promisc, asPort: _asPort, master, mtu, ...rest } = attrs;
  const born = mtu === undefined || kind?.mtuOfPorts ? rest : { ...rest, mtu };
  // A master is looked up in the namespace the request comes from, which is the host's own.
  return on.node === undefined && master ? { ...born, master } : born;
}

/** The far end must be down at its birth (ENOTCONN), and what it is a port of is known in its own namespace only. */
function farBirth(resource: Resource<MarkedDevice>): Attrs {
  const { up: _up, master: _master, ...born } = birth(resource);
  return born;
}

/** What is left to do once the link is there. */
function upbringing({ attrs, on }: Resource<MarkedDevice>, far: boolean, kind?: DeviceKind): Attrs {
  const { name, alias, altnames, promisc, master, asPort, up, mtu } = attrs;
  return {
    name,
    ...(alias === undefined ? {} : { alias }),
    ...(altnames?.length ? { altnames } : {}),
    ...(promisc ? { promisc } : {}),
    ...(master && (far || on.node !== undefined) ? { master } : {}),
    ...(asPort ? { asPort } : {}),
    ...(kind?.mtuOfPorts && mtu !== undefined ? { mtu } : {}),
    ...(far && up ? { up } : {}),
  };
}

const settle = (resource: Resource<MarkedDevice>, far: boolean, kind?: DeviceKind): readonly Op[] => {
  const attrs = upbringing(resource, far, kind);
  return Object.keys(attrs).length > 1 ? [netlink(resource.on, 'link', 'set', attrs)] : [];
};

/** What /dev/net/tun makes of it, and then all that every device has. */
function open({ on, attrs }: Resource<MarkedDevice>, kind: DeviceKind): readonly Op[] {
  const words = wordsOfNew(attrs, { deviceKind: () => kind });
  const { kind: _, ...rest } = attrs;
  const common = Object.fromEntries(Object.entries(rest).filter(([field]) => !(field in kind.attributes)));
  return [{ op: 'tuntap', on, device: attrs.name, words }, netlink(on, 'link', 'set', common)];
}

function create(after: Resource<MarkedDevice>, { role, peer, deviceKind }: WriteContext<MarkedDevice>): readonly Op[] {
  const kind = deviceKind?.(after.attrs.kind);
  if (kind?.tuntap) return open(after, kind);
  if (role === 'follow') return settle(after, true);
  // An end whose other end nobody has found: the kernel would make one up, beside it.
  if (role === 'alone' && kind?.cable) return [];
  const far = role === 'lead' && peer?.after ? { peer: { on: peer.after.on, attrs: farBirth(peer.after) } } : {};
  return [
    netlink(after.on, 'link', 'add', { ...birth(after, kind), ...far }),
    ...parametersOf(after, kind),
    ...settle(after, false, kind),
  ];
}

const parametersOf = ({ on, attrs }: Resource<MarkedDevice>, kind?: DeviceKind): readonly Op[] =>
  Object.entries(kind?.parameters ?? {}).map(([written, value]) => {
    return { op: 'sysctl', on, name: sysctlOf(attrs.name, written), value, optional: true };
  });

function update({ fields, on }: Change<MarkedDevice>, after: Resource<MarkedDevice>): readonly Op[] {
  const { name, kind } = after.attrs;
  const changed = Object.fromEntries(fields.map((field) => [field, after.attrs[field] ?? whenAbsent[field]]));
  return [netlink(on, 'link', 'set', { name, kind, ...changed })];
}

/** What an attribute is set to when the state gone back to does not have it. */
const whenAbsent: Attrs = { alias: '', master: null, altnames: [], group: 0 };

/**
 * A kernel device. Its mark is an alias; its group, which the kernel takes in the message that creates it, stands in
 * for that until the alias is there.
 */
export const device = resourceType<MarkedDevice>({
  type: 'device',
  get attrs() {
    return z.looseObject({
      name: z.string(),
      kind: z.string(),
      mac: z.string().optional(),
      mtu: z.int().optional(),
      up: z.boolean().optional(),
      promisc: z.boolean().optional(),
      master: z.object({ ref: z.string() }).nullable().optional(),
      link: z.object({ ref: z.string() }).nullable().optional(),
      asPort: z.looseObject({ of: z.string() }).optional(),
      altnames: z.array(z.string()).readonly().optional(),
      alias: z.string().optional(),
      group: z.int().optional(),
    });
  },
  classes: { name: 'fixed', kind: 'fixed', link: 'fixed' },
  name: (attrs) => attrs.name,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, ...marksOf(it, topology) } }),
  owner: ({ attrs }, _all, topology) => {
    // The mark on a loopback device is its namespace's.
    if (attrs.kind === 'loopback') return undefined;
    return parseMark(attrs.alias)?.topology ?? (attrs.group === groupOf(topology) ? topology : undefined);
  },
  queries: [
    ip({ object: 'link' }, 'link', 'show'),
    { ...ip({ object: 'netns' }, 'netns', 'list'), given: NAMED_NAMESPACES },
  ],
  parse,
  relate: relateDevices,
  write: (change, context) => {
    const { action, before, after, on } = change;
    if (before && after && before.key !== after.key && action === 'update') return move(change, before, after);
    if (action === 'update') return after ? update(change, after) : [];
    const gone = before && context.role !== 'follow' ? [netlink(on, 'link', 'del', { name: before.attrs.name })] : [];
    return [...gone, ...(after ? create(after, context) : [])];
  },
  // A port outlives what it is a port of; all else goes with the device it needs.
  without: (found, gone) =>
    isRef(found.attrs.master) && found.attrs.master.ref === gone.key ? freed(found) : undefined,
  equal: (field, some, all) => {
    if (field === 'asPort') return isPartOf(some, all);
    return field === 'altnames' && Array.isArray(some) && Array.isArray(all) && some.every((it) => all.includes(it));
  },
  resting: { promisc: false },
  exclusive: true,
  removeAlways: true,
  moves: deviceMoves,
});

/** What nobody declared of a port is nobody's difference. */
const isPartOf = (some: unknown, all: unknown): boolean =>
  typeof some === 'object' &&
  some !== null &&
  typeof all === 'object' &&
  Object.entries(some).every(([key, value]) => (all as Attrs | null)?.[key] === value);

/** A device that is shared or moved is in no topology's group: such a group can be removed as one. */
function marksOf({ shared, moved, attrs, id }: Resource<MarkedDevice>, topology: string): Attrs {
  if (shared) return { alias: sharedMark(attrs.kind), group: SHARED_GROUP };
  const alias = markOf(topology, id);
  return moved ? { alias } : { alias, group: groupOf(topology) };
}

const freed = (found: Observed<MarkedDevice>): Observed<MarkedDevice> => ({
  ...found,
  attrs: { ...found.attrs, master: null },
});
