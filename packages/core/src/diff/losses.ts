import { type Change, type Key, type Observed, placeKey } from '@pipewright/plugin';
import type { ResourceTypes } from '../registry/registry.js';
import { placeMadeBy, usersOf } from './graph.js';

/** Something that an earlier change takes along. */
export interface Loss {
  readonly found: Observed;
  /** What is left of it; undefined: nothing. */
  readonly left: Observed | undefined;
  /** The thing it was lost with. */
  readonly cause: Observed;
}

/** It goes for good, and is of a kind that only who made it can make again: what has its key afterwards is another thing. */
export const isTheirs = (loss: Loss | undefined, types: ResourceTypes): boolean =>
  loss !== undefined &&
  !loss.left &&
  loss.found.owner === undefined &&
  !loss.found.shared &&
  types.need(loss.found.type).exclusive === true;

/**
 * All that goes, wholly or in part, when `gone` go: what is within them, and their peers, and so on. What is `moved`
 * takes its peer along and the devices on it, and loses what is configured on it; what is `changed` loses what cannot live
 * with the change.
 */
export function lossesOf(
  gone: readonly Observed[],
  actual: readonly Observed[],
  types: ResourceTypes,
  { moved = [], changed = [] }: { readonly moved?: readonly Observed[]; readonly changed?: readonly Change[] } = {},
): ReadonlyMap<Key, Loss> {
  const losses = new Map<Key, Loss>();
  if (gone.length + moved.length + changed.length === 0) return losses; // mostly: who uses what need not be known
  const users = usersOf(actual);
  const done = new Set([...gone, ...moved].map((it) => it.key));
  const stays = new Set(moved.map((it) => it.key));
  for (const change of changed)
    for (const user of users.get(change.key) ?? [])
      if (change.before && !done.has(user.key) && types.need(user.type).lostBy?.(user, change))
        losses.set(user.key, { found: user, left: undefined, cause: change.before });
  const queue = [...gone, ...moved, ...[...losses.values()].map(({ found }) => found)];
  for (let cause = queue.shift(); cause; cause = queue.shift())
    for (const user of users.get(cause.key) ?? []) {
      if (done.has(user.key) || (stays.has(cause.key) && types.need(user.type).exclusive)) continue;
      const found = losses.get(user.key)?.left ?? user;
      const left = remains(found, cause, types);
      if (left === found) continue;
      losses.set(user.key, { found: user, left, cause });
      if (left === undefined) {
        done.add(user.key);
        queue.push(user);
      }
    }
  return losses;
}

/** Within it, in its namespace or its peer: gone. Otherwise its own type knows what a lost reference leaves of it. */
function remains(found: Observed, cause: Observed, types: ResourceTypes): Observed | undefined {
  const dies =
    found.peer?.ref === cause.key ||
    placeMadeBy(cause) === placeKey(found.on) ||
    (found.within ?? []).some((it) => it.ref === cause.key);
  if (dies) return undefined;
  const without = types.need(found.type).without;
  return without ? without(found, cause) : found;
}
