import type { Change, Fault, Key, Observed, Stage } from '@pipewright/plugin';
import { refsOf } from '../diff/graph.js';
import { errors } from '../errors.js';
import { resourceWords } from './words.js';
import { alongWith, byKey, changesIn, type Claim, isAlike, movedBy, oursBy, straysIn } from './ours.js';

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
  const asMade = alongWith(madeByOthers(changesIn(stages), before), before);
  const concerned = (all: readonly Observed[]) => byKey(concernedBy(touched, topology, all));
  const [was, is] = [concerned(before), concerned(now)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [old, present] = [was.get(key), is.get(key)];
    const it = old ?? present;
    if (!it || isAlike(old, present) || (!old && !isOurs(it) && !wasMoved(it))) return [];
    if (strays.has(key) && !present) return [];
    if (asMade.has(key) && ![old, present].some((each) => each && isOurs(each))) return [];
    const how = old ? (present ? 'it is not as it was' : 'it is missing') : 'it is still there';
    return [errors.leftBehind(resourceWords(it), words || how)];
  });
}

/**
 * What went along with something of ours, and had the key of what we made in its stead: a nic that an engine gives a
 * container. Who made it makes it again, as it then comes.
 */
function madeByOthers(changes: readonly Change[], before: readonly Observed[]): readonly Key[] {
  const created = new Set(changes.flatMap(({ action, key }) => (action === 'create' ? [key] : [])));
  const ours = new Set(changes.flatMap((it) => (it.before ? [it.before.key] : [])));
  return before.flatMap(({ key, owner }) => (owner === undefined && created.has(key) && !ours.has(key) ? [key] : []));
}
