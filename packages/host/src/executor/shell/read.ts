import { existsSync } from 'node:fs';
import {
  type Commands,
  fail,
  type Found,
  type NodeTarget,
  PipewrightError,
  type Placement,
  placeKey,
  type ResourceType,
  samePlace,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type Answers, ask, type Asked, inNamespace, type NamespacePath } from './answers.js';
import type { Located } from './locate.js';

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
  readonly commands: Commands;
}

/** A node that was asked for, with what was read of it: nothing where it is not there or cannot be read. */
export interface ReadNode {
  readonly located: Located;
  readonly read?: Read;
}

export async function readPlace(
  on: Placement,
  path: NamespacePath,
  { request, types, commands }: Reading,
): Promise<Read> {
  const of = { label: on.node === undefined ? 'The host' : `Node "${on.node}"`, path };
  const queries = types
    .flatMap((type) => type.queries)
    .filter(
      ({ once, given }) => (on.node === undefined || once !== true) && (given === undefined || existsSync(given)),
    );
  const answers = await ask(queries, of, commands);
  const named = [...request.applied, ...request.wanted].filter((it) => samePlace(it.on, on));
  const pointed: Read['pointed'][] = [];
  for (const type of types)
    pointed.push(
      await point(
        type,
        named.filter((it) => it.type === type.type),
        of,
        commands,
      ),
    );
  return { on, path, answers, pointed: pointed.flat() };
}

async function point(
  type: ResourceType,
  named: SurveyRequest['wanted'],
  { label, path }: Asked,
  commands: Commands,
): Promise<Read['pointed']> {
  if (!type.point || named.length === 0) return [];
  const { argv, parse } = type.point([...new Map(named.map((it) => [it.key, it])).values()]);
  const { code, stdout, stderr } = await commands.run(inNamespace(path, argv));
  if (code !== 0) fail(errors.surveyFailed(label, argv.join(' '), stderr.trim()));
  return [{ type, found: parse(stdout) }];
}

/** A namespace that cannot be read is that node's trouble alone. */
export async function readNode(located: Located, reading: Reading): Promise<ReadNode> {
  const { node, path } = located;
  // The host's own namespace is read once, whatever node stands for it.
  if (node.state !== 'present' || placeKey(node.on) === placeKey({ host: node.on.host })) return { located };
  try {
    return { located, read: await readPlace(node.on, path, reading) };
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
