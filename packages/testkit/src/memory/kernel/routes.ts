import { isDeepStrictEqual } from 'node:util';
import { type Cidr, contains, parseCidr, parseIp } from '@pipewright/plugin';
import { refuse } from './errors.js';
import type { Namespace, Neighbour, Route, Rule } from './state.js';

const wholeOf = (family: 4 | 6): string => (family === 6 ? '::/0' : '0.0.0.0/0');

const prefixOf = ({ to, family }: Route): Cidr | undefined => parseCidr(to === 'default' ? wholeOf(family) : to);

/** IPv4 keeps one route of a prefix, table and metric; IPv6 several, of which a gateway's replaces a gateway's only. */
const replaces =
  (made: Route) =>
  (it: Route): boolean =>
    it.family === made.family &&
    it.to === made.to &&
    it.table === made.table &&
    it.metric === made.metric &&
    (made.family === 4 || hasGateway(it) === hasGateway(made));

const hasGateway = ({ via, hops }: Route): boolean => via !== undefined || hops !== undefined;

export function addRoute(namespace: Namespace, made: Route, replace: boolean): void {
  checkRoute(namespace, made);
  const index = namespace.routes.findIndex(replaces(made));
  if (index >= 0 && !replace) refuse('EEXIST');
  if (index < 0) namespace.routes.push(made);
  else namespace.routes[index] = made;
}

function checkRoute(namespace: Namespace, { kind, device, via, onlink, family, src, hops }: Route): void {
  if (src !== undefined && !namespace.addresses.some((it) => it.address === src))
    refuse('EINVAL', family === 4 ? 'Invalid prefsrc address' : 'Invalid source address');
  if (kind !== 'unicast') return;
  for (const hop of hops ?? [{ device, via, onlink }]) checkWay(namespace, hop, family);
}

type Way = Pick<Route, 'device' | 'via' | 'onlink'>;

function checkWay(namespace: Namespace, { device, via, onlink }: Way, family: 4 | 6): void {
  const out = device === undefined ? undefined : namespace.devices.get(device);
  if (!out) return refuse('ENODEV');
  if (!out.up) refuse('ENETDOWN', family === 4 ? 'Device for nexthop is not up' : 'Nexthop device is not up');
  if (via === undefined) return;
  const own = namespace.addresses.some((it) => it.address === via);
  if (own && (family === 6 || onlink)) refuse('EINVAL', 'Nexthop has invalid gateway');
  if (!onlink && !reaches(namespace, out.index, via))
    refuse(family === 4 ? 'ENETUNREACH' : 'EHOSTUNREACH', family === 4 ? 'Nexthop has invalid gateway' : undefined);
}

/** Whether a route of the main table says that this address is on the device's wire. */
function reaches(namespace: Namespace, device: number, via: string): boolean {
  const gateway = parseIp(via) ?? refuse('EINVAL');
  const near = namespace.routes.filter((it) => it.device === device && !hasGateway(it) && it.kind === 'unicast');
  return near.some((it) => {
    const prefix = prefixOf(it);
    return it.family === gateway.family && prefix !== undefined && contains(prefix, gateway);
  });
}

/** What a request to remove a route says of it; metric 0 says nothing. */
export interface RouteMatch
  extends Pick<Route, 'family' | 'to' | 'table' | 'metric' | 'via' | 'device' | 'hops' | 'src'> {
  readonly kind: string | undefined;
}

export function deleteRoute(namespace: Namespace, match: RouteMatch): void {
  const asked = Object.entries(match).filter(
    ([field, value]) => value !== undefined && !(field === 'metric' && !value),
  );
  const fitting = (it: Route): boolean =>
    asked.every(([field, value]) => {
      const own = it[field as keyof Route];
      return field === 'hops' ? isDeepStrictEqual(own, value) : own === value;
    });
  const found = namespace.routes.filter(fitting).sort((a, b) => a.metric - b.metric)[0];
  if (!found) refuse('ESRCH');
  namespace.routes = namespace.routes.filter((it) => it !== found);
}

const SELECTORS = ['family', 'priority', 'from', 'to', 'fwmark', 'iif', 'oif', 'table'] as const;

export function addRule(namespace: Namespace, made: Rule): void {
  if (namespace.rules.some((it) => SELECTORS.every((field) => it[field] === made[field]))) refuse('EEXIST');
  namespace.rules.push(made);
  namespace.rules.sort((a, b) => a.priority - b.priority);
}

/** The first that fits what is said; what is not said fits. */
export function deleteRule(namespace: Namespace, match: Rule): void {
  const found = namespace.rules.find((it) =>
    SELECTORS.every((field) => match[field] === undefined || it[field] === match[field]),
  );
  if (!found) refuse('ENOENT');
  namespace.rules = namespace.rules.filter((it) => it !== found);
}

const isOf =
  (one: Pick<Neighbour, 'device' | 'to'>) =>
  (it: Neighbour): boolean =>
    it.device === one.device && it.to === one.to;

export function addNeighbour(namespace: Namespace, made: Neighbour, replace: boolean): void {
  if (!replace && namespace.neighbours.some(isOf(made))) refuse('EEXIST');
  namespace.neighbours = [...namespace.neighbours.filter((it) => !isOf(made)(it)), made];
}

export function deleteNeighbour(namespace: Namespace, match: Pick<Neighbour, 'device' | 'to'>): void {
  if (!namespace.neighbours.some(isOf(match))) refuse('ENOENT');
  namespace.neighbours = namespace.neighbours.filter((it) => !isOf(match)(it));
}
