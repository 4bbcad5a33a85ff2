import {
  type Change,
  type Fault,
  type Key,
  type Observed,
  type Origin,
  type Resource,
  type ResourceType,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { ResourceTypes } from '../registry/registry.js';
import { changeOf } from './change-of.js';
import { deepEqual } from './compare.js';
import { refsOf } from './graph.js';

/** What is neither made nor removed, but moved. */
export interface Relocations {
  /** What goes back to where it came from, before all that is made. */
  readonly homeward: readonly Change[];
  /** By the key of what is wanted: what is moved there; undefined: it is there. */
  readonly sources: ReadonlyMap<Key, Observed | undefined>;
  /** Of what is wanted. */
  readonly faults: ReadonlyMap<Key, readonly Fault[]>;
  /** Somebody else has the place of one that is to go back. */
  readonly homeless: readonly Fault[];
  /** As they were found where they are not any more: what is configured on them stays behind. */
  readonly left: readonly Observed[];
  /** What was configured on those that go back, before they were moved. */
  readonly restored: readonly Change[];
}

export interface Situation {
  readonly topology: string;
  readonly desired: readonly Resource[];
  readonly actual: readonly Observed[];
  readonly scope: (found: Observed) => boolean;
  readonly replaced: readonly Resource[];
}

export function relocations(situation: Situation, types: ResourceTypes): Relocations {
  const { desired, actual, replaced } = situation;
  const leaving = actual.filter((it) => leaves(it, situation, types));
  const found = new Map(actual.map((it) => [it.key, it]));
  const homeward = leaving.flatMap((it) => homewardChange(it, replaced, types));
  const backInPlace = new Set(homeward.flatMap(({ key, from }) => (from === key ? [key] : [])));
  const taken = homeward.filter(({ key, from }) => from !== undefined && found.has(key) && key !== from);
  const homes = homeward.flatMap(({ after, before }) => (after && before ? [{ ...after, moved: before.moved }] : []));
  const among = [...actual.filter((it) => !leaving.includes(it)), ...homes] as readonly Observed[];
  const moving = desired.filter((it) => it.moved);
  const sources = new Map(
    moving.filter((it) => !stays(found.get(it.key), it, situation)).map((it) => [it.key, sourceOf(it, among, types)]),
  );
  const missing = moving.filter((it) => sources.has(it.key) && sources.get(it.key) === undefined);
  const leftAt = [...sources].flatMap(([key, it]) => (it && it.key !== key && found.has(it.key) ? [it] : []));
  const gone = new Set([...sources.values()].flatMap((it) => it?.key ?? []));
  return {
    homeward,
    sources,
    faults: new Map(missing.map((it) => [it.key, [errors.nothingToMove(it.id, originName(it.moved))]])),
    homeless: taken.map((it) => errors.homeTaken(it.before?.id ?? it.id, it.id)),
    left: [...leaving.filter((it) => !backInPlace.has(it.key)), ...leftAt],
    restored: homeward
      .filter(({ key }) => !gone.has(key))
      .flatMap(({ key }) => configuredOn(key, replaced))
      .filter((it) => !found.has(it.key) && types.need(it.type).comesAlong?.(it) !== true)
      .map((it) => changeOf('create', undefined, it, { reason: 'as it was before' })),
  };
}

/** Ours, moved, and not where it is wanted from the same origin. */
function leaves(it: Observed, { topology, desired, scope, replaced }: Situation, types: ResourceTypes): boolean {
  if (!it.moved || it.owner !== topology || !scope(it)) return false;
  if (!rememberedOf(it, replaced) && types.need(it.type).moves?.isGenuine(it) !== true) return false;
  return !desired.some((wanted) => wanted.key === it.key && wanted.moved && isFrom(it, wanted.moved, replaced));
}

const stays = (found: Observed | undefined, { moved }: Resource, { topology, replaced }: Situation): boolean =>
  found?.moved !== undefined && found.owner === topology && moved !== undefined && isFrom(found, moved, replaced);

function isFrom(found: Observed, { name, mac }: Origin, replaced: readonly Resource[]): boolean {
  if (name !== undefined) return found.moved?.name === name;
  return [found.attrs['mac'], rememberedOf(found, replaced)?.attrs['mac']].includes(mac?.toLowerCase());
}

const rememberedOf = ({ type, moved }: Observed, replaced: readonly Resource[]): Resource | undefined =>
  replaced.find((it) => it.type === type && it.attrs['name'] === moved?.name);

const originName = ({ name, mac }: Origin = {}): string => name ?? mac ?? '';

function sourceOf(wanted: Resource, among: readonly Observed[], types: ResourceTypes): Observed | undefined {
  return types.need(wanted.type).moves?.source(wanted, among);
}

function homewardChange(it: Observed, replaced: readonly Resource[], types: ResourceTypes): readonly Change[] {
  const home = types.need(it.type).moves?.home(it, replaced);
  if (!home) return [];
  const how = { fields: differing(it, home), reason: 'goes back to the host' };
  return [{ ...changeOf('update', it, home, how), from: it.key }]; // also in its place: by that it is told for a move
}

/** Of either: what one has and the other has not differs, too. */
const differing = (one: Resource, other: Resource): readonly string[] =>
  [...new Set([...Object.keys(one.attrs), ...Object.keys(other.attrs)])].filter(
    (field) => !deepEqual(one.attrs[field] ?? null, other.attrs[field] ?? null),
  );

/** What was remembered of a thing, apart from itself. */
export const configuredOn = (key: Key, replaced: readonly Resource[]): readonly Resource[] =>
  replaced.filter((it) => it.key !== key && refsOf(it).includes(key));

/** The change by which something becomes what is wanted by moving there. */
export function arrival(wanted: Resource, source: Observed, type: ResourceType): Change {
  const after = type.moves?.made(wanted, source) ?? wanted;
  const fields = Object.keys(after.attrs).filter((field) => !deepEqual(after.attrs[field], source.attrs[field]));
  return changeOf('update', source, after, { fields });
}

/** A move back to where it came from: out of the way before anything is made. */
export const isHomeward = ({ action, before, after, from }: Change): boolean =>
  action === 'update' && from !== undefined && before?.moved !== undefined && after?.moved === undefined;
