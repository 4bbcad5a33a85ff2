import {
  type Change,
  type Fault,
  type Key,
  type Observed,
  type Placement,
  placeKey,
  type Ref,
  type Resource,
  ref,
  type ResourceType,
  type Shelf,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { ResourceTypes } from '../registry/registry.js';
import { changeOf } from './change-of.js';
import { deepEqual } from './compare.js';
import { nameOf } from './name-of.js';
import { refsOf } from './graph.js';

/** Others' things that make room: those whose place a wanted one takes. */
export interface Aside {
  readonly changes: readonly Change[];
  /** By the key of the wanted one: what must be out of the way before it comes. */
  readonly rooms: ReadonlyMap<Key, readonly Ref[]>;
  readonly faults: ReadonlyMap<Key, readonly Fault[]>;
}

/** All of a kind that has a shelf, by place. */
type Shelved = (type: string, on: Placement) => readonly Observed[];

/** Puts aside what has the place of a wanted thing that is not there yet. */
export function putAside(
  desired: readonly Resource[],
  actual: readonly Observed[],
  topology: string,
  types: ResourceTypes,
): Aside {
  const found = new Map(actual.map((it) => [it.key, it]));
  const at = byPlace(actual, types);
  const changes: Change[] = [];
  const rooms = new Map<Key, readonly Ref[]>();
  const faults = new Map<Key, readonly Fault[]>();
  for (const wanted of desired) {
    const type = types.need(wanted.type);
    if (!type.shelf || wanted.adopt || found.get(wanted.key)?.owner === topology) continue;
    const { shelf } = type;
    const inPlace = at(wanted.type, wanted.on).filter(
      (it) => it.owner !== topology && !shelf.taken(it) && shelf.excludes(it, wanted),
    );
    const [first, ...more] = inPlace;
    if (!first) continue;
    const waiting = first.owner === undefined && more.length === 0 ? shelf.put(first) : undefined;
    if (!waiting) faults.set(wanted.key, [refusal(first, type)]);
    else {
      changes.push(...aside(first, waiting, wanted, found.get(waiting.key)));
      rooms.set(wanted.key, [ref(waiting)]);
    }
  }
  return { changes, rooms, faults };
}

function byPlace(actual: readonly Observed[], types: ResourceTypes): Shelved {
  const places = new Map<string, Observed[]>();
  const nameOf = (type: string, on: Placement): string => `${type} ${placeKey(on)}`;
  for (const it of actual) {
    if (!types.need(it.type).shelf) continue;
    const name = nameOf(it.type, it.on);
    const same = places.get(name);
    if (same) same.push(it);
    else places.set(name, [it]);
  }
  return (type, on) => places.get(nameOf(type, on)) ?? [];
}

const refusal = (it: Observed, type: ResourceType): Fault =>
  it.owner === undefined ? errors.notShelved(nameOf(it, type)) : errors.taken(nameOf(it, type), it.owner);

/** It goes at the last moment, when all that the wanted one needs is there. */
function aside(it: Observed, waiting: Resource, wanted: Resource, earlier: Observed | undefined): readonly Change[] {
  const needs = [...(waiting.needs ?? []), ...refsOf(wanted).map((key) => ({ ref: key }))];
  const fields = fieldsOf(it, waiting);
  return [
    ...(earlier ? [changeOf('delete', earlier, undefined, { reason: 'another waits in its stead' })] : []),
    changeOf('update', it, { ...waiting, needs }, { fields, reason: `waits while ${wanted.id} has its place` }),
  ];
}

const fieldsOf = (before: Resource, after: Resource): readonly string[] =>
  Object.keys(after.attrs).filter((field) => !deepEqual(before.attrs[field], after.attrs[field]));

/** What there will be. */
export interface Outcome {
  readonly wanted: ReadonlyMap<Key, Resource>;
  readonly found: ReadonlyMap<Key, Observed>;
  /** Keys of what is deleted or lost. */
  readonly gone: ReadonlySet<Key>;
}

/** Gives back the place of what waits, once nothing of ours has it. */
export function putBack({ wanted, found, gone }: Outcome, types: ResourceTypes): readonly Change[] {
  const among = new Map<Key, Resource>([...found, ...wanted]);
  for (const key of gone) if (!wanted.has(key)) among.delete(key);
  return [...found.values()].flatMap((waiting): readonly Change[] => {
    const { shelf } = types.need(waiting.type);
    const it = shelf?.taken(waiting);
    if (!shelf || !it || gone.has(waiting.key)) return [];
    const rivals = rivalsOf(it, among, shelf);
    if (rivals.some((rival) => wanted.has(rival.key) || 'owner' in rival)) return [];
    if (rivals.length > 0) return [changeOf('delete', waiting, undefined, { reason: 'another has its place' })];
    if (!shelf.fits(it, among)) return [];
    return [changeOf('update', waiting, it, { fields: fieldsOf(waiting, it), reason: 'has its place again' })];
  });
}

const rivalsOf = (it: Resource, among: ReadonlyMap<Key, Resource>, shelf: Shelf): readonly Resource[] =>
  [...among.values()].filter((other) => other.type === it.type && shelf.excludes(it, other));
