import type { LedgerEntry, Resource } from '@pipewright/plugin';
import { complain } from '../complain.js';
import { parseTopology, sourceOf } from '../parse/index.js';
import type { TreeMap } from '../parse/source.js';
import type { Registries } from '../registry/registry.js';
import { namesFor } from '../resolve/names.js';
import { type DraftNic, draftNics } from '../resolve/nics.js';
import { type PlacedNode, placeNodes } from '../resolve/nodes.js';
import { NO_FACTS } from '../resolve/hosts.js';
import type { Topology } from '../topology.js';
import { mapOf, spellOutNics } from './tree.js';

/** A topology as it was applied last; one of which nothing is known is empty. */
export interface Known {
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
  const { nics } = draftNics(topology, nodes, () => namesFor(name, NO_FACTS.machineId), registries);
  const namesOf = (node: string): readonly string[] =>
    nics.filter(({ nic }) => nic.node === node && nic.network !== undefined).map(({ nic }) => nic.name);
  return {
    tree: spellOutNics(mapOf(parsed.source.tree), namesOf),
    topology,
    nodes,
    nics,
    resources: last?.resources ?? [],
    containers: last?.containers ?? {},
  };
}
