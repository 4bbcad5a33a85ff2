import {
  type Change,
  type Diagnostic,
  type Fault,
  type Key,
  type Observed,
  type Path,
  PipewrightError,
  problem,
  type Resource,
  type ResourceType,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import { changeOf } from './change-of.js';
import { compare, deepEqual } from './compare.js';
import { makersIn } from './graph.js';
import { givenBack } from './give-back.js';
import { type Loss, isTheirs, lossesOf } from './losses.js';
import { arrival, type Relocations, relocations } from './moves.js';
import { nameOf } from './name-of.js';
import { strangersOn, unusedShared } from './shared.js';
import { type Aside, putAside, putBack as backFromShelf } from './shelve.js';

export interface Changes {
  readonly changes: readonly Change[];
  /** Differences that change nothing: attributes that counted at creation only. */
  readonly notes: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What cannot be done of it, where no text has a place for complaints. */
export function refuseFirst({ diagnostics }: Changes): void {
  const [first] = diagnostics;
  if (first) throw new PipewrightError(first);
}

/** What is compared, and what more is known of it. */
export interface DiffInput {
  readonly topology: string;
  readonly desired: readonly Resource[];
  readonly actual: readonly Observed[];
  /** Which of the actual resources a command answers for: those it may delete. */
  readonly scope: (found: Observed) => boolean;
  /** What was applied last, as far as the command answers for it. */
  readonly applied: readonly Resource[];
  /** What lasting things were before us. */
  readonly replaced: readonly Resource[];
  /** Of this and other topologies, in namespaces that nobody looked into; of others, also what lasts on the host. */
  readonly unseen: readonly Resource[];
  /** Where in the file each resource comes from. */
  readonly origins?: ReadonlyMap<Key, Path>;
  /** What is ours and made anew as it is. */
  readonly anew?: ReadonlySet<Key>;
}

type Types = Pick<Registries, 'types' | 'deviceKinds'>;

/**
 * What must change so that `actual` becomes `desired`. First each thing by itself; then what goes along with what is
 * deleted or replaced is planned anew, foreign things on replaced devices too; then what nobody declares any more.
 */
export function diff(all: DiffInput, registries: Types): Changes {
  const { topology, desired, origins } = all;
  const wanted = new Map(desired.map((it) => [it.key, it]));
  const actual = lastingOnes(all, wanted, registries);
  const input = { ...all, actual };
  const found = new Map(actual.map((it) => [it.key, it]));
  const aside = putAside(desired, actual, topology, registries.types);
  const moves = relocations(input, registries.types);
  const away = new Set(moves.left.map((it) => it.key));
  const home = new Set(moves.homeward.map((it) => it.key));
  const own = desired.map((it) =>
    judge(it, away.has(it.key) ? undefined : found.get(it.key), { aside, moves, home }, input, registries),
  );
  const direct = own.flatMap((it) => it.changes);
  const { deletions: undeclaredOnes, putBack } = undeclared(input, wanted, registries);
  const leaving = { wanted, deletions: undeclaredOnes, direct: [...direct, ...moves.homeward] };
  const deletions = [...undeclaredOnes, ...unusedShared({ ...input, ...leaving })];
  const replaced = direct.filter((it) => ['replace', 'delete'].includes(it.action));
  const gone = [...replaced, ...deletions].flatMap((it) => it.before ?? []);
  const changed = direct.filter((it) => it.action === 'update');
  const losses = lossesOf(gone, actual, registries.types, { moved: moves.left, changed });
  const goes = goneKeys(deletions, losses);
  const waiting = new Map(aside.changes.flatMap(({ before, after }) => (before && after ? [[before.key, after]] : [])));
  return {
    changes: [
      ...deletions,
      ...moves.homeward,
      ...putBack.map((it) => endedOrPutBack(it, losses)),
      ...aside.changes.filter(({ before }) => !goes.has(before?.key ?? '')),
      ...withLosses(direct, wanted, losses, registries),
      ...givenBack(
        { wanted, found, losses, deletions: [...deletions, ...putBack], away, home, aside: waiting },
        registries.types,
      ),
      ...moves.restored,
      ...backFromShelf({ wanted, found, gone: goes }, registries.types),
    ],
    notes: own.flatMap((it) => it.notes),
    diagnostics: [
      ...own.flatMap(({ faults }, index) =>
        faults
          .filter(
            ({ code }) =>
              code !== errors.taken.code || !isTheirs(losses.get(desired[index]?.key ?? ''), registries.types),
          )
          .map((fault) => located(fault, desired[index], origins)),
      ),
      ...moves.homeless.map((fault) => problem(fault, [])),
    ],
  };
}

/** What a program or a device of ours has made goes before all else comes, where that is ended or made anew. */
function lastingOnes(
  { topology, actual, scope }: DiffInput,
  wanted: ReadonlyMap<Key, Resource>,
  { types, deviceKinds }: Types,
): readonly Observed[] {
  const makers = new Set(actual.flatMap(({ madeBy }) => madeBy?.ref ?? []));
  if (makers.size === 0) return actual;
  const ends = (it: Observed): boolean => {
    const after = wanted.get(it.key);
    if (!after) return it.owner === topology && scope(it);
    const { fixed, inPlace } = compare(after, it, types.need(it.type), deviceKinds);
    return fixed.length + inPlace.length > 0;
  };
  const ending = new Set(actual.filter((it) => makers.has(it.key) && ends(it)).map(({ key }) => key));
  return actual.filter(({ madeBy }) => !ending.has(madeBy?.ref ?? ''));
}

function located(fault: Fault, wanted: Resource | undefined, origins: DiffInput['origins']): Diagnostic {
  const found = problem(fault, origins?.get(wanted?.key ?? '') ?? []);
  return wanted?.adopt ? { ...found, missing: wanted.key } : found;
}

/** What lasts as long as its place, and goes with that, is as it was before us in the next one; undone, it is there again. */
const endedOrPutBack = (it: Change, losses: ReadonlyMap<Key, Loss>): Change => {
  const { found, left } = losses.get(it.key) ?? {};
  return found && !left ? changeOf('delete', found, undefined, { reason: 'not declared any more' }) : it;
};

const goneKeys = (deletions: readonly Change[], losses: ReadonlyMap<Key, Loss>): ReadonlySet<Key> =>
  new Set([...deletions.map((it) => it.key), ...[...losses].flatMap(([key, { left }]) => (left ? [] : [key]))]);

/** What is ours and declared no more: deleted, or where it lasts and so does its place, as it was before us. */
function undeclared(
  { topology, actual, scope, replaced, unseen }: DiffInput,
  wanted: ReadonlyMap<Key, Resource>,
  { types }: Types,
): { readonly deletions: readonly Change[]; readonly putBack: readonly Change[] } {
  const reason = 'not declared any more';
  const before = new Map(replaced.map((it) => [it.key, it]));
  const all = actual.filter((it) => it.owner === topology && scope(it) && !wanted.has(it.key) && !it.moved);
  const closing = makersIn(all);
  const gone = new Set(all.map((it) => it.key));
  const goesAlong = (it: Observed): boolean =>
    closing(it.on) !== undefined || (it.within ?? []).some(({ ref }) => gone.has(ref));
  const lasts = (it: Observed): boolean => types.need(it.type).lasting === true && !goesAlong(it);
  // Whoever needs it last puts it back.
  const needed = new Set(unseen.filter(({ on }) => on.node === undefined).map(({ key }) => key));
  return {
    deletions: all.filter((it) => !lasts(it)).map((it) => changeOf('delete', it, undefined, { reason })),
    putBack: all
      .filter((it) => lasts(it) && !needed.has(it.key))
      .flatMap((it) => {
        const old = before.get(it.key) ?? types.need(it.type).byItself?.(it);
        const fields = Object.keys(old?.attrs ?? {}).filter((field) => !deepEqual(old?.attrs[field], it.attrs[field]));
        return old && fields.length > 0 ? [changeOf('update', it, old, { fields, reason })] : [];
      }),
  };
}

interface Verdict {
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  readonly faults: readonly Fault[];
}

const verdict = (...changes: readonly Change[]): Verdict => ({ changes, notes: [], faults: [] });

/** What others do that makes a difference to what is wanted. */
interface Surroundings {
  readonly aside: Aside;
  readonly moves: Relocations;
  /** What is where it came from before all else comes. */
  readonly home: ReadonlySet<Key>;
}

function judge(
  wanted: Resource,
  found: Observed | undefined,
  { aside: { rooms, faults }, moves, home }: Surroundings,
  input: DiffInput,
  registries: Types,
): Verdict {
  const { topology } = input;
  const type = registries.types.need(wanted.type);
  const name = nameOf(wanted, type);
  if (wanted.adopt) return found || home.has(wanted.key) ? verdict() : refused(errors.adoptMissing(name));
  if (faults.has(wanted.key)) return { ...verdict(), faults: faults.get(wanted.key) ?? [] };
  if (moves.sources.has(wanted.key)) return judgeMoved(wanted, found, moves, topology, type);
  const room = rooms.get(wanted.key);
  if (room) return verdict(changeOf('create', undefined, { ...wanted, needs: [...(wanted.needs ?? []), ...room] }));
  if (!found) return verdict(changeOf('create', undefined, wanted));
  const isOurs = found.owner === topology;
  // What was this topology's alone becomes everybody's, and the other way where nobody else is on it.
  if (wanted.shared && (!isOurs || found.shared)) return judgeShared(wanted, found, name, registries);
  const strangers = found.shared && !wanted.shared ? strangersOn(found, topology, input) : [];
  if (strangers.length > 0) return refused(errors.sharedWithOthers(name, strangers));
  if (type.exclusive && !isOurs && !found.shared)
    return refused(errors.taken(name, found.owner, wanted.on.node !== undefined));
  // It goes before that is made again: a program may keep a namespace alive that nobody finds any more, and a nic in it.
  if (found.stray)
    return verdict(changeOf('replace', found, wanted, { fields: [], reason: 'it outlived what it was for' }));
  if (input.anew?.has(wanted.key))
    return verdict(changeOf('replace', found, wanted, { fields: [], reason: 'to be made anew' }));
  return judgeFound((wanted.moved && type.moves?.made(wanted, found)) ?? wanted, found, type, registries);
}

/** What has parts is long, and may hold secrets. */
const asFound = (value: unknown): string =>
  typeof value === 'object' && value !== null ? 'is not as declared' : `is ${String(value)}`;

function judgeFound(wanted: Resource, found: Observed, type: ResourceType, registries: Types): Verdict {
  const difference = compare(wanted, found, type, registries.deviceKinds);
  const notes = difference.initial.map(
    (field) => `${wanted.id}: ${field} ${asFound(found.attrs[field])}; it counts at creation only`,
  );
  const misplaced = wanted.peer !== undefined && !deepEqual(wanted.peer, found.peer);
  const fields = [...difference.fixed, ...difference.inPlace];
  if (misplaced)
    return {
      ...verdict(changeOf('replace', found, wanted, { fields, reason: 'its far end is missing or elsewhere' })),
      notes,
    };
  if (difference.fixed.length > 0) return { ...verdict(changeOf('replace', found, wanted, { fields })), notes };
  const { lacks } = found;
  const why = lacks === undefined ? type.ending?.(found) : `${lacks} is missing`;
  const reason = why === undefined ? {} : { reason: why };
  if (lacks !== undefined && type.outlives)
    return { ...verdict(changeOf('replace', found, wanted, { fields, ...reason })), notes };
  const changes =
    fields.length > 0 || lacks !== undefined ? [changeOf('update', found, wanted, { fields, ...reason })] : [];
  return { ...verdict(...changes), notes };
}

/** Moved to where nothing is, or what we made ourselves and is not wanted there any more. */
function judgeMoved(
  wanted: Resource,
  found: Observed | undefined,
  { sources, faults }: Relocations,
  topology: string,
  type: ResourceType,
): Verdict {
  const source = sources.get(wanted.key);
  const isInPlace = found !== undefined && source?.key === found.key && found.owner === undefined;
  if (found && !isInPlace && found.owner !== topology) return refused(errors.taken(nameOf(wanted, type), found.owner));
  if (!source) return { ...verdict(), faults: faults.get(wanted.key) ?? [] };
  if (isInPlace) return verdict(arrival(wanted, source, type));
  const gone = found ? [changeOf('delete', found, undefined, { reason: `makes room for ${wanted.id}` })] : [];
  return verdict(...gone, arrival(wanted, source, type));
}

/** As it is, whoever's it is, so long as it is what is wanted at all. One that we made is up, as else nobody is reached by it. */
function judgeShared(wanted: Resource, found: Observed, name: string, { types, deviceKinds }: Types): Verdict {
  const { fixed, inPlace } = compare(wanted, found, types.need(wanted.type), deviceKinds);
  const [field] = fixed;
  if (field !== undefined)
    return refused(errors.sharedOtherwise(name, field, String(wanted.attrs[field]), String(found.attrs[field])));
  if (!found.shared || !inPlace.includes('up')) return verdict();
  const after = { ...wanted, attrs: { ...found.attrs, up: wanted.attrs['up'] } };
  return verdict(changeOf('update', found, after, { fields: ['up'] }));
}

const refused = (fault: Fault): Verdict => ({ ...verdict(), faults: [fault] });

/** Wanted things that go along with a replaced or deleted one are made anew in the same plan. */
function withLosses(
  direct: readonly Change[],
  wanted: ReadonlyMap<Key, Resource>,
  losses: ReadonlyMap<Key, Loss>,
  registries: Types,
): readonly Change[] {
  const untouched = direct.filter((it) => !losses.has(it.key));
  const again = [...losses.values()].flatMap((loss) => {
    const { found, left, cause } = loss;
    const after = wanted.get(found.key);
    if (!after || after.adopt) return [];
    const reason = `goes with ${cause.id}`;
    if (isTheirs(loss, registries.types)) return [changeOf('create', undefined, after)];
    if (!left) return [changeOf('replace', found, after, { reason })];
    const type = registries.types.need(after.type);
    // What it must become, and what it must become again.
    const both = [found, left].map((it) => compare(after, it, type, registries.deviceKinds));
    const fields = [...new Set(both.flatMap(({ fixed, inPlace }) => [...fixed, ...inPlace]))];
    const action = both.some(({ fixed }) => fixed.length > 0) ? 'replace' : 'update';
    return fields.length > 0 ? [changeOf(action, found, after, { fields, reason })] : [];
  });
  return inOrder([...untouched, ...again], [...wanted.keys()]);
}

function inOrder(changes: readonly Change[], keys: readonly Key[]): readonly Change[] {
  const rank = new Map(keys.map((key, index) => [key, index]));
  return [...changes].sort((a, b) => (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0));
}
