import { type Cidr, contains, type Family, networkOf, parseCidr } from '@pipewright/plugin';
import { refuse } from './errors.js';
import {
  type Address,
  type Device,
  type Hop,
  KERNEL_PROTOCOL,
  MAIN_TABLE,
  type Namespace,
  type Route,
} from './state.js';

const IPV6_PREFIX_METRIC = 256; // IP6_RT_PRIO_ADDRCONF

const cidrOf = (text: string): Cidr => parseCidr(text) ?? refuse('EINVAL');

const textOf = ({ address, prefix }: Address): string => `${address}/${String(prefix)}`;

const isAt =
  (device: Device, { family, address, prefix }: Cidr) =>
  (it: Address): boolean =>
    it.device === device.index && it.family === family && it.address === address && it.prefix === prefix;

/** Adds it; where it is there, `replace` changes nothing that is modelled. */
export function addAddress(namespace: Namespace, device: Device, text: string, replace: boolean): void {
  const cidr = cidrOf(text);
  if (namespace.addresses.some(isAt(device, cidr))) {
    if (!replace) refuse('EEXIST', 'Address already assigned');
    return;
  }
  const added: Address = {
    device: device.index,
    family: cidr.family,
    address: cidr.address,
    prefix: cidr.prefix,
    secondary: primaryOf(namespace, device, cidr) !== undefined,
  };
  namespace.addresses.push(added);
  addPrefixRoute(namespace, device, added);
}

/** The first IPv4 address of a subnet on a device; the others live by it. */
const primaryOf = ({ addresses }: Namespace, device: Device, cidr: Cidr): Address | undefined =>
  addresses.find(
    (it) =>
      it.device === device.index &&
      it.family === 4 &&
      cidr.family === 4 &&
      !it.secondary &&
      it.prefix === cidr.prefix &&
      contains(cidrOf(textOf(it)), cidr),
  );

export function deleteAddress(namespace: Namespace, device: Device, text: string): void {
  const found = namespace.addresses.find(isAt(device, cidrOf(text)));
  if (!found) return refuse('EADDRNOTAVAIL', 'Address not found');
  const along = found.secondary || found.family === 6 ? [found] : [found, ...secondariesOf(namespace, found)];
  namespace.addresses = namespace.addresses.filter((it) => !along.includes(it));
  for (const it of along) losePrefixRoute(namespace, it);
  for (const it of along) loseSource(namespace, it.address);
  if (found.family === 4 && !hasIpv4(namespace, device)) loseIpv4(namespace, device);
}

/** net.ipv4.conf.*.promote_secondaries is off. */
const secondariesOf = ({ addresses }: Namespace, primary: Address): readonly Address[] =>
  addresses.filter(
    (it) =>
      it.secondary &&
      it.device === primary.device &&
      it.prefix === primary.prefix &&
      contains(cidrOf(textOf(primary)), cidrOf(textOf(it))),
  );

const hasIpv4 = ({ addresses }: Namespace, device: Device): boolean =>
  addresses.some((it) => it.device === device.index && it.family === 4);

/** With the last IPv4 address all IPv4 routes by the device go, and all it knows by ARP (fib_disable_ip). */
function loseIpv4(namespace: Namespace, device: Device): void {
  dropRoutes(namespace, (it) => it.family === 4 && (it.device === device.index || isDead(it, namespace)));
  dropNeighbours(namespace, device, 4);
}

/** IPv4 routes with a source that is gone go (fib_sync_down_addr); IPv6 ones only forget it (rt6_remove_prefsrc). */
function loseSource(namespace: Namespace, address: string): void {
  if (namespace.addresses.some((it) => it.address === address)) return;
  dropRoutes(namespace, (it) => it.family === 4 && it.src === address);
  for (const it of namespace.routes) if (it.src === address) it.src = undefined;
}

