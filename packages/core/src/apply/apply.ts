import {
  type Change,
  type Executor,
  type Fault,
  type Observed,
  type Op,
  PipewrightError,
  type Reporter,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Plan, Stage } from '../stages.js';
import { leftBehind } from './left-behind.js';
import { forwardBatches, undoBatches } from './undo.js';

export interface ApplyParts {
  readonly executor: Executor;
  readonly reporter: Reporter;
  /** What there was when the plan was made, and what there is now: undoing has to prove that they are equal. */
  readonly before: readonly Observed[];
  readonly observe: () => Promise<readonly Observed[]>;
  /** What must hold afterwards: the changes a fresh plan still finds. */
  readonly remaining: () => Promise<readonly Change[]>;
  /** Runs when all is as declared; what it throws undoes everything. */
  readonly finish: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Runs the stages; whatever fails, everything is put back as it was. */
export async function apply(plan: Plan, parts: ApplyParts): Promise<void> {
  const ran: Stage[] = [];
  try {
    for (const stage of plan.stages) await runStage(stage, ran, parts);
    parts.reporter.event({ type: 'verifying' });
    const remaining = plan.changes.length > 0 ? await parts.remaining() : [];
    if (remaining.length > 0) throw new PipewrightError(errors.notConverged(remaining.map(describe)));
    await parts.finish();
    if (parts.signal.aborted) throw new PipewrightError(errors.interrupted());
  } catch (error) {
    throw await undo(ran, plan, parts, error);
  }
  parts.reporter.event({ type: 'finished' });
}

async function runStage(stage: Stage, ran: Stage[], { executor, reporter, signal }: ApplyParts): Promise<void> {
  if (signal.aborted) throw new PipewrightError(errors.interrupted());
  const changes = changesOf(stage);
  reporter.event({ type: 'started', changes });
  ran.push(stage);
  const [failure] = await executor.run(forwardBatches(stage), { undo: false });
  if (!failure) {
    reporter.event({ type: 'done', changes });
    return;
  }
  const failed = changesBehind(failure.op, stage);
  const fault = errors.applyFailed(failed.map(describe).join(', '), withoutStop(failure.message));
  reporter.event({ type: 'failed', fault, changes: failed });
  throw new PipewrightError(fault, { cause: new Error(failure.message) });
}

/** A tool's words end where ours go on. */
const withoutStop = (words: string): string => words.trim().replace(/\.+$/, '');

const changesOf = (stage: Stage): readonly Change[] => [
  ...new Set(stage.batches.flatMap((it) => it.ops.flatMap((op) => op.changes))),
];

const changesBehind = (op: Op, stage: Stage): readonly Change[] =>
  stage.batches.flatMap((it) => it.ops).find((it) => it.forward.includes(op))?.changes ?? [];

export const describe = (it: Change): string => `${it.action} of ${it.type} ${it.id}`;

/** Puts everything back and proves it by looking; returns the error to end with. */
async function undo(ran: readonly Stage[], plan: Plan, parts: ApplyParts, error: unknown): Promise<PipewrightError> {
  const first = error instanceof PipewrightError ? error : unforeseen(error);
  if (ran.length === 0) return first;
  parts.reporter.event({ type: 'undoing' });
  const complaints = await runBackwards(ran, parts.executor);
  const left = await look(plan, parts, complaints);
  parts.reporter.event({ type: 'undone', left });
  if (left.length === 0) return first;
  const what = withoutStop(first.message.replace(' Everything was put back as it was.', ''));
  return new PipewrightError(errors.undoFailed('The change', what), { cause: error, suppressed: left });
}

/** Goes on whatever happens: each part put back is one less that is not. */
async function runBackwards(ran: readonly Stage[], executor: Executor): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (const batches of undoBatches(ran))
    try {
      complaints.push(...(await executor.run(batches, { undo: true })).map((it) => it.message));
    } catch (error) {
      complaints.push(wordsOf(error));
    }
  return complaints;
}

const wordsOf = (error: unknown): string => withoutStop(error instanceof Error ? error.message : String(error));

const unforeseen = (cause: unknown): PipewrightError =>
  new PipewrightError(errors.applyFailed('The change', wordsOf(cause)), { cause });

/** Only what is seen counts: an op that failed to undo may have had nothing to undo. */
async function look(
  { topology, changes }: Plan,
  { before, observe }: ApplyParts,
  complaints: readonly string[],
): Promise<readonly Fault[]> {
  try {
    return leftBehind(topology, changes, before, await observe(), [...new Set(complaints)].join('; '));
  } catch (error) {
    return [errors.leftBehind('What was undone could not be looked at, whatever', wordsOf(error))];
  }
}
