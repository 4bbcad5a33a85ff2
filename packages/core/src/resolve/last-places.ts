import {
  isRef,
  type Key,
  type LedgerEntry,
  type NodeTarget,
  placeKey,
  type Placement,
  type Resource,
  type Survey,
} from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { placeMadeBy } from '../diff/graph.js';
import type { ResourceTypes } from '../registry/registry.js';

/** What was applied last, by the names that its places have today. */
export interface LastPlaces {
  readonly last: LedgerEntry;
  /** Where it was and no node of today is. */
  readonly left: readonly NodeTarget[];
}

/** Of containers by the names of nodes, where names of containers do not tell which is which any more. */
export interface ContainerIds {
  readonly then: ReadonlyMap<string, string>;
  readonly now: ReadonlyMap<string, string>;
}

const BY_NAMES: ContainerIds = { then: new Map(), now: new Map() };

/** Containers that nodes were and are not, or not by the same name; undefined: there are none. */
export function strayContainers(
  last: LedgerEntry | undefined,
  { nodes }: Pick<Survey, 'nodes'>,
  isAsked: (node: string) => boolean,
): ContainerIds | undefined {
  const found = new Map(nodes.flatMap(({ name, container: id }) => (id === undefined ? [] : [[name, id] as const])));
  const then = new Map(
    Object.entries(last?.containers ?? {}).filter(([node, id]) => isAsked(node) && found.get(node) !== id),
  );
  const ids = new Set(then.values());
  return then.size > 0 ? { then, now: new Map([...found].filter(([, id]) => ids.has(id))) } : undefined;
}

const byId =
  (ids: ReadonlyMap<string, string>) =>
  (it: NodeTarget): NodeTarget => {
    const id = ids.get(it.name);
    return id !== undefined && it.locator.by === 'container' ? { ...it, locator: { ...it.locator, name: id } } : it;
  };

/**
 * A node is a name for a place, and a text may give the name to another place and the place another name: what was applied
 * there stays where it is. A place that has no name any more is called by its old one, which another may have by now.
 */
export function lastPlaces(
  last: LedgerEntry,
  targets: { readonly then: readonly NodeTarget[]; readonly now: readonly NodeTarget[] },
  types: ResourceTypes,
  ids = BY_NAMES,
): LastPlaces {
  const [then, now] = [targets.then.map(byId(ids.then)), targets.now.map(byId(ids.now))];
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
  return { last: moves.size > 0 ? moved(last, moves, types) : last, left };
}

type Moves = ReadonlyMap<string, Placement>;

function moved(last: LedgerEntry, moves: Moves, types: ResourceTypes): LedgerEntry {
  const all = (resources: readonly Resource[]): readonly Resource[] =>
    resources.map((it) => {
      const makes = moves.get(placeMadeBy(it) ?? '')?.node;
      const runs = runsIn(it, types);
      const node = runs && moves.get(placeKey(runs.place))?.node;
      const on = moves.get(placeKey(it.on)) ?? it.on;
      const its = pointingTo(it, moves) as Resource;
      return {
        ...its,
        ...{ key: movedKey(it.key, moves), on },
        ...(makes === undefined ? {} : { makes }),
        ...(runs && node !== undefined ? { attrs: { ...its.attrs, [runs.by]: node } } : {}),
      };
    });
  return { ...last, resources: all(last.resources), replaced: all(last.replaced) };
}

/** Where what is the host's own runs, and by which of its attributes. */
export function runsIn(
  { type, on: { host }, attrs }: Pick<Resource, 'type' | 'on' | 'attrs'>,
  types: ResourceTypes,
): { readonly place: Placement; readonly by: string } | undefined {
  const { runsIn: by } = types.need(type);
  const node = by === undefined ? undefined : attrs[by];
  return by !== undefined && typeof node === 'string' ? { place: { host, node }, by } : undefined;
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
