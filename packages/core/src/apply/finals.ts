import type { Executor, Fault, Op, Stage } from '@pipewright/plugin';
import { byPlace } from '../plan/stages.js';
import { errors } from '../errors.js';
import { wordsOf } from './words.js';

/**
 * What makes removals final once nothing will be undone any more. May be done again: what is gone already is fine.
 * Returns what is left to the next command.
 */
export async function runFinals(stages: readonly Stage[], executor: Executor): Promise<readonly Fault[]> {
  const batches = byPlace(finalsOf(stages));
  if (batches.length === 0) return [];
  try {
    const failures = await executor.run(batches, { undo: true });
    return failures.map(({ message }) => errors.notFinal(message));
  } catch (error) {
    return [errors.notFinal(wordsOf(error))];
  }
}

const finalsOf = (stages: readonly Stage[]): readonly Op[] =>
  stages.flatMap(({ batches }) => batches.flatMap(({ ops }) => ops.flatMap((it) => it.final ?? [])));
