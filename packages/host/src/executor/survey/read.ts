import { join } from 'node:path';
import { HELPERS } from '@pipewright/kernel';
import {
  type FileText,
  type Found,
  LOCAL_HOST,
  type NodeTarget,
  PipewrightError,
  type Placement,
  placeKey,
  type ReadQuery,
  type Resource,
  type ResourceType,
  type SurveyRequest,
} from '@pipewright/plugin';
import { readFiles } from '../../files/read-files.js';
import { type Answers, type NamespacePath, questionOf } from './answers.js';
import { stateFolder } from '../../state-folder.js';
import type { Asked, Asker } from './asker.js';
import type { Located } from './located.js';

/** A namespace with the answers it gave. */
export interface Read {
  readonly on: Placement;
  readonly path: NamespacePath;
  readonly answers: Answers;
  /** What no dump tells and was asked for by name. */
  readonly pointed: readonly { readonly type: ResourceType; readonly found: readonly Found[] }[];
}

/** What is to be read, of what. */
export interface Reading {
  readonly request: SurveyRequest;
  readonly types: readonly ResourceType[];
  readonly asker: Asker;
  /** Of all types, those that can be answered on this host. */
  readonly queries: readonly ReadQuery[];
  /** Answers to the others. */
  readonly silent: Answers;
  /** Nodes whose files are read. */
  readonly written: ReadonlySet<string>;
  /** Place → things of which no dump tells. */
  readonly named: ReadonlyMap<string, readonly Resource[]>;
}

export function readingOf(
  request: SurveyRequest,
  types: readonly ResourceType[],
  asker: Asker,
  { host, exists }: { readonly host: string; readonly exists: (path: string) => boolean },
): Reading {
  const all = types.flatMap((type) => type.queries);
  // What engines are asked is asked once, by itself: in no namespace.
  const helpers = mayHaveHelpers(request, types) || exists(helpersFolder());
  const isThere = ({ given, engine, helpers: isOfHelpers }: ReadQuery): boolean =>
    !engine && (given === undefined || exists(given)) && (isOfHelpers !== true || helpers);
  const silent = new Map(all.filter((it) => !isThere(it)).map((it) => [questionOf(it), []]));
  const [written, named] = [writtenIn(request, types), namedIn(request, types, host)];
  return { request, types, asker, queries: all.filter(isThere), silent, written, named };
}

/** Nodes in whose files something may stand: all, where nobody remembers in which. */
export function writtenIn(
  { nodes, wanted, applied, search }: SurveyRequest,
  types: readonly ResourceType[],
): ReadonlySet<string> {
  if (search) return new Set(nodes.map(({ name }) => name));
  const writers = new Set(types.flatMap(({ type, queries }) => (queries.some(({ files }) => files) ? [type] : [])));
  return new Set([...wanted, ...applied].flatMap(({ type, on }) => (writers.has(type) ? (on.node ?? []) : [])));
}

/** Where helpers have their folders. */
export const helpersFolder = (): string => join(stateFolder(), HELPERS);

/** What the topology says of its helpers; those of others have folders. */
export function mayHaveHelpers({ wanted, applied, processes }: SurveyRequest, types: readonly ResourceType[]): boolean {
  const ofHelpers = types.filter(({ queries }) => queries.some(({ helpers }) => helpers)).map(({ type }) => type);
  return processes === true || [...wanted, ...applied].some(({ type }) => ofHelpers.includes(type));
}

function namedIn(
  { applied, wanted, search, topology }: SurveyRequest,
  types: readonly ResourceType[],
  host: string,
): Reading['named'] {
  const pointed = new Set(types.filter(({ point }) => point).map(({ type }) => type));
  const traces = search ? types.flatMap((type) => type.traces?.(topology, host) ?? []) : [];
  const named = new Map<string, Resource[]>();
  for (const it of [...applied, ...wanted, ...traces]) {
    if (!pointed.has(it.type)) continue;
    const same = named.get(placeKey(it.on));
    if (same) same.push(it);
    else named.set(placeKey(it.on), [it]);
  }
  return named;
}

