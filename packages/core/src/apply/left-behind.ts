import type { Change, Fault, Key, Observed } from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { refsOf } from '../diff/graph.js';
import { errors } from '../errors.js';

/** What is not as it was before: of the things a plan touched, of the topology's, and of all that is on either. */
export function leftBehind(
  topology: string,
  changes: readonly Change[],
  before: readonly Observed[],
  now: readonly Observed[],
  words: string,
): readonly Fault[] {
  const touched = new Set(changes.map((it) => it.key));
  const concerned = (all: readonly Observed[]): ReadonlyMap<Key, Observed> =>
    new Map(
      all
        .filter((it) => touched.has(it.key) || it.owner === topology || refsOf(it).some((key) => touched.has(key)))
        .map((it) => [it.key, it]),
    );
  const [was, is] = [concerned(before), concerned(now)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [old, present] = [was.get(key), is.get(key)];
    const it = old ?? present;
    if (!it || deepEqual(old?.attrs, present?.attrs)) return [];
    const how = old ? (present ? 'it is not as it was' : 'it is missing') : 'it is still there';
    return [errors.leftBehind(`${it.type} ${it.id}`, words || how)];
  });
}
