import type { Executor, Fault, Journal, Ledger, Unfinished } from '@pipewright/plugin';
import { runFinals } from '../apply/finals.js';
import { touchedBy } from '../apply/left-behind.js';
import { type PutBack, putBack } from '../apply/put-back.js';
import { errors } from '../errors.js';

/** What became of a transaction that somebody else had begun. */
export interface Recovery extends PutBack {
  readonly of: Unfinished;
  /**
   * `undone`: all is as it was, `partly`: not all. `completed`: it was done but for its record. `gone`: with the last
   * boot. `untouched`: it is another namespace's.
   */
  readonly outcome: 'undone' | 'partly' | 'completed' | 'gone' | 'accepted' | 'untouched';
  /** How many things it changed, or may have. */
  readonly changes: number;
  /** Hosts that were not reached: each keeps its part, for whoever changes it next. */
  readonly away: readonly string[];
}

export interface RecoveryParts {
  readonly executor: Executor;
  readonly journal: Journal;
  readonly ledger: Ledger;
}

/** Undoes what was not committed, completes what was. May be ended at any point and begun anew. */
export async function recover(of: Unfinished, parts: RecoveryParts): Promise<Recovery> {
  const as = recoveryOf(of);
  if (of.where === 'elsewhere') return as('untouched');
  if (of.committed) {
    // What outlived the last boot, a container put aside, has still to go.
    const left = await runFinals(of.stages, parts.executor);
    if (left.length > 0) return as('partly', { left, leftAlone: [] });
  }
  if (of.committed || of.where === 'before-boot') {
    await close(of, parts);
    return as(of.where === 'before-boot' ? 'gone' : 'completed');
  }
  const { stages, away } = await parts.journal.standing(of);
  // Of another machine's record nothing is left to do where that is not reached: it is told, and stays.
  if (of.keptBy && away.length > 0) return as('partly', { left: away.map((it) => errors.hostAway(it)), leftAlone: [] });
  const done = await putBack(stages, of, parts.executor);
  if (done.left.length > 0) return as('partly', done);
  await close(of, parts, away);
  return { ...as('undone', done), away };
}

/** Takes the host as it is, whatever the transaction left of itself. */
export async function accept(of: Unfinished, parts: RecoveryParts): Promise<Recovery> {
  const as = recoveryOf(of);
  if (of.where === 'elsewhere') return as('untouched');
  const { away } = await parts.journal.standing(of);
  await close(of, parts, away);
  return { ...as('accepted'), away };
}

/** The journal last: as long as it is there, all is done again. */
async function close(of: Unfinished, { ledger, journal }: RecoveryParts, away: readonly string[] = []): Promise<void> {
  // What another machine keeps of it has no ledger here.
  if (!of.keptBy) await (of.committed ? ledger.settle(of.topology) : ledger.discard(of.topology));
  await journal.forget(of, away);
}

const recoveryOf =
  (of: Unfinished) =>
  (
    outcome: Recovery['outcome'],
    done: { readonly left: readonly Fault[]; readonly leftAlone: readonly Fault[] } = NOTHING,
  ): Recovery => ({
    of,
    outcome,
    changes: touchedBy(of.stages).size,
    away: [],
    ...done,
  });

const NOTHING = { left: [], leftAlone: [] };