/** A node that was asked for, with what was read of it: nothing where it is not there or cannot be read. */
export interface ReadNode {
  readonly located: Located;
  readonly read?: Read;
}

export async function readPlace(
  on: Placement,
  path: NamespacePath,
  reading: Reading,
  { process, texts: known }: Pick<Located, 'process' | 'texts'> = {},
): Promise<Read> {
  const { asker, queries, silent, written } = reading;
  const of = askedOf(on, path, asker);
  const here = on.node === undefined ? queries : queries.filter(({ once }) => once !== true);
  const root = on.node === undefined || written.has(on.node) ? process : undefined;
  const [texts, asked] = [textsOf(here, on, root, known), here.filter(({ files }) => !files || isFar(on))];
  const [answers, pointed] = await Promise.all([asker.ask(asked, of), readPointed(of, reading)]);
  return { on, path, answers: new Map([...silent, ...answers, ...texts]), pointed };
}

export const askedOf = (on: Placement, path: NamespacePath, { label }: Asker): Asked => ({
  on,
  label: on.node === undefined ? label : `Node "${on.node}"`,
  path,
});

/** What the topology says is at a place, and no dump tells. */
export async function readPointed(of: Asked, { types, asker, named }: Reading): Promise<Read['pointed']> {
  const there = named.get(placeKey(of.on)) ?? [];
  if (there.length === 0) return [];
  const ofType = (type: ResourceType) => there.filter((it) => it.type === type.type);
  return (await Promise.all(types.map((type) => point(type, ofType(type), of, asker)))).flat();
}

/** Of another machine, files are asked for by the program of the question. */
const isFar = ({ host, node }: Placement): boolean => host !== LOCAL_HOST && node === undefined;

/** Files of this machine are read in process. A node without a root of its own has the host's, which are not its. */
const textsOf = (
  queries: readonly ReadQuery[],
  on: Placement,
  process: number | undefined,
  known: readonly FileText[] | undefined,
): Answers =>
  new Map(
    queries.flatMap((query) =>
      query.files && !isFar(on) ? [[questionOf(query), known ?? textsIn(query.files, on, process)]] : [],
    ),
  );

function textsIn(
  { host, node }: NonNullable<ReadQuery['files']>,
  on: Placement,
  process: number | undefined,
): readonly FileText[] {
  if (on.node === undefined) return readFiles(host, {});
  return process === undefined ? [] : readFiles(node, { process });
}

/** With more answers, which came from elsewhere. */
export const withAnswers = (read: Read, more: Answers): Read => ({
  ...read,
  answers: new Map([...read.answers, ...more]),
});

async function point(
  type: ResourceType,
  named: SurveyRequest['wanted'],
  of: Asked,
  asker: Asker,
): Promise<Read['pointed']> {
  if (!type.point || named.length === 0) return [];
  const wanted = [...new Map(named.map((it) => [it.key, it])).values()];
  return [{ type, found: await asker.point(type.point(wanted, named), of) }];
}

/** A namespace that cannot be read is that node's trouble alone. */
export async function readNode(located: Located, reading: Reading): Promise<ReadNode> {
  const { node, path } = located;
  // A namespace is read once, whatever nodes stand for it.
  if (node.state !== 'present' || node.same !== undefined || placeKey(node.on) === placeKey({ host: node.on.host }))
    return { located };
  try {
    return { located, read: await readPlace(node.on, path, reading, located) };
  } catch (error) {
    if (!(error instanceof PipewrightError)) throw error;
    const { code, message, fix, exit } = error;
    return { located: { ...located, node: { ...node, state: 'refused', fault: { code, message, fix, exit } } } };
  }
}

export const namedTarget = (host: string, node: string, name: string): NodeTarget => ({
  name: node,
  on: { host, node },
  locator: { by: 'name', name },
});
