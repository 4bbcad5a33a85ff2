import { type Change, type Executor, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { byPlace } from '../plan/stages.js';
import type { ResourceTypes } from '../registry/registry.js';
import { resourceWords, withoutStop, wordsOf } from './words.js';

/** Has there what changes need and leave behind: images. Before anything else, so that no change waits for it half done. */
export async function prepare(
  changes: readonly Change[],
  types: ResourceTypes,
  executor: Executor,
  signal: AbortSignal,
): Promise<void> {
  const done = new Set<string>();
  for (const { after, action, type } of changes) {
    if (!after || action === 'update') continue;
    const ops = (types.need(type).prepare?.(after) ?? []).filter((it) => isFirst(JSON.stringify(it), done));
    const batches = byPlace(ops);
    if (batches.length === 0) continue;
    const words = await interruptible(failureOf(executor.run(batches, { undo: false })), signal);
    if (words === undefined) continue;
    const fault = types.need(type).unprepared?.(after, withoutStop(words));
    const what = fault ?? errors.notPrepared(resourceWords(after), words);
    throw new PipewrightError(what, { byHost: new Map([[after.on.host, what]]) });
  }
}

/** What several changes need is had once. */
const isFirst = (op: string, done: Set<string>): boolean => !done.has(op) && done.add(op).size > 0;

async function failureOf(running: ReturnType<Executor['run']>): Promise<string | undefined> {
  try {
    return (await running)[0]?.message;
  } catch (error) {
    return wordsOf(error);
  }
}
