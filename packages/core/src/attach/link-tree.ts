import { fail, type LinkCompat } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { splitServiceLink } from '../parse/entries/service-link.js';
import { isMap, type Tree, type TreeMap } from '../parse/source.js';
import type { Known } from './known.js';
import { entryIn, mapOf, withEntry, withoutEntry } from './tree.js';

/** One service link as it stands in a node's list. */
export interface LinkTree {
  readonly node: string;
  readonly alias: string;
  readonly ports?: readonly string[];
  readonly compat?: LinkCompat;
}

/** In place of those of its alias. */
export function withServiceLink(tree: TreeMap, from: string, link: LinkTree): TreeMap {
  const node = entryIn(tree, 'nodes', from);
  const others = linksIn(node).filter((it) => namesOf(it).alias !== link.alias);
  return withEntry(tree, 'nodes', from, { ...node, 'service-links': [...others, { ...link }] as readonly Tree[] });
}

/** Without those that the words mean, by alias or node; no word means all. Throws where one means none. */
export function withoutServiceLinks(tree: TreeMap, from: string, words: readonly string[]): TreeMap {
  const node = entryIn(tree, 'nodes', from);
  const all = linksIn(node);
  const means = (word: string, it: Tree): boolean => Object.values(namesOf(it)).includes(word);
  const missing = words.find((word) => !all.some((it) => means(word, it)));
  if (missing !== undefined || all.length === 0)
    return fail(
      errors.noServiceLink(
        from,
        missing,
        all.map((it) => namesOf(it).alias),
      ),
    );
  const left = all.filter((it) => words.length > 0 && !words.some((word) => means(word, it)));
  return withEntry(tree, 'nodes', from, { ...node, 'service-links': left });
}

/** Without nodes that stood there for service links alone: that exist without us, and have and are mentioned in nothing. */
export function withoutIdle({ tree, topology, nodes }: Known): TreeMap {
  const told = topology.nodes.flatMap(({ serviceLinks }) => serviceLinks.map(({ node }) => node));
  const wired = topology.links.flatMap(({ ends }) => ends.map(({ node }) => node));
  const used = new Set([...told, ...wired]);
  return nodes
    .filter(({ name, managed, entry }) => !managed && !used.has(name) && hasNothing(entry))
    .reduce((it, { name }) => withoutEntry(it, 'nodes', name), tree);
}

const hasNothing = ({
  nics,
  loopback,
  routes,
  rules,
  commands,
  serviceLinks,
  sysctls,
  env,
  expose,
}: Known['nodes'][number]['entry']) =>
  [nics, loopback, routes, rules, commands, serviceLinks, expose].every((it) => it.length === 0) &&
  [sysctls, env].every((it) => Object.keys(it).length === 0);

export const isEmptyTree = (tree: TreeMap): boolean =>
  ['nodes', 'links', 'networks'].every((it) => Object.keys(mapOf(tree[it])).length === 0);

export function linksIn(node: TreeMap): readonly Tree[] {
  const links = node['service-links'];
  return Array.isArray(links) ? (links as readonly Tree[]) : [];
}

function namesOf(link: Tree): { readonly node: string; readonly alias: string } {
  if (typeof link === 'string') return splitServiceLink(link);
  const { node, alias } = isMap(link) ? link : {};
  const name = typeof node === 'string' ? node : '';
  return { node: name, alias: typeof alias === 'string' ? alias : name };
}
