import { type Diagnostic, z } from '@pipewright/plugin';
import type { NodeEntry, Topology } from '../topology.js';
import { Complaints } from './complaints.js';
import { check, unknownKey } from './diagnose.js';
import { fabricKeys, type FabricShapes } from './entries/fabric.js';
import { farHostKeys, parseHosts } from './entries/host.js';
import { linkKeysWith, type LinkShapes, parseLinks } from './entries/link.js';
import { nameFault } from './entries/name.js';
import { networkKeys, type NetworkShapes, parseNetworks } from './entries/network.js';
import { nicKeysWith } from './entries/nic.js';
import { impliedNode, nodeKeysWith, type NodeShapes, parseNodes } from './entries/node.js';
import { routeKeys } from './entries/route.js';
import { errors } from './errors.js';
import { inherit } from './inherit.js';
import { EntryShapes, type ParseRegistries } from './kinds.js';
import type { Level } from './levels.js';
import { spellOutPairs } from './link-pairs.js';
import { mentionedEndpoints, namesIn } from './mentions.js';
import { otherFile } from './other-files.js';
import { readPlugins } from './plugin-specs.js';
import { checkReferences } from './references.js';
import { isMap, type Source } from './source.js';

export interface ParsedTopology {
  /** Absent where a diagnostic is an error. */
  readonly topology?: Topology;
  /** All that is wrong, each `at` its place, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The input with what is inherited written out: paths of the topology lead through it. */
  readonly source: Source;
}

const TOP_KEYS = ['name', 'plugins', 'defaults', 'groups', 'hosts', 'placement', 'networks', 'nodes', 'links'];

const nameText = z.string();

interface EntryShapesOf {
  readonly nodes: NodeShapes;
  readonly networks: NetworkShapes;
  readonly links: LinkShapes;
  readonly fabrics: FabricShapes;
}

/** Checks an input against the kinds there are. Throws only for a plugin that claims another's key. */
export function parseTopology(input: Source, registries: ParseRegistries): ParsedTopology {
  const shapes = entryShapes(registries);
  if (!isMap(input.tree)) return { diagnostics: input.diagnostics, source: input };
  const other = otherFile(input);
  if (other) return { diagnostics: [other], source: input };
  const levels = (): readonly Level[] => levelsOf(shapes);
  const source = spellOutPairs(inherit(input, () => shapes.nodes.allKeys(), levels));
  const complaints = new Complaints(source, levels);
  const wellKnown = wellKnownNodes(registries);
  checkTopKeys(complaints);
  readPlugins(complaints);
  const topology: Topology = {
    name: parseName(complaints),
    ...parseHosts(complaints),
    networks: parseNetworks(shapes.networks, shapes.fabrics, complaints),
    nodes: [...parseNodes(shapes.nodes, complaints), ...impliedNodes(wellKnown, shapes, complaints)],
    links: parseLinks(shapes.links, shapes.fabrics, complaints),
  };
  checkReferences(
    wellKnown.map((it) => it.name),
    complaints,
  );
  const diagnostics = complaints.all();
  const failed = diagnostics.some((it) => it.severity === 'error');
  return failed ? { diagnostics, source } : { topology, diagnostics, source };
}

/** A command may parse several texts by the same plugins. */
const shapesBy = new WeakMap<ParseRegistries, EntryShapesOf>();

/** Every kind's keys. A key that two plugins claim is thrown, naming both. */
function entryShapes(registries: ParseRegistries): EntryShapesOf {
  const { nodes, networks, links, fabrics, features } = registries;
  const shapes = shapesBy.get(registries) ?? {
    nodes: new EntryShapes('node', nodes, nodeKeysWith, features),
    networks: new EntryShapes('network', networks, () => networkKeys, features),
    links: new EntryShapes('link', links, linkKeysWith, features),
    fabrics: new EntryShapes('fabric', fabrics, () => fabricKeys, features),
  };
  shapesBy.set(registries, shapes);
  return shapes;
}

const levelsOf = ({ nodes, networks, links }: EntryShapesOf): readonly Level[] => [
  { word: 'the topology', keys: TOP_KEYS },
  { word: 'a host', keys: farHostKeys() },
  { word: 'a network', keys: networks.allKeys() },
  { word: 'a node', keys: nodes.allKeys() },
  { word: "a node's nic", keys: nicKeysWith(nodes.features) },
  { word: 'a link', keys: links.allKeys() },
  { word: 'a route of a node', keys: routeKeys() },
];

/** `x-…` is anybody's: a place for anchors. `$schema` is for editors. */
function checkTopKeys(complaints: Complaints): void {
  const { tree } = complaints.source;
  for (const key of isMap(tree) ? Object.keys(tree) : [])
    if (!TOP_KEYS.includes(key) && !key.startsWith('x-') && key !== '$schema')
      unknownKey([key], TOP_KEYS, { path: [], name: 'a topology', complaints });
}

function parseName(complaints: Complaints): string {
  const name = complaints.source.valueAt(['name']) ?? null;
  if (name === null) complaints.add(errors.nameMissing(), ['name']);
  const text = name === null ? undefined : check(nameText, name, { path: ['name'], name: 'the name', complaints });
  const fault = text === undefined ? undefined : nameFault('topology', text);
  if (fault) complaints.add(fault, ['name']);
  return text ?? '';
}

interface WellKnown {
  readonly name: string;
  readonly kind: string;
}

const wellKnownNodes = ({ nodes }: ParseRegistries): readonly WellKnown[] =>
  nodes.kinds().flatMap((kind) => {
    const name = nodes.get(kind)?.wellKnown;
    return name === undefined ? [] : [{ name, kind }];
  });

/** Nodes that links name and that need no entry. */
function impliedNodes(
  wellKnown: readonly WellKnown[],
  shapes: EntryShapesOf,
  complaints: Complaints,
): readonly NodeEntry[] {
  const written = namesIn('nodes', complaints.source);
  const endpoints = mentionedEndpoints(complaints.source);
  return wellKnown.flatMap(({ name, kind }) => {
    const mention = written.has(name) ? undefined : endpoints.find((it) => it.node === name);
    return (mention && impliedNode(name, kind, shapes.nodes, mention.path, complaints)) ?? [];
  });
}
