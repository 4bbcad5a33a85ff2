import {
  type Allotted,
  type CompileContext,
  type Diagnostic,
  type HostFacts,
  type LinkSpec,
  LOCAL_HOST,
  type Model,
  type ModelNode,
  type Names,
  type NetworkSpec,
  type Nic,
  type NodeTarget,
  type Shipped,
} from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';
import type { NodeEntry, Topology } from '../topology.js';
import { addressNics } from './addresses.js';
import { crossings } from './crossings.js';
import { chooseGateways } from './gateways.js';
import { hostAddresses } from './host-addresses.js';
import type { Had } from './in-use.js';
import { groupBy } from './group-by.js';
import { checkHosts, contextsOf, type HostsFacts } from './hosts.js';
import { loopbackProblems } from './loopbacks.js';
import { type DraftNic, draftNics, mtuOf, sizeNetworks } from './nics.js';
import { type PlacedNode, placeNodes, targetOf } from './nodes.js';
import { putOnParents } from './parents.js';
import { type Assigned, assignRoutes, gatewaysAfar, sourcesElsewhere } from './routes.js';
import { resolveServiceLinks } from './service-links.js';
import { spanProblems, spansOf } from './spans.js';
import { sysctlProblems } from './sysctls.js';
import { unevenLinks } from './uneven-links.js';
import { weave } from './weave.js';

export interface Resolved {
  readonly model: Model;
  /** What drivers go by on a host. */
  readonly contextOn: (host: string) => CompileContext;
  /** Where to look for each node. */
  readonly targets: readonly NodeTarget[];
  /** Addresses that were not written. */
  readonly allotted: Allotted;
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything the file leaves open, decided: names, MACs, MTUs, addresses, default routes. Who has an address keeps it. */
export function resolve(written: Topology, registries: Registries, facts: HostsFacts, had: Had): Resolved {
  const contextOn = contextsOf(written.name, facts);
  const factsOn = (host: string): HostFacts => contextOn(host).facts;
  const spread = spansOf(written, registries);
  const topology = sizeNetworks(written, registries, spread.spans, factsOn, had.unseen);
  const nodes = placeNodes(topology, registries);
  const drafted = draftNics(topology, nodes, (host) => contextOn(host).names, registries);
  const stacked = putOnParents(topology, drafted.nics, registries);
  const addressed = addressNics(topology, registries, stacked.nics, had);
  const gated = chooseGateways(topology, registries, nodes, addressed.nics);
  const routed = assignRoutes(nodes, gated.nics, inNetworks(topology, gated.nics, registries));
  // Where an address is wrong, what refers to it may not be.
  const afar =
    addressed.diagnostics.length > 0
      ? []
      : [...gatewaysAfar(gated.nics), ...sourcesElsewhere(nodes, gated.nics, addressed.allotted)];
  const shipping = nodes.map((it) => withShipped(it, had.shipped?.[it.name]));
  const placed = modelOf(topology, shipping, routed, registries, (host) => contextOn(host).names);
  const { diagnostics: misfits, ...woven } = weave(topology.name, spread.spans, placed, had.actual);
  const services = resolveServiceLinks(topology, placed, registries, had.shipped && had);
  return {
    contextOn,
    targets: nodes.map(targetOf),
    allotted: addressed.allotted,
    model: { ...placed, ...woven, serviceLinks: services.serviceLinks },
    diagnostics: [
      ...[drafted, stacked, addressed, gated, routed, services, spread].flatMap((it) => it.diagnostics),
      ...afar,
      ...misfits,
      ...loopbackProblems(topology),
      ...sysctlProblems(topology, routed.nics),
      ...checkHosts(placed),
      ...spanProblems(spread.spans, factsOn, had),
      ...crossings(placed, had),
      ...unevenLinks(woven.links),
    ],
  };
}

const withShipped = (node: PlacedNode, shipped: Shipped | undefined): PlacedNode =>
  shipped ? { ...node, more: { ...node.more, shipped } } : node;

function modelOf(
  topology: Topology,
  nodes: readonly PlacedNode[],
  { nics, byNetwork: routes }: Pick<Assigned, 'nics' | 'byNetwork'>,
  registries: Registries,
  namesOn: (host: string) => Names,
): Omit<Model, 'fabrics' | 'fabricLinks' | 'serviceLinks'> {
  const byNode = groupBy(nics, (it) => it.node);
  const byNetwork = groupBy(nics, (it) => it.network ?? '');
  const byId = new Map(nics.map((it) => [it.id, it]));
  const configured = new Map(topology.nodes.map((it) => [it.name, configuredBy(it)]));
  return {
    topology: topology.name,
    nodes: nodes.map(
      ({ spec, on, managed, name, more }): ModelNode => ({
        ...spec,
        ...more,
        on,
        managed,
        nics: byNode.get(name) ?? [],
        ...configured.get(name),
        ...(routes.has(name) ? { routes: routes.get(name) } : {}),
      }),
    ),
    networks: topology.networks.flatMap((network) =>
      segments(network, byNetwork.get(network.name) ?? [], registries, namesOn),
    ),
    links: topology.links.flatMap((link): LinkSpec[] => {
      const [a, b] = link.ends.map((end) => byId.get(`${end.node}/${end.nic.name}`));
      return a && b
        ? [{ name: link.name, kind: link.kind, options: link.options, ends: [a, b], mtu: mtuOf(link), path: link.path }]
        : [];
    }),
  };
}

function configuredBy({ loopback, routes, rules, sysctls }: NodeEntry): Pick<ModelNode, 'configures'> {
  const said = Object.entries({ loopback, routes, rules, sysctls: Object.keys(sysctls) });
  const configures = said.flatMap(([key, { length }]) => (length > 0 ? [key] : []));
  return configures.length > 0 ? { configures } : {};
}

/** Those where it has members, or else this machine. */
function hostsOf(members: readonly Pick<Nic, 'on'>[]): readonly string[] {
  const hosts = new Set(members.map(({ on }) => on.host));
  return hosts.size === 0 ? [LOCAL_HOST] : [...hosts];
}

/** Addresses that hosts have as networks' own. */
function inNetworks(
  { networks }: Topology,
  nics: readonly DraftNic[],
  registries: Registries,
): ReadonlyMap<string, readonly string[]> {
  const byNetwork = groupBy(nics, (it) => it.nic.network ?? '');
  const all = networks.flatMap((network) => {
    const members = (byNetwork.get(network.name) ?? []).map(({ nic }) => nic);
    return hostsOf(members).map((host) => ({ host, addresses: hostAddresses(network, registries) }));
  });
  return new Map([...groupBy(all, (it) => it.host)].map(([host, its]) => [host, its.flatMap((it) => it.addresses)]));
}

/** A network has one segment on each host where it has members, and one where its only host is. */
function segments(
  network: Topology['networks'][number],
  members: readonly Nic[],
  registries: Registries,
  namesOn: (host: string) => Names,
): readonly NetworkSpec[] {
  const byHost = groupBy(members, (it) => it.on.host);
  const { name, kind, options, subnets, path } = network;
  const { device } = registries.networks.need(kind);
  return hostsOf(members).map((host) => ({
    name,
    kind,
    options,
    subnets,
    path,
    mtu: mtuOf(network),
    segment: { host },
    members: byHost.get(host) ?? [],
    addresses: hostAddresses(network, registries),
    ...(device ? { device: device({ name, options: options as never }, namesOn(host)) } : {}),
  }));
}
