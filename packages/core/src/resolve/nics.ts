import { type Diagnostic, type HostFacts, LOCAL_HOST, type Names, type Nic } from '@pipewright/plugin';
import { problem } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry, NicEntry, Topology } from '../topology.js';
import type { Had } from './in-use.js';
import type { PlacedNode } from './nodes.js';
import { roomOf, type Span } from './spans.js';

/** The MTU of Ethernet, where nothing says otherwise. */
const ETHERNET_MTU = 1500;
const IFNAMSIZ = 15;

/** A nic on its way: what is decided, and what the file said. */
export interface DraftNic {
  readonly nic: Nic;
  readonly entry: NicEntry;
  readonly node: PlacedNode;
}

export const mtuOf = (it: { readonly mtu: number | undefined }): number => it.mtu ?? ETHERNET_MTU;

/** What names no MTU has what is left of the way from host to host, or a network that of its kind. */
export function sizeNetworks(
  topology: Topology,
  { networks }: Registries,
  spans: readonly Span[],
  factsOn: (host: string) => HostFacts,
  unseen: Had['unseen'],
): Topology {
  const rooms = new Map(spans.map((it) => [it.name, roomOf(it, factsOn, unseen).mtu]));
  const sized = (it: NetworkEntry): NetworkEntry => ({
    ...it,
    mtu:
      it.mtu ?? rooms.get(it.name) ?? networks.get(it.kind)?.mtu?.(it.options as never, factsOn(hostOf(it, topology))),
  });
  const links = topology.links.map((it) => ({ ...it, mtu: it.mtu ?? rooms.get(it.name) }));
  return { ...topology, networks: topology.networks.map(sized), links };
}

/** Where its nodes are, which without a fabric are on one host. */
const hostOf = ({ name }: NetworkEntry, { nodes }: Topology): string =>
  nodes.find(({ nics }) => nics.some(({ network }) => network === name))?.host ?? LOCAL_HOST;

/** All nics of the topology, named: those of networks in the order of each node, then the links' ends. */
export function draftNics(
  topology: Topology,
  nodes: readonly PlacedNode[],
  namesOn: (host: string) => Names,
  registries: Registries,
): { readonly nics: readonly DraftNic[]; readonly diagnostics: readonly Diagnostic[] } {
  const networks = new Map(topology.networks.map((network) => [network.name, network]));
  const ends = new Map<string, { entry: NicEntry; mtu: number | undefined }[]>();
  for (const link of topology.links)
    for (const { node, nic } of link.ends)
      ends.set(node, [...(ends.get(node) ?? []), { entry: nic, mtu: nic.mtu ?? link.mtu }]);
  const nameOf = (entry: NicEntry): string | undefined => entry.name ?? nameOnParent(entry, networks, registries);
  const nics = nodes.flatMap((node) =>
    nodeNics(node, ends.get(node.name) ?? [], networks, { nameOf, names: namesOn(node.on.host) }),
  );
  const diagnostics = nics.flatMap((it) => [
    ...mtuProblems(it, networks),
    ...downProblems(it),
    ...vlanProblems(it, networks, registries),
  ]);
  return { nics, diagnostics: [...diagnostics, ...macProblems(nics)] };
}

/** One that is made on another is called after that, as its network's kind has it. */
export function nameOnParent(
  { parent, network: joined }: Pick<NicEntry, 'parent' | 'network'>,
  networks: ReadonlyMap<string, NetworkEntry>,
  { networks: drivers }: Pick<Registries, 'networks'>,
): string | undefined {
  const network = networks.get(joined ?? '');
  return parent === undefined || !network
    ? undefined
    : drivers.get(network.kind)?.nicOn?.(parent, network.options as never);
}

interface Naming {
  /** What the file comes to call it; undefined: it gets the next number. */
  readonly nameOf: (entry: NicEntry) => string | undefined;
  readonly names: Names;
}

