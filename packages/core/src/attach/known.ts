import type { LedgerEntry, Names, Resource } from '@pipewright/plugin';
import { complain } from '../complain.js';
import { parseTopology, type Source, sourceOf } from '../parse/index.js';
import type { TreeMap } from '../parse/source.js';
import type { Registries } from '../registry/registry.js';
import { groupBy } from '../resolve/group-by.js';
import { namesFor } from '../resolve/names.js';
import { type DraftNic, draftNics } from '../resolve/nics.js';
import { type PlacedNode, placeNodes } from '../resolve/nodes.js';
import { NO_FACTS } from '../resolve/hosts.js';
import type { Topology } from '../topology.js';
import { mapOf, spellOutNics } from './tree.js';

/** A topology as it was applied last; one of which nothing is known is empty. */
export interface Known {
  /** As it was read. */
  readonly source: Source;
  /** With the names of all nics. */
  readonly tree: TreeMap;
  readonly topology: Topology;
  readonly nodes: readonly PlacedNode[];
  readonly nics: readonly DraftNic[];
  readonly resources: readonly Resource[];
  /** Ids of nodes that are containers. */
  readonly containers: NonNullable<LedgerEntry['containers']>;
}

export function knownOf(name: string, last: LedgerEntry | undefined, registries: Registries): Known {
  const parsed = parseTopology(sourceOf(last?.source ?? { name }, `the last state of ${name}`), registries);
  const topology = complain(parsed.source, parsed.topology, parsed.diagnostics);
  const nodes = placeNodes(topology, registries);
  // To work out hundreds of MAC addresses that nobody here asks for takes longer than to read their nics.
  const names: Names = { ...namesFor(name, NO_FACTS.machineId), mac: (...words) => words.join('/') };
  const { nics } = draftNics(topology, nodes, () => names, registries);
  const byNode = groupBy(
    nics.map((it) => it.nic).filter((it) => it.network !== undefined),
    (it) => it.node,
  );
  const namesOf = (node: string): readonly string[] => (byNode.get(node) ?? []).map((it) => it.name);
  return {
    source: parsed.source,
    tree: spellOutNics(mapOf(parsed.source.tree), namesOf),
    topology,
    nodes,
    nics,
    resources: last?.resources ?? [],
    containers: last?.containers ?? {},
  };
}
