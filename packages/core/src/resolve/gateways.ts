import {
  type Cidr,
  type Diagnostic,
  type Family,
  familyOf,
  isDefault,
  isLinkLocal,
  type NicGateway,
  parseCidr,
  parseIp,
  problem,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry, Topology } from '../topology.js';
import { groupBy } from './group-by.js';
import { hostAddresses } from './host-addresses.js';
import type { DraftNic } from './nics.js';
import { noRouterFault } from './no-router.js';
import type { PlacedNode } from './nodes.js';
import { reaches } from './reaches.js';
import { routeFamily } from './routes.js';

/**
 * The default routes of every node, at most one a family. In this order: the gateway a nic names; the first of its
 * networks that names one; and for a node without a way out of its own, the first of its networks that has an address.
 */
export function chooseGateways(
  topology: Topology,
  registries: Registries,
  nodes: readonly PlacedNode[],
  nics: readonly DraftNic[],
): { readonly nics: readonly DraftNic[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = topology.networks.flatMap(noRouterFaults);
  const chosen = new Map<string, NicGateway[]>();
  const offers = new Map(topology.networks.map((network) => [network.name, offersOf(network, registries)]));
  const byNode = groupBy(nics, (it) => it.nic.node);
  for (const node of nodes)
    for (const family of [4, 6] as const) {
      const own = byNode.get(node.name) ?? [];
      const gateway = namedGateway(node, own, family, diagnostics) ?? offeredGateway(node, own, offers, family);
      if (gateway) chosen.set(gateway.nic.nic.id, [...(chosen.get(gateway.nic.nic.id) ?? []), gateway.gateway]);
    }
  return {
    nics: nics.map((it) => ({ ...it, nic: { ...it.nic, gateways: chosen.get(it.nic.id) ?? [] } })),
    diagnostics,
  };
}

interface Choice {
  readonly nic: DraftNic;
  readonly gateway: NicGateway;
}

interface Offers {
  readonly named: readonly Cidr[];
  readonly own: readonly Cidr[];
}

const noRouterFaults = ({ name, gateways, subnets, path }: NetworkEntry): readonly Diagnostic[] =>
  asNames(gateways).flatMap((text) => {
    const via = parseIp(text);
    return (via && noRouterFault(via, subnets, `network "${name}"`, [...path, 'gateway'])) ?? [];
  });

function offersOf(network: NetworkEntry, registries: Registries): Offers {
  if (network.gateways === 'none') return { named: [], own: [] };
  const options = network.options as Readonly<Record<string, unknown>>;
  const leadsOut = registries.features.every((it) => it.leadsOut?.(options) ?? true);
  const own = leadsOut ? hostAddresses(network, registries) : [];
  return {
    named: (network.gateways ?? []).flatMap((it) => parseIp(it) ?? []),
    own: own.flatMap((it) => parseCidr(it) ?? []),
  };
}

/** What the file says at a nic, or as a `default` route; two of them without a metric are a mistake. */
function namedGateway(
  node: PlacedNode,
  nics: readonly DraftNic[],
  family: Family,
  diagnostics: Diagnostic[],
): Choice | undefined {
  const named = nics.flatMap((nic) =>
    asNames(nic.entry.gateways).flatMap((text) => {
      const via = parseIp(text);
      return via?.family === family ? [{ nic, via, by: `${nic.nic.id} (gateway ${text})` }] : [];
    }),
  );
  const [first, second] = named;
  if (first && second)
    diagnostics.push(
      problem(errors.twoDefaults(node.name, family, first.by, second.by), [...second.nic.nic.path, 'gateway']),
    );
  if (!first) return undefined;
  const fault = gatewayFault(first.nic, first.via);
  if (fault) diagnostics.push(fault);
  const written = writtenDefault(node, nics, family);
  if (written)
    diagnostics.push(problem(errors.twoDefaults(node.name, family, first.by, 'a route to default'), written));
  return { nic: first.nic, gateway: gatewayOf(first.nic, first.via) };
}

const asNames = (gateways: NetworkEntry['gateways']): readonly string[] =>
  gateways === 'none' ? [] : (gateways ?? []);

/** A `default` route of that family without a metric, written out in the file. */
function writtenDefault(node: PlacedNode, nics: readonly DraftNic[], family: Family): Diagnostic['path'] | undefined {
  const routes = [...node.entry.routes, ...nics.flatMap((it) => it.entry.routes)];
  const found = routes.find(
    (it) => isDefault(it.to) && !it.metric && (it.table ?? 254) === 254 && routeFamily(it) === family,
  );
  return found?.path;
}

function gatewayFault({ nic }: DraftNic, via: Cidr): Diagnostic | undefined {
  const addresses = nic.addresses.flatMap((it) => parseCidr(it) ?? []);
  const path = [...nic.path, 'gateway'];
  const noRouter = noRouterFault(via, nic.addresses, nic.id, path);
  if (noRouter) return noRouter;
  if (!addresses.some((it) => it.family === via.family))
    return problem(errors.gatewayFamily(via.address, nic.id), path);
  if (addresses.some((it) => it.address === via.address))
    return problem(errors.gatewayIsOwn(via.address, nic.id), path);
  return undefined;
}

function offeredGateway(
  node: PlacedNode,
  nics: readonly DraftNic[],
  offers: ReadonlyMap<string, Offers>,
  family: Family,
): Choice | undefined {
  if (writtenDefault(node, nics, family)) return undefined;
  const open = nics.filter((it) => it.entry.gateways !== 'none' && isUp(it) && hasFamily(it, family));
  // Where it has its own way out, only what the file calls a gateway may change that.
  for (const from of node.leadsOut.includes(family) ? (['named'] as const) : (['named', 'own'] as const))
    for (const nic of open) {
      const via = offers.get(nic.nic.network ?? '')?.[from].find((it) => it.family === family);
      if (via && !nics.some((it) => isOwn(it, via))) return { nic, gateway: gatewayOf(nic, via) };
    }
  return undefined;
}

const isUp = ({ nic }: DraftNic): boolean => nic.settings.up !== false;

const hasFamily = ({ nic }: DraftNic, family: Family): boolean => nic.addresses.some((it) => familyOf(it) === family);

const isOwn = ({ nic }: DraftNic, via: Cidr): boolean =>
  nic.addresses.some((it) => parseCidr(it)?.address === via.address);

function gatewayOf({ nic }: DraftNic, via: Cidr): NicGateway {
  const inside = nic.addresses.some((it) => reaches(it, via));
  return { family: via.family, via: via.address, outside: !inside && !isLinkLocal(via) };
}
