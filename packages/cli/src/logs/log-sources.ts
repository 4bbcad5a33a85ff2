import { didYouMean, type Draft } from '@pipewright/core';
import { type CommandStreams, type ContainerLog, fail, type Observed, type ProcessAttrs } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { errors } from '../errors.js';
import { NodeCommands } from '../node-commands.js';

/** How much of it. */
export type LogExtent = Pick<ContainerLog, 'tail' | 'follow'>;

/** A node's container, or a process of a node, and what it has said. */
export interface LogSource {
  /** `web`, or `web/nginx`. */
  readonly name: string;
  /** Of which it is. */
  readonly node: string | undefined;
  /** Resolves to whether there is one. */
  read(extent: LogExtent, write: CommandStreams['write']): Promise<boolean>;
}

type Process = Observed<ProcessAttrs>;

/** All of a topology, containers before processes; `actual`: what was found of it. */
export function logSources({ topology }: Draft, actual: readonly Observed[], engine: Engine): readonly LogSource[] {
  const nodes = new NodeCommands(topology, engine);
  const containers = topology.nodes.flatMap(({ name }) => containerSource(name, nodes, engine) ?? []);
  const processes = (actual as readonly Process[])
    .filter((it) => it.type === 'process' && it.owner === topology.name)
    .flatMap((it) => processSource(it, nodes, engine) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...containers, ...processes];
}

function containerSource(node: string, nodes: NodeCommands, { registries }: Engine): LogSource | undefined {
  if (!registries.nodes.need(nodes.spec(node).kind).engine) return undefined;
  const runs = nodes.command(node, []);
  if (!('engine' in runs)) return undefined;
  const { engine, container } = runs;
  return {
    name: node,
    node,
    read: async (extent, write) => (await nodes.enginesOf(node)).logs({ engine, container, ...extent }, write),
  };
}

/** Of a file beside it, wherever that is; undefined for one that keeps none. */
function processSource({ id, on, attrs, facts }: Process, nodes: NodeCommands, engine: Engine): LogSource | undefined {
  const file = facts?.['log'];
  if (file === undefined) return undefined;
  const read: LogSource['read'] = async ({ tail, follow }, write) => {
    const words = ['tail', '-n', tail === undefined ? '+1' : String(tail), ...(follow ? ['-F'] : []), file];
    let isRead = true;
    const take = async (bytes: Uint8Array): Promise<boolean> => (isRead = await write('stdout', bytes));
    const argv = nodes.at({ host: on.host }, words);
    const { code } = await engine.commands.run(argv, { take, ...(follow ? { stop: follow } : {}) });
    return code === 0 || !isRead || follow?.aborted === true;
  };
  return { name: id, node: attrs.node, read };
}

interface Asked extends Pick<Draft['topology'], 'name' | 'nodes'> {
  /** Hosts of which nothing is known, nor what runs there. */
  readonly unreached: ReadonlySet<string>;
}

/** Those that words name: nodes with all that is of them, or processes; all, where there are none. */
export function sourcesNamed(
  words: readonly string[],
  sources: readonly LogSource[],
  { name, nodes, unreached }: Asked,
): readonly LogSource[] {
  if (words.length === 0) return sources;
  const known = [...new Set([...nodes.map((it) => it.name), ...sources.map((it) => it.name)])];
  const named = words.flatMap((word) => {
    if (unreached.has(nodeOf(word, nodes)?.host ?? '')) return [];
    if (!known.includes(word)) fail(errors.unknownNode(word, name, known, didYouMean(word, known)));
    const its = sources.filter((it) => it.name === word || it.node === word);
    return its.length > 0 ? its : fail(errors.noLog(word));
  });
  return [...new Set(named)];
}

/** The node that a word names, by itself or with one of its processes. */
export const nodeOf = (
  word: string,
  nodes: Draft['topology']['nodes'],
): Draft['topology']['nodes'][number] | undefined => nodes.find(({ name }) => name === word.split('/')[0]);