function prefixRoute({ family, device, address, prefix }: Address): Route {
  return {
    family,
    to: networkOf(cidrOf(`${address}/${String(prefix)}`)),
    kind: 'unicast',
    via: undefined,
    device,
    hops: undefined,
    table: MAIN_TABLE,
    metric: family === 6 ? IPV6_PREFIX_METRIC : 0,
    src: family === 6 ? undefined : address,
    onlink: false,
    protocol: KERNEL_PROTOCOL,
  };
}

/** The route to what is on the wire: of a device that is up, and of a primary address with neighbours at all. */
function addPrefixRoute(namespace: Namespace, device: Device, address: Address): void {
  if (!device.up || address.secondary || (address.family === 4 && address.prefix === 32)) return;
  const made = prefixRoute(address);
  if (!namespace.routes.some((it) => sameWay(it, made))) namespace.routes.push(made);
}

const sameWay = (one: Route, other: Route): boolean =>
  one.to === other.to &&
  one.device === other.device &&
  one.protocol === other.protocol &&
  one.metric === other.metric &&
  one.table === other.table &&
  (one.family === 6 || one.src === other.src);

function losePrefixRoute(namespace: Namespace, gone: Address): void {
  if (gone.secondary) return;
  const made = prefixRoute(gone);
  const another = namespace.addresses.some((it) => gone.family === 6 && sameWay(prefixRoute(it), made));
  if (!another) dropRoutes(namespace, (it) => sameWay(it, made));
}

/** A device that comes up has its wires' routes again. */
export function gainPrefixRoutes(namespace: Namespace, device: Device): void {
  for (const it of namespace.addresses) if (it.device === device.index) addPrefixRoute(namespace, device, it);
}

/** What goes along with a device that goes down, or goes: of its addresses, IPv6 ones already in the first case. */
export function dropOfDevice(namespace: Namespace, device: Device, how: 'down' | 'gone'): void {
  const lost = (family: Family): boolean => how === 'gone' || family === 6;
  namespace.addresses = namespace.addresses.filter((it) => it.device !== device.index || !lost(it.family));
  dropRoutes(namespace, (it) => it.device === device.index || isDead(it, namespace));
  if (how === 'gone') dropWays(namespace, device);
  for (const family of [4, 6] as const) dropNeighbours(namespace, device, family);
  if (how === 'gone') namespace.fdb = namespace.fdb.filter((it) => it.device !== device.index);
}

export function loseIpv6(namespace: Namespace, device: Device): void {
  namespace.addresses = namespace.addresses.filter((it) => it.device !== device.index || it.family === 4);
  dropRoutes(namespace, (it) => it.family === 6 && (it.device === device.index || isDead(it, namespace)));
  dropNeighbours(namespace, device, 6);
}

/** A route of several ways stays as long as one of them works. */
const isDead = ({ family, hops }: Route, namespace: Namespace): boolean =>
  hops?.every((it) => {
    const device = namespace.devices.get(it.device);
    return !device?.up || (family === 4 && !hasIpv4(namespace, device));
  }) === true;

/** With a device a route of IPv4 goes that has one of its ways there, of IPv6 only that way. */
function dropWays(namespace: Namespace, device: Device): void {
  const leavesBy = (it: Hop): boolean => it.device === device.index;
  dropRoutes(namespace, (it) => it.family === 4 && it.hops?.some(leavesBy) === true);
  namespace.routes = namespace.routes.map((it) => {
    const left = it.hops?.filter((hop) => !leavesBy(hop));
    const [last, ...more] = left ?? [];
    if (!last || more.length > 0) return left ? { ...it, hops: left } : it;
    return { ...it, hops: undefined, via: last.via, device: last.device, onlink: last.onlink };
  });
}

function dropRoutes(namespace: Namespace, gone: (it: Route) => boolean): void {
  namespace.routes = namespace.routes.filter((it) => !gone(it));
}

function dropNeighbours(namespace: Namespace, device: Device, family: Family): void {
  namespace.neighbours = namespace.neighbours.filter((it) => it.device !== device.index || it.family !== family);
}
