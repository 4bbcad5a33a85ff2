import { type Executor, LOCAL_HOST, type NodeTarget } from '@pipewright/plugin';
import { entryIn, mapOf, withEntry } from '../attach/tree.js';
import type { Tree } from '../parse/source.js';
import type { Draft } from '../stages.js';

/** Where nodes that are put on hosts are already, by a look at all that they may be on. */
export async function findPlaced(
  { topology, targets, placed }: Draft,
  without: ReadonlySet<string> | undefined,
  executor: Executor,
): Promise<ReadonlyMap<string, string>> {
  if (placed.size === 0) return new Map();
  const far = topology.hosts.filter(({ name }) => !without?.has(name));
  const hosts = [LOCAL_HOST, ...far.map(({ name }) => name)];
  const nodes = targets
    .filter(({ name }) => placed.has(name))
    .flatMap((it) => hosts.map((host): NodeTarget => ({ ...it, on: { ...it.on, host } })));
  const request = { topology: topology.name, hosts: far, nodes, wanted: [], applied: [] };
  const found = await executor.survey({ ...request, nodesOnly: true });
  return new Map(found.nodes.flatMap(({ name, on, state }) => (state === 'present' ? [[name, on.host] as const] : [])));
}

/** The text as it is remembered: whoever reads it needs to know of no placement. */
export function withPlaced(
  tree: Tree,
  placed: ReadonlyMap<string, string>,
): { readonly source: Tree; readonly placed?: Readonly<Record<string, string>> } {
  if (placed.size === 0) return { source: tree };
  const source = [...placed].reduce(
    (all, [name, host]) => withEntry(all, 'nodes', name, { ...entryIn(all, 'nodes', name), host }),
    mapOf(tree),
  );
  return { source, placed: Object.fromEntries(placed) };
}
