import {
  isRef,
  type Key,
  type LedgerEntry,
  type NodeTarget,
  placeKey,
  type Placement,
  type Resource,
} from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';

/** What was applied last, by the names that its places have today. */
export interface LastPlaces {
  readonly last: LedgerEntry;
  /** Where it was and no node of today is. */
  readonly left: readonly NodeTarget[];
}

/**
 * A node is a name for a place, and a text may give the name to another place and the place another name: what was applied
 * there stays where it is. A place that has no name any more is called by its old one, which another may have by now.
 */
export function lastPlaces(
  last: LedgerEntry,
  { then, now }: { readonly then: readonly NodeTarget[]; readonly now: readonly NodeTarget[] },
): LastPlaces {
  const used = new Set([...last.resources, ...last.replaced].map(({ on }) => placeKey(on)));
  const taken = new Set(now.map(({ name }) => name));
  const left: NodeTarget[] = [];
  const moves = new Map<string, Placement>();
  for (const old of then) {
    const { host, node } = old.on;
    if (node === undefined || !used.has(placeKey(old.on))) continue;
    const same = now.find((it) => it.on.host === host && deepEqual(it.locator, old.locator));
    const name = same ? same.name : taken.has(old.name) ? `${old.name} (before)` : old.name;
    const on = { host, node: name };
    if (!same) left.push({ ...old, name, on });
    if (name !== node) moves.set(placeKey(old.on), on);
  }
  return { last: moves.size > 0 ? moved(last, moves) : last, left };
}

type Moves = ReadonlyMap<string, Placement>;

function moved(last: LedgerEntry, moves: Moves): LedgerEntry {
  const all = (resources: readonly Resource[]): readonly Resource[] =>
    resources.map((it) => {
      const makes =
        it.makes === undefined ? undefined : moves.get(placeKey({ host: it.on.host, node: it.makes }))?.node;
      const on = moves.get(placeKey(it.on)) ?? it.on;
      const its = pointingTo(it, moves) as Resource;
      return { ...its, key: movedKey(it.key, moves), on, ...(makes === undefined ? {} : { makes }) };
    });
  return { ...last, resources: all(last.resources), replaced: all(last.replaced) };
}

/** The same value, with all that it refers to where that is now. */
function pointingTo(value: unknown, moves: Moves): unknown {
  if (Array.isArray(value)) return value.map((it) => pointingTo(it, moves));
  if (typeof value !== 'object' || value === null) return value;
  if (isRef(value)) return { ref: movedKey(value.ref, moves) };
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, pointingTo(it, moves)]));
}

/** `device:local/web/eth0`: what it is, where, and its name there. */
function movedKey(key: Key, moves: Moves): Key {
  const [, type = '', place = '', rest = ''] = /^([^:]*):([^/]*\/[^/]*)(.*)$/s.exec(key) ?? [];
  const on = moves.get(place);
  return on ? `${type}:${placeKey(on)}${rest}` : key;
}
