import {
  type Change,
  type Diagnostic,
  type Fault,
  type Key,
  type Observed,
  type Path,
  problem,
  type Resource,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import { changeOf } from './change-of.js';
import { compare, deepEqual } from './compare.js';
import { givenBack } from './give-back.js';
import { type Loss, lossesOf } from './losses.js';

export interface Changes {
  readonly changes: readonly Change[];
  /** Differences that change nothing: attributes that counted at creation only. */
  readonly notes: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Which of the actual resources a command answers for: those it may delete. */
export type Scope = (found: Observed) => boolean;

/**
 * What must change so that `actual` becomes `desired`. First each thing by itself; then what goes along with what is
 * deleted or replaced is planned anew, foreign things on replaced devices too; then what nobody declares any more.
 */
export function diff(
  topology: string,
  desired: readonly Resource[],
  actual: readonly Observed[],
  scope: Scope,
  registries: Pick<Registries, 'types' | 'deviceKinds'>,
  origins: ReadonlyMap<Key, Path> = new Map(),
): Changes {
  const found = new Map(actual.map((it) => [it.key, it]));
  const wanted = new Map(desired.map((it) => [it.key, it]));
  const own = desired.map((it) => judge(it, found.get(it.key), topology, registries));
  const direct = own.flatMap((it) => it.change ?? []);
  const deletions = actual
    .filter((it) => it.owner === topology && scope(it) && !wanted.has(it.key))
    .map((it) => changeOf('delete', it, undefined, { reason: 'not declared any more' }));
  const gone = [...direct.filter((it) => it.action === 'replace'), ...deletions].flatMap((it) => it.before ?? []);
  const losses = lossesOf(gone, actual, registries.types);
  return {
    changes: [
      ...deletions,
      ...withLosses(direct, wanted, losses, registries),
      ...givenBack({ wanted, found, losses, deletions }, registries.types),
    ],
    notes: own.flatMap((it) => it.notes),
    diagnostics: own.flatMap((it, index) =>
      it.faults.map((fault) => problem(fault, origins.get(desired[index]?.key ?? '') ?? [])),
    ),
  };
}

interface Verdict {
  readonly change?: Change;
  readonly notes: readonly string[];
  readonly faults: readonly Fault[];
}

const verdict = (change?: Change): Verdict => ({ ...(change ? { change } : {}), notes: [], faults: [] });

function judge(
  wanted: Resource,
  found: Observed | undefined,
  topology: string,
  registries: Pick<Registries, 'types' | 'deviceKinds'>,
): Verdict {
  const type = registries.types.need(wanted.type);
  const name = `${wanted.type} "${type.name(wanted.attrs)}"`;
  if (wanted.adopt) return found ? verdict() : refused(errors.adoptMissing(name));
  if (!found) return verdict(changeOf('create', undefined, wanted));
  if (type.exclusive && found.owner !== topology) return refused(errors.taken(name, found.owner));
  const difference = compare(wanted, found, type, registries.deviceKinds);
  const notes = difference.initial.map(
    (field) => `${wanted.id}: ${field} is ${String(found.attrs[field])}; it counts at creation only`,
  );
  const misplaced = wanted.peer !== undefined && !deepEqual(wanted.peer, found.peer);
  const fields = [...difference.fixed, ...difference.inPlace];
  if (misplaced)
    return {
      ...verdict(changeOf('replace', found, wanted, { fields, reason: 'its far end is missing or elsewhere' })),
      notes,
    };
  if (difference.fixed.length > 0) return { ...verdict(changeOf('replace', found, wanted, { fields })), notes };
  return { ...verdict(fields.length > 0 ? changeOf('update', found, wanted, { fields }) : undefined), notes };
}

const refused = (fault: Fault): Verdict => ({ notes: [], faults: [fault] });

/** Wanted things that go along with a replaced or deleted one are made anew in the same plan. */
function withLosses(
  direct: readonly Change[],
  wanted: ReadonlyMap<Key, Resource>,
  losses: ReadonlyMap<Key, Loss>,
  registries: Pick<Registries, 'types' | 'deviceKinds'>,
): readonly Change[] {
  const untouched = direct.filter((it) => !losses.has(it.key));
  const again = [...losses.values()].flatMap(({ found, left, cause }) => {
    const after = wanted.get(found.key);
    if (!after || after.adopt) return [];
    const reason = `goes with ${cause.id}`;
    if (!left) return [changeOf('replace', found, after, { reason })];
    const { inPlace, fixed } = compare(after, left, registries.types.need(after.type), registries.deviceKinds);
    return [
      changeOf(fixed.length > 0 ? 'replace' : 'update', found, after, { fields: [...fixed, ...inPlace], reason }),
    ];
  });
  return inOrder([...untouched, ...again], [...wanted.keys()]);
}

function inOrder(changes: readonly Change[], keys: readonly Key[]): readonly Change[] {
  const rank = new Map(keys.map((key, index) => [key, index]));
  return [...changes].sort((a, b) => (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0));
}
