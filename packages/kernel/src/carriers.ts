import {
  type AddressAttrs,
  type Change,
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
  type Surroundings,
} from '@pipewright/plugin';

/** RTPROT_REDIRECT, _KERNEL, _RA: such routes come by themselves. */
const MADE_BY_KERNEL: ReadonlySet<number> = new Set([1, 2, 9]);

export const isMadeByKernel = ({ attrs }: Resource<RouteAttrs>): boolean =>
  MADE_BY_KERNEL.has(Number(attrs['protocol']));

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
  const own = familyOf(it, carriers);
  const carrier = carrierOf(it, carriers);
  return own.filter((one) => it.family === 4 || one === carrier || one.cidr.address === it.src).map(({ key }) => key);
}

/** An IPv6 route forgets its source when that is made anew (rt6_remove_prefsrc). */
export const forgetsSource = ({ attrs: { family, src } }: Observed<RouteAttrs>, { type, before }: Change): boolean =>
  family === 6 &&
  src !== undefined &&
  type === 'address' &&
  before?.lacks !== undefined &&
  parseCidr((before.attrs as AddressAttrs).address)?.address === src;

/** What is left of a route when an address goes. */
export function withoutCarrier(found: Observed<RouteAttrs>, gone: Observed): Observed<RouteAttrs> | undefined {
  if (gone.type !== 'address') return found;
  const { family, src } = found.attrs;
  if (src !== undefined && parseCidr((gone.attrs as AddressAttrs).address)?.address === src) return undefined;
  if (family === 6) return found;
  const needs = (found.needs ?? []).filter((it) => it.ref !== gone.key);
  return needs.length > 0 ? { ...found, needs } : undefined;
}

/** A user's route is given back where an address carries it again. */
export function carryAgain(lost: Observed<RouteAttrs>, among: Surroundings): Observed<RouteAttrs> | undefined {
  const { dev, via } = lost.attrs;
  if (isMadeByKernel(lost)) return undefined;
  if (!dev) return lost;
  if (among.get(dev.ref)?.attrs['up'] === false) return undefined;
  const carrier = carrierOf(lost.attrs, carriersByDevice(among.on(dev.ref, 'address')));
  const gateway = via === undefined ? undefined : parseIp(via);
  if (!carrier || (gateway && !contains(carrier.cidr, gateway))) return undefined;
  return { ...lost, within: [dev], needs: [ref(carrier.key)] };
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

const familyOf = ({ dev, family }: RouteAttrs, carriers: ReadonlyMap<Key, readonly Carrier[]>): readonly Carrier[] =>
  (carriers.get(dev?.ref ?? '') ?? []).filter(({ cidr }) => cidr.family === family);

/** The one whose subnet its gateway is in, else the first of its family on its device. */
function carrierOf(it: RouteAttrs, carriers: ReadonlyMap<Key, readonly Carrier[]>): Carrier | undefined {
  const own = familyOf(it, carriers);
  const gateway = it.via === undefined ? undefined : parseIp(it.via);
  return (gateway && own.find(({ cidr }) => contains(cidr, gateway))) ?? own[0];
}
