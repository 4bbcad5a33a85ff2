import {
  type AddressAttrs,
  type Cidr,
  contains,
  type Key,
  type Observed,
  parseCidr,
  parseIp,
  type RawObserved,
  type Resource,
  type RouteAttrs,
  ref,
} from '@pipewright/plugin';

/** RTPROT_REDIRECT, _KERNEL, _RA: such routes come by themselves. */
const MADE_BY_KERNEL: ReadonlySet<number> = new Set([1, 2, 9]);

interface Carrier {
  readonly key: Key;
  readonly cidr: Cidr;
}

/**
 * Which address each route lives on: the one whose subnet its gateway is in, else the first of its family on its
 * device. With the last address of a device the kernel drops every IPv4 route that leaves by it (fib_disable_ip), so
 * whoever takes an address away must be told what goes along.
 */
export function relateCarriers(all: readonly RawObserved[]): ReadonlyMap<Key, Observed> {
  const carriers = carriersByDevice(all);
  return new Map(
    all.flatMap((it) => {
      const carrier = it.type === 'route' ? carrierOf(it.attrs as RouteAttrs, carriers) : undefined;
      return carrier ? [[it.key, { ...it, within: [...(it.within ?? []), ref(carrier.key)] }] as const] : [];
    }),
  );
}

/** A user's route is given back where an address carries it again. */
export function carryAgain(
  lost: Observed<RouteAttrs>,
  among: ReadonlyMap<Key, Resource>,
): Observed<RouteAttrs> | undefined {
  const { dev, via } = lost.attrs;
  if (MADE_BY_KERNEL.has(Number(lost.attrs['protocol']))) return undefined;
  if (!dev) return lost;
  const carrier = carrierOf(lost.attrs, carriersByDevice([...among.values()]));
  const gateway = via === undefined ? undefined : parseIp(via);
  if (!carrier || (gateway && !contains(carrier.cidr, gateway))) return undefined;
  return { ...lost, within: [dev, ref(carrier.key)] };
}

/** The addresses of each device. */
export function carriersByDevice(all: readonly Resource[]): ReadonlyMap<Key, readonly Carrier[]> {
  const byDevice = new Map<Key, Carrier[]>();
  for (const { type, key, attrs } of all) {
    if (type !== 'address') continue;
    const { dev, address } = attrs as AddressAttrs;
    const cidr = parseCidr(address);
    if (cidr) byDevice.set(dev.ref, [...(byDevice.get(dev.ref) ?? []), { key, cidr }]);
  }
  return byDevice;
}

function carrierOf(
  { dev, via, family }: RouteAttrs,
  carriers: ReadonlyMap<Key, readonly Carrier[]>,
): Carrier | undefined {
  const own = (carriers.get(dev?.ref ?? '') ?? []).filter(({ cidr }) => cidr.family === family);
  const gateway = via === undefined ? undefined : parseIp(via);
  return (gateway && own.find(({ cidr }) => contains(cidr, gateway))) ?? own[0];
}
