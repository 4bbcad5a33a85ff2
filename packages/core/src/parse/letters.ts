import { emptyMap, isMap, type Mark, type Source, type Tree, type TreeMap } from './source.js';

/** The same input with what stands under `env` of nodes to the letter: programs tell `1.10` from `1.1`. */
export function keepLetters(source: Source): Source {
  const ofNode = (node: Tree): Tree => changed(node, source, (value, key) => (key === 'env' ? ofEnv(value) : value));
  const ofEnv = (env: Tree): Tree => changed(env, source, (value, _, mark) => mark?.text ?? value);
  const ofEach = (nodes: Tree): Tree => changed(nodes, source, ofNode);
  const sections = { nodes: ofEach, groups: ofEach, defaults: ofNode };
  return Object.entries(sections).reduce((it, [key, of]) => {
    const section = it.valueAt([key]);
    const kept = section === undefined ? section : of(section);
    return kept === undefined || kept === section ? it : it.with(key, kept);
  }, source);
}

/** Another map only where one of its values is another. */
function changed(tree: Tree, { marks }: Source, change: (value: Tree, key: string, mark?: Mark) => Tree): Tree {
  if (!isMap(tree)) return tree;
  const places = marks.get(tree);
  const entries = Object.entries(tree).map(([key, value]) => [key, change(value, key, places?.get(key))] as const);
  if (entries.every(([key, value]) => tree[key] === value)) return tree;
  const made: TreeMap = Object.assign(emptyMap(), Object.fromEntries(entries));
  if (places) marks.set(made, places);
  return made;
}
