import {
  type AddressAttrs,
  type Change,
  type Cidr,
  contains,
  type Family,
  goesWith,
  type Key,
  type Nexthop,
  type Observed,
  parseCidr,
  parseIp,
  type RawObserved,
  type Ref,
  type Resource,
  type RouteAttrs,
  ref,
  type Surroundings,
} from '@pipewright/plugin';

interface Carrier {
  readonly key: Key;
  readonly cidr: Cidr;
}

/**
 * The addresses that each route lives on. With the last IPv4 address of a device the kernel drops all IPv4 routes that leave
 * by it (fib_disable_ip), and with its source address a route; else a route stays when addresses go. Of IPv6 it needs the
 * one in whose subnet its gateway is only where it is made.
 */
export function relateCarriers(all: readonly RawObserved[]): ReadonlyMap<Key, Observed> {
  const carriers = carriersByDevice(all);
  return new Map(
    all.flatMap((it) => {
      const needs = it.type === 'route' ? carriersOf(it.attrs as RouteAttrs, carriers) : [];
      return needs.length > 0 ? [[it.key, { ...it, needs: needs.map(ref) }] as const] : [];
    }),
  );
}

function carriersOf(it: RouteAttrs, carriers: ReadonlyMap<Key, readonly Carrier[]>): readonly Key[] {
  return waysOf(it).flatMap((way) => {
    const own = ofFamily(it.family, carriers.get(way.dev.ref));
    const carrier = carrierOf(way, own);
    return own.filter((one) => it.family === 4 || one === carrier || one.cidr.address === it.src).map(({ key }) => key);
  });
}

/** A way that a route takes. */
type Way = Omit<Nexthop, 'weight'>;

/** Where it leads: one way, several or none. */
export function waysOf({ dev, via, onlink, nexthops }: RouteAttrs): readonly Way[] {
  if (nexthops) return nexthops;
  return dev ? [{ dev, ...(via === undefined ? {} : { via }), ...(onlink ? { onlink } : {}) }] : [];
}

/** An IPv6 route forgets its source when that is made anew (rt6_remove_prefsrc). */
export const forgetsSource = ({ attrs: { family, src } }: Observed<RouteAttrs>, { type, before }: Change): boolean =>
  family === 6 &&
  src !== undefined &&
  type === 'address' &&
  before?.lacks !== undefined &&
  parseCidr((before.attrs as AddressAttrs).address)?.address === src;

/** What is left of a route when an address goes, or a device that one of its ways leaves by. */
export function withoutCarrier(found: Observed<RouteAttrs>, gone: Observed): Observed<RouteAttrs> | undefined {
  if (gone.type === 'device') return withoutWays(found, gone.key);
  if (gone.type !== 'address') return found;
  const { family, src } = found.attrs;
  if (src !== undefined && parseCidr((gone.attrs as AddressAttrs).address)?.address === src) return undefined;
  if (family === 6) return found;
  const needs = (found.needs ?? []).filter((it) => it.ref !== gone.key);
  return needs.length > 0 ? { ...found, needs } : undefined;
}

function withoutWays(found: Observed<RouteAttrs>, device: Key): Observed<RouteAttrs> | undefined {
  const { nexthops } = found.attrs;
  if (!nexthops) return found;
  const left = nexthops.filter(({ dev }) => dev.ref !== device);
  return left.length > 0 ? { ...found, attrs: { ...found.attrs, nexthops: left } } : undefined;
}

/** A user's route is given back where addresses carry it again. */
export function carryAgain(lost: Observed<RouteAttrs>, among: Surroundings): Observed<RouteAttrs> | undefined {
  const needs: Ref[] = [];
  for (const way of waysOf(lost.attrs)) {
    const carrier = carrierAmong(way, lost.attrs.family, among);
    if (!carrier) return undefined;
    needs.push(ref(carrier.key));
  }
  return needs.length === 0 ? lost : { ...lost, within: goesWith(lost.attrs), needs };
}

function carrierAmong({ dev, via }: Way, family: Family, among: Surroundings): Carrier | undefined {
  if (among.get(dev.ref)?.attrs['up'] === false) return undefined;
  const carriers = carriersByDevice(among.on(dev.ref, 'address')).get(dev.ref);
  const carrier = carrierOf({ via }, ofFamily(family, carriers));
  const gateway = via === undefined ? undefined : parseIp(via);
  return carrier && gateway && !contains(carrier.cidr, gateway) ? undefined : carrier;
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

const ofFamily = (family: Family, carriers: readonly Carrier[] = []): readonly Carrier[] =>
  carriers.filter(({ cidr }) => cidr.family === family);

/** The one whose subnet its gateway is in, else the first. */
function carrierOf({ via }: { readonly via?: string | undefined }, own: readonly Carrier[]): Carrier | undefined {
  const gateway = via === undefined ? undefined : parseIp(via);
  return (gateway && own.find(({ cidr }) => contains(cidr, gateway))) ?? own[0];
}
