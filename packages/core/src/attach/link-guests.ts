import { type Executor, fail, type LedgerEntry } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { sourceOf } from '../parse/index.js';
import type { TreeMap } from '../parse/source.js';
import type { Registries } from '../registry/registry.js';
import type { TopologyInput } from '../stages.js';
import type { Candidate } from './guests.js';
import { findGuest } from './find-guest.js';
import { type Known, knownOf } from './known.js';
import { isEmptyTree, linksIn, type LinkTree, withoutIdle, withoutServiceLinks, withServiceLink } from './link-tree.js';
import { entryIn, withEntry } from './tree.js';

/** Service links that a guest is to have, or to lose. */
export interface LinkRequest {
  readonly topology: string;
  /** Folder that paths in the topology are relative to, where it has none yet. */
  readonly base: string;
  /** Who is told: `web`, `docker:web`, `pid:4711`. */
  readonly into: string;
  /** Whom it is told of, each in the words of a guest. */
  readonly links: readonly (Omit<LinkTree, 'node'> & { readonly guest: string })[];
}

export interface UnlinkRequest extends Pick<LinkRequest, 'topology' | 'into'> {
  /** Aliases or nodes; none: all. */
  readonly words: readonly string[];
}

interface Parts {
  readonly registries: Registries;
  readonly executor: Executor;
  readonly last: LedgerEntry | undefined;
}

/** The topology with these links, of guests that are there. */
export async function linkedInput(asked: LinkRequest, parts: Parts): Promise<TopologyInput> {
  const { topology, links, into } = asked;
  const from = await found(into, knownOf(topology, parts.last, parts.registries), parts);
  let { tree } = from;
  if (links.length === 0 && linksIn(entryIn(tree, 'nodes', from.name)).length === 0)
    fail(errors.noServiceLink(from.name, undefined, []));
  for (const { guest, ...link } of links) {
    const target = await found(guest, knownWith(tree, topology, parts), parts);
    tree = withServiceLink(target.tree, from.name, { node: target.name, ...link });
  }
  return inputOf(tree, parts.last?.base ?? asked.base);
}

/** The topology without them; undefined: nothing is left of it. */
export async function unlinkedInput(asked: UnlinkRequest, parts: Parts): Promise<TopologyInput | undefined> {
  const { topology, words } = asked;
  const known = knownOf(topology, parts.last, parts.registries);
  const { guest } = await findGuest(asked.into, { ...parts, known }, true);
  const left = withoutIdle(knownWith(withoutServiceLinks(known.tree, guest.name, words), topology, parts));
  return isEmptyTree(left) ? undefined : inputOf(left, parts.last?.base ?? '/');
}

const inputOf = (tree: TreeMap, base: string): TopologyInput => ({ source: sourceOf(tree, 'the topology'), base });

const knownWith = (tree: TreeMap, name: string, { registries, last }: Parts): Known =>
  knownOf(name, { topology: name, base: '/', resources: [], replaced: [], ...last, source: tree }, registries);

/** The guest, and the topology with it. */
async function found(
  word: string,
  known: Known,
  parts: Parts,
): Promise<{ readonly name: string; readonly tree: TreeMap }> {
  const { guest } = await findGuest(word, { ...parts, known });
  const has = Object.keys(entryIn(known.tree, 'nodes', guest.name)).length > 0;
  return { name: guest.name, tree: has ? known.tree : withEntry(known.tree, 'nodes', guest.name, entryOf(guest)) };
}

const entryOf = ({ kind, options }: Candidate): TreeMap => ({ ...(options as TreeMap), kind });
