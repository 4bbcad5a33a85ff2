import {
  type CommandResult,
  type Commands,
  type ContainerCommand,
  type Engines,
  type Executor,
  PipewrightError,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { interruptible } from '../interruptible.js';
import type { Registries } from '../registry/registry.js';
import type { ApplyReport, Planned } from '../stages.js';
import { makingOf, newNodes } from './ran.js';

/** What runs them. */
export interface CommandPorts {
  readonly commands: Commands;
  readonly engines: Engines;
  readonly executor: Executor;
}

/** A node's own commands run once, when it is new. */
export async function runCommands(
  planned: Planned,
  registries: Registries,
  { commands, engines, executor }: CommandPorts,
  stop: AbortSignal,
): Promise<ApplyReport['commands']> {
  const outputs: ApplyReport['commands'][number][] = [];
  const nodes = planned.draft?.topology.nodes.filter((it) => it.commands.length > 0) ?? [];
  const made = nodes.length > 0 ? newNodes(makingOf(planned)) : NO_NODES;
  for (const node of nodes) {
    const spec = planned.model?.nodes.find((it) => it.name === node.name);
    if (!spec || planned.without?.has(node.host) || !made.has(node.name)) continue;
    for (const argv of node.commands) {
      const runs = registries.nodes.need(node.kind).exec(spec as never, argv);
      const result =
        'engine' in runs
          ? await interruptible(captured(await enginesOn(node.host, planned, { engines, executor }), runs), stop)
          : await commands.run(reaching(node.host, runs, planned, executor), { stop });
      if (stop.aborted) throw new PipewrightError(errors.interrupted());
      if (result.code !== 0) {
        const fault = errors.commandFailed(node.name, argv, result.code, lastWords(result));
        throw new PipewrightError(fault, { byHost: new Map([[node.host, fault]]) });
      }
      outputs.push({ node: node.name, argv, output: result.stdout });
    }
  }
  return outputs;
}

const NO_NODES: ReadonlySet<string> = new Set();

/** Whole lines: what points at a place in the line above stays below it, and the first mistake is seldom far up. */
function lastWords({ stderr, stdout }: CommandResult): string {
  const said = stderr.trim() === '' ? stdout : stderr;
  return said
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n')
    .slice(-MOST_LINES)
    .join('\n')
    .slice(-MOST_WORDS);
}

const MOST_LINES = 20;
const MOST_WORDS = 4000;

async function captured(engines: Engines, command: ContainerCommand): Promise<CommandResult> {
  const said = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const code = await engines.exec(command, { write: async (stream, bytes) => said[stream].push(bytes) > 0 });
  const textOf = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();
  return { code, stdout: textOf(said.stdout), stderr: textOf(said.stderr) };
}

async function enginesOn(
  host: string,
  { request }: Planned,
  { engines, executor }: Pick<CommandPorts, 'engines' | 'executor'>,
): Promise<Engines> {
  const target = request.hosts?.find(({ name }) => name === host);
  return (target && (await executor.other?.(target))?.engines) ?? engines;
}

/** A node's words are of its host. */
function reaching(host: string, words: readonly string[], { request }: Planned, executor: Executor): readonly string[] {
  const target = request.hosts?.find(({ name }) => name === host);
  return target ? (executor.reach?.(target, words) ?? words) : words;
}
