import type { Key, Observed, PlannedOp, Stage } from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { type Comparison, keysOf } from './left-behind.js';
import { alongWith, byKey, isAlike, movedBy, oursBy, straysIn } from './ours.js';

export interface Guarded {
  /** What there is to undo, and may be. */
  readonly stages: readonly Stage[];
  /** What would have been removed, but is not ours. */
  readonly foreign: readonly Observed[];
}

type Verdict = 'needed' | 'done' | 'forbidden';

/**
 * Takes out of what is to be undone what the host as it is now shows to be as it was, and what by now is somebody
 * else's under the same name: a bridge that a user made a moment before we did.
 */
export function guard(stages: readonly Stage[], comparison: Comparison): Guarded {
  const removals = opsOf(stages).filter(isRemoval);
  const judges = judgesOf(comparison, stages, keysOf(removals.flatMap(({ changes }) => changes)));
  // What goes takes along what was put on it. Where it stands in the place of something old, all is put back then.
  const all = removals.some((op) => verdictOn(op, judges.removal) === 'needed' && op.half === 'new');
  const toDo = (op: PlannedOp): boolean => {
    if (!isRemoval(op))
      return (
        verdictOn(op, judges.restoring) === 'needed' || (all && !op.bystander && !isForbidden(op, judges.restoring))
      );
    // Of a namespace that is not there, the empty file may be that it would have been mounted on.
    return verdictOn(op, judges.removal) === 'needed' || (removesNamespace(op) && !isForbidden(op, judges.removal));
  };
  const kept = removals.flatMap((op) => op.changes.filter(({ key }) => judges.removal(key, op) === 'forbidden'));
  const foreign = new Set(kept.map(({ key }) => key));
  return { stages: withOnly(stages, toDo), foreign: comparison.now.filter(({ key }) => foreign.has(key)) };
}

/**
 * The same where the host cannot be looked at: all stages but the last were run to their end, so what they made is
 * ours. What the last one should have made may be anybody's.
 */
export const guardUnseen = (stages: readonly Stage[]): readonly Stage[] => [
  ...stages.slice(0, -1),
  ...withOnly(stages.slice(-1), (op) => !isRemoval(op)),
];

type Judge = (key: Key, op: PlannedOp) => Verdict;

function judgesOf(
  comparison: Comparison,
  stages: readonly Stage[],
  removed: ReadonlySet<Key>,
): { readonly removal: Judge; readonly restoring: Judge } {
  const [was, is] = [byKey(comparison.before), byKey(comparison.now)];
  const isOurs = oursBy(comparison);
  const wasMoved = movedBy(stages, comparison.before);
  const isAsBefore = (key: Key): boolean => {
    const [old, present] = [was.get(key), is.get(key)];
    return isAlike(old, present) && deepEqual(old?.peer, present?.peer);
  };
  const isNew = (it: Observed): boolean => removed.has(it.key) && !isAsBefore(it.key) && isOurs(it);
  // However like it is to what was there before: with the namespace that it is in, or its far end, it will be gone.
  const going = alongWith(
    comparison.now.filter(isNew).map(({ key }) => key),
    comparison.now,
  );
  const strays = straysIn(comparison.before);
  const isDone = (key: Key): boolean => isAsBefore(key) && !going.has(key);
  return {
    removal: (key) => {
      const [old, present] = [was.get(key), is.get(key)];
      if (!present || isDone(key)) return 'done';
      if (isOurs(present)) return 'needed';
      // It goes by itself, or stands where somebody else's stood before.
      return going.has(key) || (old && old.owner === undefined) ? 'done' : 'forbidden';
    },
    restoring: (key, { makesRoom }) => {
      const [old, present] = [was.get(key), is.get(key)];
      if (strays.has(key)) return 'forbidden';
      const isTheirs = present && !isOurs(present) && present.owner !== old?.owner && !wasMoved(present);
      if (isTheirs && !going.has(key) && !makesRoom) return 'forbidden';
      return isDone(key) ? 'done' : 'needed';
    },
  };
}

/** Undoing it removes what it made. */
const isRemoval = ({ changes, half }: PlannedOp): boolean =>
  half === 'new' || changes.some(({ action }) => action === 'create');

const removesNamespace = ({ inverse }: PlannedOp): boolean => inverse.some(({ op }) => op === 'namespace');

function verdictOn(op: PlannedOp, judge: Judge): Verdict {
  const verdicts = new Set([...keysOf(op.changes)].map((key) => judge(key, op)));
  return (['forbidden', 'needed', 'done'] as const).find((it) => verdicts.has(it)) ?? 'done';
}

const isForbidden = (op: PlannedOp, judge: Judge): boolean => verdictOn(op, judge) === 'forbidden';

const opsOf = (stages: readonly Stage[]): readonly PlannedOp[] =>
  stages.flatMap(({ batches }) => batches.flatMap(({ ops }) => ops));

const withOnly = (stages: readonly Stage[], isWanted: (op: PlannedOp) => boolean): readonly Stage[] =>
  stages.map(({ batches }) => ({ batches: batches.map(({ on, ops }) => ({ on, ops: ops.filter(isWanted) })) }));
