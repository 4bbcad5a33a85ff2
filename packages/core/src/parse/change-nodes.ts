import { emptyMap, isMap, type Mark, type Source, type Tree, type TreeMap } from './source.js';

type Change = (value: Tree, key: string, mark?: Mark) => Tree;

/** The same input with keys of nodes, of groups and of the defaults changed. */
export const changeNodes = (source: Source, change: Change): Source =>
  changeEach(source, (node) => changed(node, source, change));

/** The same input with nodes, groups and the defaults changed. */
export function changeEach(source: Source, ofNode: (node: Tree) => Tree): Source {
  const ofEach = (nodes: Tree): Tree => changed(nodes, source, ofNode);
  const sections = { nodes: ofEach, groups: ofEach, defaults: ofNode };
  return Object.entries(sections).reduce((it, [key, of]) => {
    const section = it.valueAt([key]);
    const made = section === undefined ? section : of(section);
    return made === undefined || made === section ? it : it.with(key, made);
  }, source);
}

/** Another map only where one of its values is another. */
export function changed(tree: Tree, { marks }: Pick<Source, 'marks'>, change: Change): Tree {
  if (!isMap(tree)) return tree;
  const places = marks.get(tree);
  const entries = Object.entries(tree).map(([key, value]) => [key, change(value, key, places?.get(key))] as const);
  if (entries.every(([key, value]) => tree[key] === value)) return tree;
  const made: TreeMap = Object.assign(emptyMap(), Object.fromEntries(entries));
  if (places) marks.set(made, places);
  return made;
}
