import {
  type AddressAttrs,
  type Attrs,
  type Cidr,
  type DeviceAttrs,
  isLinkLocal,
  type Key,
  networkOf,
  networkValue,
  type Observed,
  parseCidr,
  type RawObserved,
  type Resource,
  type RouteAttrs,
} from '@pipewright/plugin';

/** RTPROT_KERNEL. */
const BY_KERNEL = 2;
const MAIN_TABLE = 254;
const LOCAL_TABLE = 255;
/** IP6_RT_PRIO_ADDRCONF. */
const METRIC = { 4: 0, 6: 256 } as const;

/** The route that the kernel makes with an address: who is in its subnet is reached by its device. */
export function connectedRoute({ address, dev }: AddressAttrs): RouteAttrs | undefined {
  const cidr = parseCidr(address);
  // fe80::/64 is there with the kernel's own address, and is nobody's else.
  if (!cidr || isOfOne(cidr) || isOfAll(cidr) || isLinkLocal(cidr)) return undefined;
  const { family } = cidr;
  const src = family === 4 ? { src: cidr.address } : {};
  const common = { kind: 'unicast', table: MAIN_TABLE, protocol: BY_KERNEL } as const;
  return { ...common, family, to: networkOf(cidr), dev, metric: METRIC[family], ...src };
}

/** By which the kernel knows an IPv4 address for its own: without it, it is nobody's source address. */
export function localRoute({ attrs: { address, dev }, within }: Resource<AddressAttrs>): Attrs | undefined {
  const cidr = parseCidr(address);
  if (cidr?.family !== 4) return undefined;
  const to = `${cidr.address}/32`;
  const src = primaryOf(within)?.address ?? cidr.address;
  return { kind: 'local', table: LOCAL_TABLE, protocol: BY_KERNEL, family: 4, to, dev, metric: 0, src };
}

const primaryOf = ([, primary]: Resource['within'] = []): Cidr | undefined =>
  primary && parseCidr(primary.ref.slice(primary.ref.lastIndexOf(' ') + 1));

/** Where the subnet is all there is, or begins in 0.0.0.0/8, the kernel makes none for it (fib_add_ifaddr). */
const isOfAll = (cidr: Cidr): boolean => cidr.prefix === 0 || (cidr.family === 4 && networkValue(cidr) < 0x100_0000n);

/** An IPv4 address by itself has none. */
const isOfOne = ({ family, prefix }: Cidr): boolean => family === 4 && prefix === 32;

/**
 * Declared addresses whose connected route is gone (a secondary has that of its primary): `ip route flush` takes it along,
 * and the kernel does not make it again as long as the address stays.
 */
export function relateConnected(
  all: readonly RawObserved[],
  declared: readonly Resource[],
): ReadonlyMap<Key, Observed> {
  const ours = new Set(declared.flatMap(({ type, key }) => (type === 'address' ? [key] : [])));
  const devices = new Map(
    all.flatMap((it) => (it.type === 'device' ? [[it.key, it.attrs as DeviceAttrs] as const] : [])),
  );
  const routed = new Set(all.flatMap((it) => (it.type === 'route' ? [wayOf(it.attrs as RouteAttrs)] : [])));
  return new Map(
    all.flatMap((it) => {
      const attrs = it.attrs as AddressAttrs;
      if (!ours.has(it.key) || !hasConnected(attrs.dev.ref, devices)) return [];
      const route = connectedRoute(attrs);
      return !route || routed.has(wayOf(route))
        ? []
        : [[it.key, { ...it, lacks: `its route to ${route.to}` }] as const];
    }),
  );
}

/** A secondary address goes with its primary. */
export const isSecondary = ({ within }: Pick<Resource, 'within'>): boolean => (within ?? []).length > 1;

const wayOf = ({ to, dev }: RouteAttrs): string => `${to} ${dev?.ref ?? ''}`;

/** Not one that is down. What leads to the loopback is local, and of a VRF what is in its own table. */
function hasConnected(device: Key, devices: ReadonlyMap<Key, DeviceAttrs>): boolean {
  const { up, master } = devices.get(device) ?? {};
  return up === true && !device.endsWith('/lo') && (!master || devices.get(master.ref)?.kind !== 'vrf');
}
