import {
  type Batch,
  type Change,
  type Executor,
  type Fault,
  type Journal,
  type Ledger,
  type LedgerEntry,
  type Op,
  type OpFailure,
  PipewrightError,
  type Reporter,
  type Resource,
  type Transaction,
  type TransactionStart,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { DeviceKinds } from '../registry/registry.js';
import type { Plan, Stage } from '../stages.js';
import { atAnotherMac } from './announced.js';
import { describe, faultOf } from './fault-of.js';
import { runFinals } from './finals.js';
import { intentOf } from './intent.js';
import { type PutBack, putBack, putBackUnseen } from './put-back.js';
import { forwardBatches } from './undo.js';
import { resourceWords, withoutStop, wordsOf } from './words.js';

export interface ApplyParts {
  readonly executor: Executor;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly reporter: Reporter;
  readonly start: TransactionStart;
  readonly deviceKinds: Pick<DeviceKinds, 'get'>;
  /** All that is to be there afterwards. */
  readonly desired: readonly Resource[];
  /** What must hold afterwards: the changes that a fresh look still asks for. */
  readonly remaining: () => Promise<readonly Change[]>;
  /** What starts again, of these changes, what the plan has left alone and has ended. */
  readonly restarts: (remaining: readonly Change[]) => readonly Stage[];
  /** What it means that this was made and is missing. */
  readonly whyGone: (missing: Change) => Fault | undefined;
  /** Runs when all is as declared; what it throws undoes everything. Resolves to what later commands need to know. */
  readonly finish: () => Promise<LedgerEntry | undefined>;
  readonly signal: AbortSignal;
}

/**
 * Runs the stages; whatever fails before the commit, everything is put back as it was. Whatever fails after it is left
 * to the next command, and told.
 */
export async function apply(plan: Plan, parts: ApplyParts): Promise<readonly Fault[]> {
  const { executor, reporter, ledger } = parts;
  const transaction = await parts.journal.begin(parts.start, () => plan.stages.map(intentOf));
  const ran: Stage[] = [];
  let unheard: readonly Batch[] = [];
  try {
    for (const stage of plan.stages) await runStage(stage, ran, transaction, parts);
    reporter.event({ type: 'verifying' });
    const news = [...ran.flatMap(forwardBatches), ...atAnotherMac(plan.changes, parts.desired)];
    const [lost, found] = await Promise.all([
      executor.announce?.(news), // to a far host it goes along with the look
      plan.changes.length > 0 ? parts.remaining() : [],
    ]);
    unheard = lost ?? [];
    const remaining = await afterRestarts(found, ran, transaction, parts);
    if (remaining.length > 0) throw failureOn(remaining, (it) => unmet(it, parts));
    await ledger.prepare(plan.topology, await parts.finish());
    endWhereInterrupted(parts);
    await transaction.commit();
  } catch (error) {
    throw await undo(ran, transaction, parts, error);
  }
  const unsettled = await settle(ran, transaction, parts);
  if (unheard.length > 0) await executor.announce?.(unheard); // by now it is, or something is wrong with it
  reporter.event({ type: 'finished' });
  return unsettled;
}

/** What has ended as what it held was changed is started again, once; resolves to what remains then. */
async function afterRestarts(
  found: readonly Change[],
  ran: Stage[],
  transaction: Transaction,
  parts: ApplyParts,
): Promise<readonly Change[]> {
  const restarts = parts.restarts(found);
  for (const it of new Set(restarts.flatMap(changesOf)))
    parts.reporter.event({
      type: 'note',
      text: `${resourceWords(it)} ended as what it held was changed; it is started again`,
    });
  for (const stage of restarts) await runStage(stage, ran, transaction, parts);
  return restarts.length > 0 ? parts.remaining() : found;
}

/** What follows from something that has ended by itself goes without saying. */
function unmet(remaining: readonly Change[], { whyGone }: ApplyParts): Fault {
  const [ended] = remaining.flatMap((it) => whyGone(it) ?? []);
  return ended ?? errors.notConverged(remaining.map(describe));
}

async function runStage(stage: Stage, ran: Stage[], transaction: Transaction, parts: ApplyParts): Promise<void> {
  const { executor, reporter, signal } = parts;
  endWhereInterrupted(parts);
  await transaction.intend(intentOf(stage));
  const changes = changesOf(stage);
  reporter.event({ type: 'started', changes });
  ran.push(stage);
  const failures = await executor.run(forwardBatches(stage), { undo: false, stop: signal });
  const [first] = failures;
  if (!first) {
    reporter.event({ type: 'done', changes });
    return;
  }
  const faultBehind = ({ op, message }: OpFailure): Fault =>
    faultOf(changesBehind(op, stage), withoutStop(message), parts.deviceKinds);
  const fault = faultBehind(first);
  reporter.event({
    type: 'failed',
    fault: { ...fault, message: withoutEnd(fault.message) },
    changes: changesBehind(first.op, stage),
  });
  endWhereInterrupted(parts); // of what was in vain because of that, nobody needs to hear
  const byHost = new Map([...failures].reverse().map((it) => [it.op.on.host, faultBehind(it)]));
  throw new PipewrightError(fault, { cause: new Error(first.message), byHost });
}

function endWhereInterrupted({ signal }: ApplyParts): void {
  if (signal.aborted) throw new PipewrightError(errors.interrupted());
}

/** What is wrong with changes, all in all and on each host. */
function failureOn(changes: readonly Change[], faultOf: (its: readonly Change[]) => Fault): PipewrightError {
  const hosts = new Set(changes.map(({ on }) => on.host));
  const byHost = new Map([...hosts].map((host) => [host, faultOf(changes.filter(({ on }) => on.host === host))]));
  return new PipewrightError(faultOf(changes), { byHost });
}

const changesOf = (stage: Stage): readonly Change[] => [
  ...new Set(stage.batches.flatMap((it) => it.ops.flatMap((op) => op.changes))),
];

const changesBehind = (op: Op, stage: Stage): readonly Change[] =>
  stage.batches.flatMap((it) => it.ops).find((it) => it.forward.includes(op))?.changes ?? [];

async function settle(
  ran: readonly Stage[],
  transaction: Transaction,
  { executor, ledger, start }: ApplyParts,
): Promise<readonly Fault[]> {
  try {
    await ledger.settle(start.topology);
    const unfinal = await runFinals(ran, executor);
    if (unfinal.length > 0) {
      await transaction.close();
      return unfinal;
    }
    await transaction.forget();
    return [];
  } catch (error) {
    return [errors.notSettled(wordsOf(error))];
  }
}

/** Puts everything back and proves it by looking; returns the error to end with. */
async function undo(
  ran: readonly Stage[],
  transaction: Transaction,
  parts: ApplyParts,
  error: unknown,
): Promise<PipewrightError> {
  const first = error instanceof PipewrightError ? error : unforeseen(error);
  const { left, leftAlone } = ran.length === 0 ? NOTHING : await undoStages(ran, parts);
  const unforgotten = await drop(transaction, left.length === 0, parts);
  if (left.length === 0) return withSuppressed(first, [...leftAlone, ...unforgotten]);
  const what = withoutStop(withoutEnd(first.message));
  const suppressed = [...left, ...leftAlone, ...unforgotten];
  return new PipewrightError(errors.undoFailed('The change', what), {
    cause: error,
    suppressed,
    byHost: first.byHost,
  });
}

const NOTHING: PutBack = { left: [], leftAlone: [] };

async function undoStages(ran: readonly Stage[], { executor, reporter, start }: ApplyParts): Promise<PutBack> {
  reporter.event({ type: 'undoing' });
  const done = await putBack(ran, start, executor).catch((error: unknown) => putBackUnseen(ran, executor, error));
  reporter.event({ type: 'undone', left: done.left });
  return done;
}

/** What was prepared goes; what cannot go now does with the next command. */
async function drop(transaction: Transaction, all: boolean, { ledger, start }: ApplyParts): Promise<readonly Fault[]> {
  try {
    await ledger.discard(start.topology);
    await (all ? transaction.forget() : transaction.close());
    return [];
  } catch (error) {
    return [errors.notForgotten(wordsOf(error))];
  }
}

/** How it ended is not known before all is put back. */
const withoutEnd = (message: string): string => message.replace(' Everything was put back as it was.', '');

const unforeseen = (cause: unknown): PipewrightError =>
  new PipewrightError(errors.applyFailed('The change', wordsOf(cause)), { cause });

const withSuppressed = (error: PipewrightError, suppressed: readonly Fault[]): PipewrightError =>
  suppressed.length === 0
    ? error
    : new PipewrightError(error, {
        cause: error.cause,
        at: error.at,
        diagnostics: error.diagnostics,
        byHost: error.byHost,
        suppressed: [...error.suppressed, ...suppressed],
      });
