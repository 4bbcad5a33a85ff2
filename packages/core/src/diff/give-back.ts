import type { Change, Key, Observed, Resource, Surroundings } from '@pipewright/plugin';
import type { ResourceTypes } from '../registry/registry.js';
import { changeOf } from './change-of.js';
import { deepEqual } from './compare.js';
import { attributeRefs, makersIn } from './graph.js';
import { isTheirs, type Loss } from './losses.js';

interface Situation {
  readonly wanted: ReadonlyMap<Key, Resource>;
  readonly found: ReadonlyMap<Key, Observed>;
  readonly losses: ReadonlyMap<Key, Loss>;
  readonly deletions: readonly Change[];
  /** Keys of what has moved away. */
  readonly away: ReadonlySet<Key>;
  /** Keys of what was lent, and is given back by a change of its own. */
  readonly home: ReadonlySet<Key>;
  /** What makes room, as it waits; by the keys that it has now. */
  readonly aside: ReadonlyMap<Key, Resource>;
}

/** Where a router has learned thousands of routes, each of them asks what is on its device. */
class WhatIsThere implements Surroundings {
  readonly #byKey = new Map<Key, Resource>();
  readonly #on = new Map<string, Resource[]>();

  constructor(all: Iterable<Resource>) {
    for (const it of all) this.add(it);
  }

  add(it: Resource): void {
    this.#byKey.set(it.key, it);
    for (const { ref } of attributeRefs(it.attrs)) {
      const place = `${it.type} ${ref}`;
      const known = this.#on.get(place);
      if (known) known.push(it);
      else this.#on.set(place, [it]);
    }
  }

  get(key: Key): Resource | undefined {
    return this.#byKey.get(key);
  }

  on(key: Key, type: string): readonly Resource[] {
    return this.#on.get(`${type} ${key}`) ?? [];
  }
}

/** Others' things (a user's address on our nic) that are lost, and whose place will be there again, are given back. */
export function givenBack(
  { wanted, found, losses, deletions, away, home, aside }: Situation,
  types: ResourceTypes,
): readonly Change[] {
  if (losses.size === 0) return [];
  const gone = new Set(deletions.map((it) => it.key));
  const isOurs = (key: Key): boolean => wanted.has(key) || gone.has(key) || home.has(key);
  const makerOf = makersIn([...found.values()]);
  const stays = new Map<Key, Resource>([...found, ...wanted]);
  const isOfOthers = (key: Key): boolean => isTheirs(losses.get(key), types);
  for (const key of [...gone, ...losses.keys(), ...away]) if (!wanted.has(key) || isOfOthers(key)) stays.delete(key);
  const among = new WhatIsThere(stays.values());
  // Where all is undone, but for what only others can make: on the nic that an engine gives a container when it starts again
  // there is what that gives it, perhaps with another address.
  const before = new WhatIsThere(
    [...found.values()].filter(
      ({ key, type }) => !(losses.has(key) && types.need(type).exclusive) || (isOurs(key) && !isOfOthers(key)),
    ),
  );
  // What a program or a device made goes with it, and comes again as that makes it.
  const isMadeAnew = ({ madeBy }: Observed): boolean => madeBy !== undefined && losses.has(madeBy.ref);
  // What is stray had lost its place before.
  const lostNow = [...losses.values()].filter(({ found: { stray } }) => !stray);
  const waits = lostNow.flatMap(({ found: lost, left, cause }) => {
    const waiting = left ? undefined : aside.get(lost.key);
    const after = waiting && again({ ...lost, ...waiting }, undefined, among, types);
    const reason = `not ours; goes with ${cause.id} and waits`;
    return after ? [changeOf('create', undefined, { ...waiting, ...after }, { reason })] : [];
  });
  const others = lostNow.flatMap(({ found: lost, left, cause }) => {
    if (isOurs(lost.key) || isMadeAnew(lost)) return [];
    const maker = makerOf(lost.on);
    const hasPlace = !aside.has(lost.key) && (maker === undefined || among.get(maker) !== undefined);
    const after = hasPlace && again(lost, left, among, types);
    const fields = left ? Object.keys(lost.attrs).filter((it) => !deepEqual(lost.attrs[it], left.attrs[it])) : [];
    // It goes for good, but not if the change is undone: then all it is on is there again.
    if (!after) {
      if (!again(lost, left, before, types)) return [];
      const reason = `not ours; goes with ${cause.id}`;
      return [
        left ? changeOf('update', lost, left, { reason, fields }) : changeOf('delete', lost, undefined, { reason }),
      ];
    }
    among.add(after);
    const reason = `not ours; goes with ${cause.id} and is given back`;
    return [left ? changeOf('update', lost, after, { reason, fields }) : changeOf('replace', lost, after, { reason })];
  });
  return [...waits, ...others];
}

/** As it can be there again; undefined where what it needs will not be. */
function again(
  lost: Observed,
  left: Observed | undefined,
  among: Surroundings,
  types: ResourceTypes,
): Observed | undefined {
  const { exclusive, comesAlong, giveBack } = types.need(lost.type);
  if (comesAlong?.(lost)) return undefined; // who made it makes it again, if it still holds
  if (!left && exclusive) return undefined; // a device or namespace of others: we know too little to make it
  if (!attributeRefs(lost.attrs).every(({ ref }) => among.get(ref) !== undefined)) return undefined;
  if (lost.peer && (among.get(lost.peer.ref)?.peer?.ref ?? '') !== lost.key) return undefined;
  if (giveBack) return giveBack(lost, among);
  return (lost.within ?? []).every(({ ref }) => among.get(ref) !== undefined) ? lost : undefined;
}
