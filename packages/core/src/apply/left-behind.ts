import type { Change, Fault, Key, Observed, Stage } from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { refsOf } from '../diff/graph.js';
import { errors } from '../errors.js';
import { resourceWords } from './words.js';
import { byKey, changesIn, type Claim, movedBy, oursBy, straysIn } from './ours.js';

export const touchedBy = (stages: readonly Stage[]): ReadonlySet<Key> => keysOf(changesIn(stages));

/** Of what changes, also those it had. */
export const keysOf = (changes: readonly Change[]): ReadonlySet<Key> =>
  new Set(changes.flatMap(({ key, from }) => (from === undefined ? [key] : [key, from])));

/** What changes of these keys concern: the things themselves, all that is on them, and what else is the topology's. */
export const concernedBy = (
  touched: ReadonlySet<Key>,
  topology: string,
  all: readonly Observed[],
): readonly Observed[] =>
  all.filter((it) => touched.has(it.key) || it.owner === topology || refsOf(it).some((key) => touched.has(key)));

/** A host before and after something was to be undone. */
export interface Comparison extends Claim {
  readonly before: readonly Observed[];
  readonly now: readonly Observed[];
}

/** What is not as it was before. What others made meanwhile is theirs. */
export function leftBehind(stages: readonly Stage[], comparison: Comparison, words: string): readonly Fault[] {
  const { topology, before, now } = comparison;
  const touched = touchedBy(stages);
  const isOurs = oursBy(comparison);
  const wasMoved = movedBy(stages, before);
  const strays = straysIn(before);
  const concerned = (all: readonly Observed[]) => byKey(concernedBy(touched, topology, all));
  const [was, is] = [concerned(before), concerned(now)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [old, present] = [was.get(key), is.get(key)];
    const it = old ?? present;
    if (!it || deepEqual(old?.attrs, present?.attrs) || (!old && !isOurs(it) && !wasMoved(it))) return [];
    if (strays.has(key) && !present) return [];
    const how = old ? (present ? 'it is not as it was' : 'it is missing') : 'it is still there';
    return [errors.leftBehind(resourceWords(it), words || how)];
  });
}
