import { isDeepStrictEqual } from 'node:util';
import type { ApplyReport, Planned, Topologies } from '@pipewright/core';
import { type LedgerEntry, PipewrightError } from '@pipewright/plugin';
import type { EnginesPicture } from '../memory/engines.js';
import type { KernelPicture } from '../memory/kernel/picture.js';
import { describeEffect, type Effect, type Hazard, type Mishap } from './hazards.js';
import type { World } from './world.js';

/** A command on a host. */
export interface Command {
  readonly topology: string;
  readonly plan: (topologies: Topologies) => Promise<Planned>;
  readonly run: (topologies: Topologies, planned: Planned) => Promise<ApplyReport>;
}

/** What is to be known of a host: all that is there, what is remembered of the topology, what is begun. */
interface Facts {
  readonly kernel: KernelPicture;
  readonly containers: EnginesPicture;
  readonly ledger: LedgerEntry | undefined;
  readonly unfinished: number;
}

/** A command with what there is before it and, where nothing goes wrong, after it. */
export interface Scenario {
  readonly command: Command;
  readonly world: World;
  readonly planned: Planned;
  readonly before: Facts;
  readonly after: Facts;
  /** What is done, in order. */
  readonly effects: readonly Effect[];
}

async function factsOf(world: World, topology: string): Promise<Facts> {
  const { ledger, topologies } = world.live();
  return {
    kernel: world.picture(),
    containers: world.engines.picture(),
    ledger: await ledger.read(topology),
    unfinished: (await topologies.unfinished()).length,
  };
}

export async function scenario(world: World, command: Command): Promise<Scenario> {
  const planned = await command.plan(world.copy().live().topologies);
  const before = await factsOf(world.copy(), command.topology);
  const end = world.copy();
  const { outcome, effects } = await attempt(end, command, planned, () => undefined);
  if (outcome !== 'done') throw outcome === 'killed' ? new Error('killed by nobody') : outcome;
  return { command, world, planned, before, after: await factsOf(end, command.topology), effects };
}

/** The host after the command, when nothing went wrong. */
export async function whole({ world, command, planned }: Scenario): Promise<World> {
  const end = world.copy();
  await attempt(end, command, planned, () => undefined);
  return end;
}

export type Outcome = 'done' | 'killed' | PipewrightError;

export interface Attempt {
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
}

/** Runs the command in a world of its own, with what may happen to it. */
export async function attempt(world: World, command: Command, planned: Planned, hazard: Hazard): Promise<Attempt> {
  const { topologies, executor, hazards } = world.live(hazard);
  await executor.survey(planned.request); // the look that the plan came from: the executor knows its ways by it
  hazards.armed = true;
  const outcome = await Promise.race([
    hazards.death,
    command.run(topologies, planned).then(
      () => 'done' as const,
      (error: unknown) => {
        if (error instanceof PipewrightError) return error;
        throw error;
      },
    ),
  ]);
  return { outcome, effects: hazards.effects };
}

/** What was begun counts as done: only what is left of it has still to go. */
export const isCommitted = async (world: World): Promise<boolean> =>
  (await world.live(() => undefined).topologies.unfinished()).some(({ committed }) => committed);

/** The next command: what was begun is undone or completed. Returns what could not be. */
export async function recovered(world: World, hazard: Hazard = () => undefined): Promise<'killed' | readonly string[]> {
  const { topologies, hazards } = world.live(hazard);
  hazards.armed = true;
  const all = async (): Promise<readonly string[]> => {
    const left: string[] = [];
    for (const it of await topologies.unfinished()) {
      const recovery = await topologies.recover(it);
      left.push(...recovery.left.map(({ message }) => message));
    }
    return left;
  };
  return Promise.race([hazards.death, all()]);
}

/** The mishaps at these effects, and at none other. */
export const only =
  (...mishaps: readonly (readonly [at: number, mishap: Mishap])[]): Hazard =>
  (_effect, index) =>
    mishaps.find(([at]) => at === index)?.[1];

/** In words: what is wrong after a command that met with something. Empty: nothing. */
export async function wrongs(
  { before, after, command }: Scenario,
  world: World,
  outcome: Outcome,
  how: { readonly mayLeave?: true } = {},
): Promise<readonly string[]> {
  const found: string[] = [];
  const failed = outcome instanceof PipewrightError;
  if (failed && !how.mayLeave) {
    if (outcome.exit !== 1)
      found.push(
        `exit code ${String(outcome.exit)}: ${outcome.message} ${outcome.suppressed.map((it) => it.message).join(' ')}`,
      );
    found.push(...differences('at once', before.kernel, world.picture()));
    found.push(...differences('containers at once', before.containers, world.engines.picture()));
  }
  const left = await recovered(world);
  if (left === 'killed') throw new Error('killed by nobody');
  found.push(...left.map((it) => `recovery: ${it}`));
  const now = await factsOf(world, command.topology);
  if (now.unfinished > 0) found.push(`${String(now.unfinished)} transactions are unfinished`);
  const [toBefore, toAfter] = [before, after].map((it) => distance(it, now)) as [readonly string[], readonly string[]];
  if (outcome === 'done') return [...found, ...toAfter];
  if (failed || toAfter.length > 0) return [...found, ...toBefore];
  return found;
}

const distance = (wanted: Facts, now: Facts): readonly string[] => [
  ...differences('in the end', wanted.kernel, now.kernel),
  ...differences('containers in the end', wanted.containers, now.containers),
  ...(isDeepStrictEqual(wanted.ledger, now.ledger) ? [] : ['the ledger is another']),
];

/** Each leaf that is not as wanted. */
export function differences(path: string, wanted: unknown, found: unknown): readonly string[] {
  if (isDeepStrictEqual(wanted, found)) return [];
  if (!isRecord(wanted) || !isRecord(found)) return [`${path}: ${show(found)}, not ${show(wanted)}`];
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...keys].flatMap((key) => differences(`${path} ${key}`, wanted[key], found[key]));
}

const isRecord = (it: unknown): it is Readonly<Record<string, unknown>> =>
  typeof it === 'object' && it !== null && !Array.isArray(it);

const show = (it: unknown): string => (it === undefined ? 'nothing' : JSON.stringify(it));

/** For people: what happened, and what was wrong after it. */
export const report = (at: number, effects: readonly Effect[], mishap: string, wrong: readonly string[]): string => {
  const effect = effects[at];
  return [`${mishap} at ${String(at)}, ${effect ? describeEffect(effect) : 'nothing'}:`, ...wrong].join('\n    ');
};
