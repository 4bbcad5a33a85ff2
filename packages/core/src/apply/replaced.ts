import type { Change, Key, LedgerEntry, Observed, Resource } from '@pipewright/plugin';
import { configuredOn } from '../diff/moves.js';
import { lossesOf } from '../diff/losses.js';
import type { ResourceTypes } from '../registry/registry.js';
import type { Planned } from '../stages.js';

/**
 * What lasting things of a topology were before us: as remembered, by it or by another topology that had a hand in them
 * before, else as found, else as a new namespace has them. And what was moved: what it was, and what was configured on it.
 */
export function replacedBy(
  { desired, survey, plan }: Pick<Planned, 'desired' | 'survey' | 'plan'>,
  last: LedgerEntry | undefined,
  others: readonly Resource[],
  types: ResourceTypes,
): readonly Resource[] {
  const applied = new Set(last?.resources.map((it) => it.key));
  const found = survey.actual.filter((it) => !applied.has(it.key));
  const before = new Map([...survey.initial, ...found, ...others, ...(last?.replaced ?? [])].map((it) => [it.key, it]));
  return [
    ...desired.flatMap((it) => (types.need(it.type).lasting ? (before.get(it.key) ?? []) : [])),
    ...movedFrom(plan.changes, survey.actual, last?.replaced ?? [], types),
  ];
}

/** Of things that were moved now, as they were a moment ago; of those that were before, as remembered. */
export function movedFrom(
  changes: readonly Change[],
  actual: readonly Observed[],
  remembered: readonly Resource[],
  types: ResourceTypes,
): readonly Resource[] {
  const found = new Map(actual.map((it) => [it.key, it]));
  const arrived = changes.filter((it) => it.after?.moved);
  const sources = arrived.map(({ key, from = key }) => from); // by itself: what is lent in its place
  const fresh = sources.flatMap((key) => {
    const it = found.get(key);
    return it && !it.moved ? [it] : [];
  });
  const away = fresh.filter(({ key }) => arrived.some(({ from }) => from === key));
  const losses = away.length > 0 ? [...lossesOf([], actual, types, { moved: away }).values()] : [];
  const left = losses.flatMap((it) => (it.left === undefined && it.found.owner === undefined ? [it.found] : []));
  const home = changes.flatMap((it) => (it.before?.moved && !sources.includes(it.key) ? [it.key] : []));
  const old = withoutHomes(movedOnes(remembered, types), [...home, ...fresh.map(({ key }) => key)]);
  return [...old, ...fresh, ...left];
}

export const lastingOnes = (remembered: readonly Resource[], types: ResourceTypes): readonly Resource[] =>
  remembered.filter((it) => types.need(it.type).lasting === true);

/** What was moved, with what was on it: nothing else is remembered. */
const movedOnes = (remembered: readonly Resource[], types: ResourceTypes): readonly Resource[] =>
  remembered.filter((it) => types.need(it.type).lasting !== true);

/** Without what is where it was, and what was configured on that. */
export function withoutHomes(remembered: readonly Resource[], homes: readonly Key[]): readonly Resource[] {
  const gone = new Set(homes.flatMap((key) => [key, ...configuredOn(key, remembered).map((it) => it.key)]));
  return remembered.filter((it) => !gone.has(it.key));
}
