import { isList, isMap, type Tree, type TreeMap } from '../parse/source.js';

type Section = 'hosts' | 'networks' | 'nodes';

export const mapOf = (tree: Tree | undefined): TreeMap => (isMap(tree) ? tree : {});

export const entryIn = (tree: TreeMap, section: Section, name: string): TreeMap => mapOf(mapOf(tree[section])[name]);

export const withEntry = (tree: TreeMap, section: Section, name: string, entry: TreeMap): TreeMap => ({
  ...tree,
  [section]: { ...mapOf(tree[section]), [name]: entry },
});

export const withoutEntry = (tree: TreeMap, section: Section, name: string): TreeMap => ({
  ...tree,
  [section]: Object.fromEntries(Object.entries(mapOf(tree[section])).filter(([key]) => key !== name)),
});

/** A nic as it stands in the list of a node's networks. */
export type NicTree = TreeMap & { readonly network: string; readonly name: string };

/** The nics of a node that `spellOutNics` has been at. */
export const nicsIn = (node: TreeMap): readonly NicTree[] => (node['networks'] ?? []) as readonly NicTree[];

/** With every nic of every node under the name it has, so that one more does not rename others. */
export function spellOutNics(tree: TreeMap, namesOf: (node: string) => readonly string[]): TreeMap {
  const nodes = Object.entries(mapOf(tree['nodes'])).map(
    ([name, node]) => [name, isMap(node) ? spelledOut(node, namesOf(name)) : node] as const,
  );
  return tree['nodes'] === undefined ? tree : { ...tree, nodes: Object.fromEntries(nodes) };
}

function spelledOut(node: TreeMap, names: readonly string[]): TreeMap {
  const { networks } = node;
  if (networks === undefined || areSpelledOut(networks, names)) return node;
  return { ...node, networks: spelled(networks, names) };
}

const areSpelledOut = (networks: Tree, names: readonly string[]): boolean =>
  isList(networks) &&
  networks.every((it, index) => isMap(it) && it['name'] !== undefined && it['name'] === names[index]);

/** `[lan, { network: back }]` and `{ lan: , back: { mtu: 1400 } }` as a list of maps. */
function spelled(networks: Tree, names: readonly string[]): readonly NicTree[] {
  const items: readonly (readonly [Tree, Tree])[] = Array.isArray(networks)
    ? networks.map((it: Tree) => (isMap(it) ? [it['network'] ?? '', it] : [it, {}]))
    : Object.entries(mapOf(networks));
  return items.map(([network, keys], index) => ({
    ...mapOf(keys),
    network: typeof network === 'string' ? network : '',
    name: names[index] ?? '',
  }));
}

/** In the place of the one of its name, else as the last. */
export function withNic(node: TreeMap, nic: NicTree): TreeMap {
  const nics = nicsIn(node);
  const index = nics.findIndex((it) => it.name === nic.name);
  return { ...node, networks: index === -1 ? [...nics, nic] : nics.with(index, nic) };
}

export const withoutNic = (node: TreeMap, name: string): TreeMap => ({
  ...node,
  networks: nicsIn(node).filter((it) => it.name !== name),
});