function nodeNics(
  node: PlacedNode,
  ends: readonly { readonly entry: NicEntry; readonly mtu: number | undefined }[],
  networks: ReadonlyMap<string, NetworkEntry>,
  { nameOf, names }: Naming,
): readonly DraftNic[] {
  const taken = new Set([...node.entry.nics, ...ends.map((it) => it.entry)].flatMap((it) => nameOf(it) ?? []));
  let number = node.firstNic;
  const next = (): string => {
    while (taken.has(`eth${String(number)}`)) number++;
    return `eth${String(number++)}`;
  };
  return [
    ...node.entry.nics.map((entry) => {
      const network = networks.get(entry.network ?? '');
      return draft(node, entry, nameOf(entry) ?? next(), entry.mtu ?? network?.mtu, names);
    }),
    ...ends.map(({ entry, mtu }) => draft(node, entry, entry.name ?? next(), mtu, names)),
  ];
}

function draft(node: PlacedNode, entry: NicEntry, name: string, mtu: number | undefined, names: Names): DraftNic {
  // On the host itself an eth0 of ours could be the machine's own: there, what nobody named gets a name of ours.
  const ours = name.length > IFNAMSIZ || (node.on.node === undefined && entry.name === undefined);
  const nic: Nic = {
    node: node.name,
    name,
    // One word, so that it is not also the name of the far end of its own cable.
    device: ours ? names.device(`${node.name}.${name}`) : name,
    id: `${node.name}/${name}`,
    on: node.on,
    mac: entry.mac?.toLowerCase() ?? names.mac(node.name, name),
    mtu: mtuOf({ mtu }),
    given: {
      ...(entry.mac === undefined ? {} : { mac: entry.mac.toLowerCase() }),
      ...(mtu === undefined ? {} : { mtu }),
    },
    altnames: name.length > IFNAMSIZ ? [name] : [],
    addresses: [],
    gateways: [],
    routes: [],
    neighbours: entry.neighbours,
    settings: entry.settings,
    ...(entry.vlans ? { vlans: entry.vlans } : {}),
    dynamic: entry.dynamic.map((it) => ({ ...it, gateway: entry.gateways !== 'none' })),
    ...(entry.network === undefined ? {} : { network: entry.network }),
    ...(entry.hostDevice === undefined ? {} : { hostDevice: entry.hostDevice }),
    path: entry.path,
  };
  return { nic, entry, node };
}

function mtuProblems({ nic, entry }: DraftNic, networks: ReadonlyMap<string, NetworkEntry>): readonly Diagnostic[] {
  const network = networks.get(nic.network ?? '');
  if (!network || entry.mtu === undefined || entry.parent !== undefined || entry.mtu <= mtuOf(network)) return [];
  return [problem(errors.mtuTooLarge(nic.id, entry.mtu, network.name, mtuOf(network)), [...nic.path, 'mtu'])];
}

/** What only a nic that is up can have. */
function downProblems({ nic, entry }: DraftNic): readonly Diagnostic[] {
  if (nic.settings.up !== false) return [];
  const { gateways, routes, dynamic } = entry;
  return [
    ...(gateways === undefined || gateways === 'none'
      ? []
      : [problem(errors.nicIsDown(nic.id, 'gateway'), [...nic.path, 'gateway'])]),
    ...routes.map((it) => problem(errors.nicIsDown(nic.id, 'route'), it.path)),
    ...dynamic.map(({ by }) => problem(errors.nicIsDown(nic.id, `address by ${by}`), [...nic.path, by])),
  ];
}

function vlanProblems(
  { nic, entry }: DraftNic,
  networks: ReadonlyMap<string, NetworkEntry>,
  { networks: drivers }: Registries,
): readonly Diagnostic[] {
  const network = networks.get(nic.network ?? '');
  if (!entry.vlans || !network || drivers.get(network.kind)?.vlans) return [];
  const able = drivers.all().flatMap(({ kind, vlans }) => (vlans ? [kind] : []));
  const key = entry.vlans.untagged === undefined ? 'trunk' : 'vlan';
  return [problem(errors.noVlans(nic.id, network.name, network.kind, able), [...nic.path, key])];
}

/** One MAC twice in a network, and the bridge never knows which port is meant. */
function macProblems(nics: readonly DraftNic[]): readonly Diagnostic[] {
  const owners = new Map<string, string>();
  return nics.flatMap(({ nic, entry }) => {
    // What is made on another nic may well have the MAC of that one.
    if (nic.network === undefined || entry.parent !== undefined) return [];
    const place = `${nic.network} ${nic.mac}`;
    const other = owners.get(place);
    owners.set(place, nic.id);
    return other === undefined ? [] : [problem(errors.macTwice(nic.mac, other, nic.id), [...nic.path, 'mac'])];
  });
}
