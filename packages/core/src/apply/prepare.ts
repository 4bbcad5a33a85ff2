import { type Change, type Executor, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { byPlace } from '../plan/stages.js';
import type { ResourceTypes } from '../registry/registry.js';
import { wordsOf } from './words.js';

/** Has there what changes need and leave behind: images. Before anything else, so that no change waits for it half done. */
export async function prepare(changes: readonly Change[], types: ResourceTypes, executor: Executor): Promise<void> {
  for (const { after, action, type, id } of changes) {
    if (!after || action === 'update') continue;
    const batches = byPlace(types.need(type).prepare?.(after) ?? []);
    if (batches.length === 0) continue;
    const words = await failureOf(executor.run(batches, { undo: false }));
    if (words !== undefined) throw new PipewrightError(errors.notPrepared(`${type} ${id}`, words));
  }
}

async function failureOf(running: ReturnType<Executor['run']>): Promise<string | undefined> {
  try {
    return (await running)[0]?.message;
  } catch (error) {
    return wordsOf(error);
  }
}
