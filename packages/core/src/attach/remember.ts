import type { Key, LedgerEntry, Nic, Resource } from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { refsOf } from '../diff/graph.js';
import type { TreeMap } from '../parse/source.js';
import type { ResourceTypes } from '../registry/registry.js';
import type { PlacedNode } from '../resolve/nodes.js';
import type { Known } from './known.js';
import { neededBy, ofNic } from './scope.js';
import { entryIn, mapOf, withEntry, withoutEntry, withoutNic } from './tree.js';

/** What a topology is and has. */
export interface State {
  readonly tree: TreeMap;
  readonly resources: readonly Resource[];
}

/** The topology without a nic. A network or a node that was there for that nic alone goes with it. */
export function withoutNics(known: Known, ids: ReadonlySet<string>, types: ResourceTypes): State {
  const leaving = known.nics.map((it) => it.nic).filter((it) => ids.has(it.id));
  const staying = known.nics.map((it) => it.nic).filter((it) => !ids.has(it.id));
  const own = new Set([...ids].flatMap((id) => [...ofNic(id, known.resources, types)]));
  const networks = unusedNetworks(leaving, staying, known.resources, types);
  const left = known.resources.filter((it) => !own.has(it.key));
  const used = new Set(left.flatMap(refsOf));
  const tree = [...networks.keys()].reduce((it, name) => withoutEntry(it, 'networks', name), known.tree);
  return {
    tree: leaving.reduce((it, nic) => withoutNicOf(nic, it, staying, known.nodes), tree),
    resources: left.filter(({ key }) => used.has(key) || ![...networks.values()].some((keys) => keys.has(key))),
  };
}

/** Networks that nobody is in any more and that have nothing of their own, with the keys of what they use. */
function unusedNetworks(
  leaving: readonly Nic[],
  staying: readonly Nic[],
  resources: readonly Resource[],
  types: ResourceTypes,
): ReadonlyMap<string, ReadonlySet<Key>> {
  const names = new Set(leaving.flatMap((it) => it.network ?? []));
  for (const { network } of staying) names.delete(network ?? '');
  return new Map(
    [...names].flatMap((name) => {
      const nics = leaving.filter((it) => it.network === name);
      const keys = new Set(nics.flatMap((it) => [...ofNic(it.id, resources, types)]));
      const needed = neededBy(keys, resources).filter((it) => it.on.node === undefined);
      return needed.every((it) => it.shared ?? it.adopt) ? [[name, new Set(needed.map((it) => it.key))] as const] : [];
    }),
  );
}

function withoutNicOf(nic: Nic, tree: TreeMap, staying: readonly Nic[], nodes: readonly PlacedNode[]): TreeMap {
  const node = nodes.find((it) => it.name === nic.node);
  const empty = node && isForNicsAlone(node) && !staying.some((it) => it.node === nic.node);
  return empty
    ? withoutEntry(tree, 'nodes', nic.node)
    : withEntry(tree, 'nodes', nic.node, withoutNic(entryIn(tree, 'nodes', nic.node), nic.name));
}

const isForNicsAlone = ({ managed, entry }: PlacedNode): boolean =>
  !managed &&
  entry.routes.length + entry.rules.length + entry.commands.length + Object.keys(entry.sysctls).length === 0;

/** The topology with what one nic is made of, in place of what of it is `old`. */
export function withResources(state: State, old: ReadonlySet<Key>, desired: readonly Resource[]): readonly Resource[] {
  const now = new Map(desired.map((it) => [it.key, it]));
  const known = new Set(state.resources.map((it) => it.key));
  return [
    ...state.resources.flatMap((it) => now.get(it.key) ?? (old.has(it.key) ? [] : [it])),
    ...desired.filter((it) => !known.has(it.key)),
  ];
}

/** Whether the ledger says it already. */
export const isRemembered = (last: LedgerEntry | undefined, entry: LedgerEntry | undefined): boolean =>
  deepEqual(last, entry && (JSON.parse(JSON.stringify(entry)) as unknown));

/** Of these ids of containers those of nodes that are left. */
export function containersIn({ tree }: State, ids: Known['containers']): Pick<LedgerEntry, 'containers'> {
  const left = Object.entries(ids).filter(([node]) => node in mapOf(tree['nodes']));
  return left.length > 0 ? { containers: Object.fromEntries(left) } : {};
}

/** Nothing is left of it. */
export const isEmpty = ({ tree }: State): boolean =>
  [tree['nodes'], tree['links'], tree['networks']].every((it) => Object.keys(it ?? {}).length === 0);
