import {
  type Executor,
  type Fault,
  LOCAL_HOST,
  type Observed,
  type Stage,
  type TransactionStart,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { guard, guardUnseen } from './guard.js';
import { stagesOn, startOn } from './on-host.js';
import { leftBehind } from './left-behind.js';
import { undoBatches } from './undo.js';
import { resourceWords, wordsOf } from './words.js';

/** What became of undoing. */
export interface PutBack {
  /** What is not as it was. */
  readonly left: readonly Fault[];
  /** What is there and not ours: nothing is wrong with that. */
  readonly leftAlone: readonly Fault[];
}

const NOTHING: PutBack = { left: [], leftAlone: [] };

/** The first look decides what may be undone, the last what was. A second try is for what failed once only. */
const TRIES = 2;

/**
 * Undoes stages that ran, or may have run in part, as far as they need it and may be. Throws where it cannot look. Of
 * several hosts each is put back by itself: one that is gone does not keep the others from it.
 */
export async function putBack(stages: readonly Stage[], start: TransactionStart, executor: Executor): Promise<PutBack> {
  const { hosts } = start.request;
  if (!hosts) return putBackHost(stages, start, executor);
  const parts = [LOCAL_HOST, ...hosts.map(({ name }) => name)].map(async (host) => {
    const its = stagesOn(host, stages);
    if (its.length === 0) return NOTHING;
    return putBackHost(its, startOn(host, start), executor, host).catch((error: unknown) =>
      putBackUnseen(its, executor, error),
    );
  });
  const done = await Promise.all(parts);
  return { left: done.flatMap((it) => it.left), leftAlone: done.flatMap((it) => it.leftAlone) };
}

async function putBackHost(
  stages: readonly Stage[],
  { topology, before, request }: TransactionStart,
  executor: Executor,
  host?: string,
): Promise<PutBack> {
  const { applied } = request;
  const look = async () => {
    const { actual } = await executor.survey(request);
    // This machine is always looked at, too: what is on it is no other's affair.
    const now = host === undefined ? actual : actual.filter(({ on }) => on.host === host);
    return { topology, before, applied, now };
  };
  let seen = await look();
  let left: readonly Fault[] = [];
  const foreign = new Map<string, Observed>();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const guarded = guard(stages, seen);
    for (const it of guarded.foreign) foreign.set(it.key, it);
    const batches = undoBatches(guarded.stages);
    const complaints = await runAll(batches, executor);
    try {
      if (batches.length > 0) seen = await look();
      left = leftBehind(stages, seen, [...new Set(complaints)].join('; '));
    } catch (error) {
      left = [unseen(error)];
    }
    await executor.announce?.(batches.flat());
    if (left.length === 0 || batches.length === 0) break;
  }
  return { left, leftAlone: [...foreign.values()].map((it) => errors.leftAlone(resourceWords(it))) };
}

/** As far as that is safe without looking; all that was touched is in doubt. */
export async function putBackUnseen(stages: readonly Stage[], executor: Executor, error: unknown): Promise<PutBack> {
  await runAll(undoBatches(guardUnseen(stages)), executor);
  return { left: [unseen(error)], leftAlone: [] };
}

const unseen = (error: unknown): Fault => errors.leftUnseen(wordsOf(error));

/** Goes on whatever happens: each part put back is one less that is not. */
async function runAll(batches: ReturnType<typeof undoBatches>, executor: Executor): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (const each of batches)
    try {
      complaints.push(...(await executor.run(each, { undo: true })).map((it) => it.message));
    } catch (error) {
      complaints.push(wordsOf(error));
    }
  return complaints;
}
