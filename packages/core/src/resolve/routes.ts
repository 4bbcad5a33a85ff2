import {
  type Allotted,
  type Cidr,
  type Diagnostic,
  type Family,
  familyOf,
  isLinkLocal,
  type Nic,
  type NicRoute,
  parseCidr,
  parseIp,
  type Path,
  problem,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { NexthopEntry, RouteEntry } from '../topology.js';
import { groupBy } from './group-by.js';
import type { DraftNic } from './nics.js';
import type { PlacedNode } from './nodes.js';
import { isDirectTo, reaches } from './reaches.js';

export interface Assigned {
  readonly nics: readonly Nic[];
  /** By the host's own address in a network: of a node that is a host, by its name. */
  readonly byNetwork: ReadonlyMap<string, readonly NicRoute[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives each route its nic: the one it is written under, or for a node's route the one whose subnet its gateway is in. A host
 * is in a network by an address of the network's own, too: `inNetworks` has those by host.
 */
export function assignRoutes(
  nodes: readonly PlacedNode[],
  nics: readonly DraftNic[],
  inNetworks: ReadonlyMap<string, readonly string[]>,
): Assigned {
  const diagnostics: Diagnostic[] = [];
  const routes = new Map<string, NicRoute[]>(
    nics.map((it) => [it.nic.id, it.entry.routes.flatMap((entry) => readRoute(entry, diagnostics) ?? [])]),
  );
  const byNetwork = new Map<string, NicRoute[]>();
  const byNode = groupBy(nics, (it) => it.node);
  for (const node of nodes) {
    const own = byNode.get(node) ?? [];
    const ofHost = node.on.node === undefined ? (inNetworks.get(node.on.host) ?? []) : [];
    for (const entry of node.entry.routes) {
      diagnostics.push(...nexthopProblems(entry, node, own));
      const route = readRoute(entry, diagnostics);
      if (!route || entry.kind !== 'unicast' || entry.nexthops.length > 0) continue;
      const nic = own.find((it) => it.nic.settings.up !== false && leadsTo(it.nic.addresses, route.via));
      if (nic) routes.get(nic.nic.id)?.push(route);
      else if (leadsTo(ofHost, route.via)) byNetwork.set(node.name, [...(byNetwork.get(node.name) ?? []), route]);
      else diagnostics.push(problem(errors.routeNeedsDevice(entry.to, node.name), entry.path));
    }
  }
  return { nics: nics.map((it) => ({ ...it.nic, routes: routes.get(it.nic.id) ?? [] })), byNetwork, diagnostics };
}

export const routeFamily = (it: Pick<RouteEntry, 'to'> & Partial<Pick<RouteEntry, 'via' | 'nexthops'>>): Family =>
  familyOf(it.to === 'default' ? (it.via ?? it.nexthops?.[0]?.via ?? '') : it.to);

/** The nic that a gateway of several is reached by. */
export const nicTowards = (nics: readonly Nic[], { via, nic }: NexthopEntry): Nic | undefined =>
  nics.find((it) => it.settings.up !== false && (nic === undefined ? leadsTo(it.addresses, via) : it.name === nic));

function nexthopProblems(entry: RouteEntry, { name }: PlacedNode, own: readonly DraftNic[]): readonly Diagnostic[] {
  const nics = own.map((it) => it.nic);
  return entry.nexthops.flatMap((hop) => {
    const { via, path } = hop;
    const gateway = parseIp(via);
    if (gateway?.family !== routeFamily(entry))
      return [problem(errors.routeFamily(entry.to, via), withField(path, 'via'))];
    const nic = nicTowards(nics, hop);
    if (!nic) {
      const names = nics.filter((it) => it.settings.up !== false).map((it) => it.name);
      const fault =
        hop.nic === undefined ? errors.nexthopAfar(via, entry.to, name) : errors.noSuchNic(hop.nic, name, names);
      return [problem(fault, hop.nic === undefined ? path : withField(path, 'nic'))];
    }
    return isOnNic(gateway, nic, [])
      ? []
      : [problem(errors.gatewayAfar(gateway.address, entry.to, nic.id, nic.addresses), withField(path, 'via'))];
  });
}

function readRoute(entry: RouteEntry, diagnostics: Diagnostic[]): NicRoute | undefined {
  const family = routeFamily(entry);
  if (entry.via !== undefined && familyOf(entry.via) !== family) {
    diagnostics.push(problem(errors.routeFamily(entry.to, entry.via), withField(entry.path, 'via')));
    return undefined;
  }
  return routeSpec(entry);
}

/** What it asks of the kernel by itself: without its nic, where that is not said. */
export function routeSpec(entry: RouteEntry): NicRoute {
  const { to, via, table, metric, src } = entry;
  return {
    family: routeFamily(entry),
    to,
    ...(via === undefined ? {} : { via }),
    ...(table === undefined ? {} : { table }),
    ...(metric === undefined ? {} : { metric }),
    ...(src === undefined ? {} : { src }),
  };
}

const withField = (path: Path, field: string): Path => [...path, field];

function leadsTo(addresses: readonly string[], via: string | undefined): boolean {
  const gateway = via === undefined ? undefined : parseIp(via);
  return gateway !== undefined && addresses.some((it) => reaches(it, gateway));
}

/** Gateways of nics' routes that the kernel would not find: on their own nic, and without a gateway between (fib_check_nh). */
export const gatewaysAfar = (nics: readonly DraftNic[]): readonly Diagnostic[] =>
  nics.flatMap(({ nic, entry: { routes } }) =>
    routes.flatMap(({ to, via, path }) => {
      const gateway = via === undefined ? undefined : parseIp(via);
      return gateway?.family === routeFamily({ to, via }) && !isOnNic(gateway, nic, routes)
        ? [problem(errors.gatewayAfar(gateway.address, to, nic.id, nic.addresses), withField(path, 'via'))]
        : [];
    }),
  );

/** Source addresses that the kernel would not take, as the node has no such address (fib_valid_prefsrc), of any nic. */
export const sourcesElsewhere = (
  nodes: readonly PlacedNode[],
  nics: readonly DraftNic[],
  allotted: Allotted,
): readonly Diagnostic[] => {
  const byNode = groupBy(nics, (it) => it.node);
  return nodes.flatMap((node) => {
    const own = byNode.get(node) ?? [];
    return [...node.entry.routes, ...own.flatMap((it) => it.entry.routes)].flatMap((entry) => {
      const { src, to, path } = entry;
      const source = src === undefined ? undefined : parseIp(src);
      if (!source) return [];
      const at = withField(path, 'src');
      if (source.family !== routeFamily(entry)) return [problem(errors.sourceFamily(to, source.address), at)];
      return mayHave(source, node, own, allotted)
        ? []
        : [
            problem(
              errors.sourceElsewhere(source.address, to, node.name, [
                ...own.flatMap(({ nic }) => nic.addresses),
                ...node.entry.loopback,
              ]),
              at,
            ),
          ];
    });
  });
};

/** Whether it is one of its own; of what others give it, and of what may be allotted otherwise yet, nobody knows. */
function mayHave(
  source: Cidr,
  { leadsOut, entry }: PlacedNode,
  nics: readonly DraftNic[],
  allotted: Allotted,
): boolean {
  if (leadsOut.includes(source.family) || nics.some(({ nic }) => nic.dynamic.length > 0)) return true;
  if (/^127[.]|^::1$/.test(source.address) || entry.loopback.some((it) => parseCidr(it)?.address === source.address))
    return true;
  return nics.some(
    ({ nic }) =>
      nic.addresses.some((it) => parseCidr(it)?.address === source.address) ||
      (allotted.get(nic.id) ?? []).some((it) => reaches(it, source)),
  );
}

function isOnNic(gateway: Cidr, nic: Nic, routes: readonly RouteEntry[]): boolean {
  if (nic.dynamic.length > 0 || leadsTo(nic.addresses, gateway.address) || isLinkLocal(gateway)) return true;
  const direct = routes.filter((it) => it.via === undefined && routeFamily(it) === gateway.family);
  return (
    direct.some(({ to }) => isDirectTo(to, gateway)) ||
    nic.gateways.some((it) => it.outside && it.via === gateway.address)
  );
}
