import {
  type AddressAttrs,
  type Cidr,
  contains,
  type Key,
  type Observed,
  parseCidr,
  parseIp,
  type RawObserved,
  type RouteAttrs,
  ref,
} from '@pipewright/plugin';

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

function carriersByDevice(all: readonly RawObserved[]): ReadonlyMap<Key, readonly Carrier[]> {
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
