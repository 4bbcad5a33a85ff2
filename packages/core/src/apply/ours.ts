import type { Change, Key, Observed, Resource, Stage } from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { makersIn } from '../diff/graph.js';

/** Whose things are, as a look after a change has them. */
export interface Claim {
  readonly topology: string;
  /** What was made or is known to be the topology's; with attributes, where only these tell. */
  readonly applied: readonly Resource[];
}

/** By its mark, or where that does not say for which topology: as we made it, mark and all. */
export function oursBy({ topology, applied }: Claim): (found: Observed) => boolean {
  const made = byKey(applied);
  return (found) =>
    found.owner === topology ||
    (found.shared === true && made.get(found.key)?.shared === true) ||
    (found.owner === undefined && isAsMade(made.get(found.key)?.attrs ?? {}, found));
}

function isAsMade(given: Resource['attrs'], { attrs }: Observed): boolean {
  const fields = Object.entries(given);
  return fields.length > 0 && fields.every(([field, value]) => deepEqual(value, attrs[field]));
}

/** Whether what stands there came from elsewhere by our own hand: somebody else's thing that makes room, or has its place again. */
export function movedBy(stages: readonly Stage[], before: readonly Observed[]): (present: Observed) => boolean {
  const was = byKey(before);
  const moves = new Map(
    changesIn(stages).flatMap(({ key, from, fields }) =>
      from === undefined ? [] : [[key, { from, fields }] as const],
    ),
  );
  return ({ key, attrs }) => {
    const move = moves.get(key);
    const old = move && was.get(move.from);
    const stays = Object.entries(old?.attrs ?? {}).filter(([field]) => move?.fields.includes(field) !== true);
    return stays.length > 0 && stays.every(([field, value]) => deepEqual(value, attrs[field]));
  };
}

/** All that goes where these go: what is within them or in their namespaces, and their peers. */
export function alongWith(keys: Iterable<Key>, all: readonly Observed[]): ReadonlySet<Key> {
  const going = new Set(keys);
  if (going.size === 0) return going;
  const makerOf = makersIn(all);
  const holdersOf = ({ within = [], peer, on }: Observed): readonly (Key | undefined)[] => [
    ...within.map(({ ref }) => ref),
    peer?.ref,
    makerOf(on),
  ];
  for (let known = 0; known < going.size; ) {
    known = going.size;
    for (const it of all) if (holdersOf(it).some((key) => key !== undefined && going.has(key))) going.add(it.key);
  }
  return going;
}

/** Whether it is as it was. What nothing makes again may be gone as well: no undoing brings it back. */
export const isAlike = (old: Observed | undefined, present: Observed | undefined): boolean =>
  deepEqual(old?.attrs, present?.attrs) || (old?.irretrievable === true && !present);

/** What comes back nowhere, as it had lost its place before, and what was on that. */
export const straysIn = (before: readonly Observed[]): ReadonlySet<Key> =>
  alongWith(
    before.flatMap(({ key, stray }) => (stray ? [key] : [])),
    before,
  );

export const changesIn = (stages: readonly Stage[]): readonly Change[] =>
  stages.flatMap(({ batches }) =>
    batches.flatMap(({ ops }) => ops.flatMap(({ changes, bystander }) => (bystander ? [] : changes))),
  );

export const byKey = <R extends Resource>(all: readonly R[]): ReadonlyMap<Key, R> =>
  new Map(all.map((it) => [it.key, it]));
