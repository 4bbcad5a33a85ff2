import {
  type Cidr,
  contains,
  exec,
  isLinkLocal,
  isYielding,
  type Key,
  type Observed,
  type Op,
  parseCidr,
  parseIp,
  type Placement,
  type Ref,
  type Resource,
  resource,
  type RouteAttrs,
  samePlace,
  type Shelf,
} from '@pipewright/plugin';
import { waysOf } from './carriers.js';
import { PROTOCOL } from './mark.js';
import { nameOfRoute } from './route-name.js';

/** Tables that no rule leads to: this number and that of the route's own protocol. */
const FIRST_TABLE = 201_000;
const PROTOCOLS = 256;
/** RT_TABLE_MAIN of linux/rtnetlink.h. */
const MAIN = 254;

type Route = RouteAttrs & { readonly protocol?: number };

/** Whether a route only waits: nobody's, though it is of our protocol. */
export const isShelved = ({ protocol, table }: Route): boolean =>
  protocol === PROTOCOL && table >= FIRST_TABLE && table < FIRST_TABLE + PROTOCOLS;

/** The same route under other marks. It goes with all that it went with. */
const moved = (it: Resource<Route>, more: Pick<Route, 'table' | 'protocol'>): Resource<Route> => {
  const { type, on, id, needs, within } = it;
  const attrs = { ...it.attrs, ...more };
  const goesWith = { ...(needs ? { needs } : {}), ...(within ? { within } : {}) };
  return resource(type, on, nameOfRoute(attrs), attrs, { id, ...goesWith });
};

/** The kernel wants a way to the gateway, by the same device and by no other gateway. */
function leadsTo(gateway: Cidr, dev: Key, { type, attrs }: Resource): boolean {
  if ((attrs['dev'] as Partial<Ref> | undefined)?.ref !== dev) return false;
  const subnet = type === 'address' ? attrs['address'] : type === 'route' && !attrs['via'] ? attrs['to'] : undefined;
  const parsed = typeof subnet === 'string' ? parseCidr(subnet) : undefined;
  return parsed?.family === gateway.family && contains(parsed, gateway);
}

const isReached = (route: Route, among: ReadonlyMap<Key, Resource>): boolean =>
  waysOf(route).every(({ via, dev, onlink }) => {
    if (!among.has(dev.ref)) return false;
    const gateway = via === undefined ? undefined : parseIp(via);
    if (!gateway || onlink || isLinkLocal(gateway)) return true;
    return [...among.values()].some((it) => leadsTo(gateway, dev.ref, it));
  });

/** Whether one of ours is next, which has made way for the one that goes. */
const isNext = (it: Resource<Route>, among: ReadonlyMap<Key, Resource>): boolean =>
  [...among.values()].some((other) => {
    const { family, to, table, protocol, metric } = other.attrs as Partial<Route>;
    const isSame = family === it.attrs.family && to === it.attrs.to && table === MAIN && samePlace(other.on, it.on);
    return other.type === 'route' && isSame && protocol === PROTOCOL && isYielding({ metric: metric ?? 0 });
  });

/**
 * The kernel keeps one route of a destination and metric; of IPv6, `ip route replace` takes the place of one by another
 * device too. The table's number keeps the protocol, all else stays as it is.
 */
export const routeShelf: Shelf<Route> = {
  excludes: (one, other) =>
    samePlace(one.on, other.on) &&
    one.attrs.table === MAIN &&
    other.attrs.table === MAIN &&
    (['family', 'to', 'metric'] as const).every((field) => one.attrs[field] === other.attrs[field]),
  put: (found: Observed<Route>) =>
    moved(found, { table: FIRST_TABLE + (found.attrs.protocol ?? 0), protocol: PROTOCOL }),
  taken: (found) =>
    isShelved(found.attrs) ? moved(found, { table: MAIN, protocol: found.attrs.table - FIRST_TABLE }) : undefined,
  fits: (it, among) => isReached(it.attrs, among) && !isNext(it, among),
};

// What `ip` prints of a route, `ip` takes, but for the number that -N prints of a type (RTN_BLACKHOLE, _UNREACHABLE, _PROHIBIT,
// _THROW); it does not print the protocol of what was made by hand (RTPROT_BOOT).
const SHELVE = `
ip "$1" -N route show table ${MAIN} to exact "$2" | while read -r it; do
  case $it in *" metric "*) metric=\${it#* metric } metric=\${metric%% *} ;; *) metric=0 ;; esac
  [ "$metric" = "$3" ] || continue
  by=3
  case $it in
    '6 '*) it="blackhole \${it#* }" ;;
    '7 '*) it="unreachable \${it#* }" ;;
    '8 '*) it="prohibit \${it#* }" ;;
    '9 '*) it="throw \${it#* }" ;;
  esac
  case $it in *" proto "*) rest=\${it#* proto } by=\${rest%% *} it="\${it%% proto *} \${rest#"$by"}" ;; esac
  [ "$by" != ${PROTOCOL} ] || continue
  ip "$1" route replace table "$((${FIRST_TABLE} + by))" proto ${PROTOCOL} $it || exit
done`;

/** The same as `put`, where nobody has seen yet what is to make room: of whatever is there by then, and not ours. */
export const shelveUnseen = (on: Placement, { family, to, table, metric }: Route): readonly Op[] =>
  table === MAIN ? [exec(on, 'sh', '-c', SHELVE, 'sh', `-${family}`, to, String(metric))] : [];
