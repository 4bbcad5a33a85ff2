import {
  device,
  type Key,
  type Model,
  type ModelNode,
  neighbour,
  type Nic,
  type Path,
  route,
} from '@pipewright/plugin';
import { routeSpec } from '../resolve/routes.js';
import type { NicEntry, NodeEntry, Topology } from '../topology.js';
import { nodeRule } from './nodes.js';

/** Where the file asks for a route, a rule or a neighbour entry; where it does so twice, the second time. */
export function placesIn(topology: Topology, model: Model): ReadonlyMap<Key, Path> {
  const entries = new Map(topology.nodes.map((it) => [it.name, it]));
  const ends = topology.links.flatMap((it) => it.ends.map(({ nic }) => nic));
  const nics = new Map([...topology.nodes.flatMap((it) => it.nics), ...ends].map((it) => [wordOf(it.path), it]));
  return new Map(
    model.nodes.flatMap((node) => {
      const entry = entries.get(node.name);
      return entry ? [...ofNode(entry, node), ...node.nics.flatMap((nic) => ofNic(nic, entry, nics))] : [];
    }),
  );
}

type Place = readonly [Key, Path];

const wordOf = (path: Path): string => path.join(' ');

const ofNode = ({ rules, routes }: NodeEntry, node: ModelNode): readonly Place[] => [
  ...rules.map((it, index): Place => [nodeRule(it, index, node).key, it.path]),
  ...routes.map((it): Place => [route(node.on, undefined, routeSpec(it)).key, it.path]),
];

function ofNic(nic: Nic, { routes }: NodeEntry, nics: ReadonlyMap<string, NicEntry>): readonly Place[] {
  const own = nics.get(wordOf(nic.path));
  const it = device(nic.on, nic.device, { kind: '' });
  return [
    ...[...routes, ...(own?.routes ?? [])].map((entry): Place => [route(nic.on, it, routeSpec(entry)).key, entry.path]),
    ...(own?.neighbours ?? []).map(({ to, mac, path }): Place => [neighbour(it, to, mac).key, path]),
  ];
}
