import type { Change, Key, Observed, Resource } from '@pipewright/plugin';
import { changeOf } from './change-of.js';
import { refsOf, usersOf } from './graph.js';

interface Leaving {
  /** What is in namespaces that nobody looked into, as it was applied there. */
  readonly unseen: readonly Resource[];
  readonly wanted: ReadonlyMap<Key, Resource>;
  readonly actual: readonly Observed[];
  /** What the topology had, as far as the command answers for it. */
  readonly applied: readonly Resource[];
  readonly deletions: readonly Change[];
  /** What is changed otherwise. */
  readonly direct: readonly Change[];
}

/**
 * Shared things that we made and that nothing is on any more: those of which the last user goes or moves away, and
 * those that the topology had and nobody uses; and rules of devices that go, whoever is on them. What is not ours on one,
 * a user's address, keeps it; and so does a nic on it in a namespace that was not looked into, which the kernel does not
 * tell of here.
 */
export function unusedShared({ unseen, wanted, actual, applied, deletions, direct }: Leaving): readonly Change[] {
  const inUse = new Set(unseen.filter(({ on }) => on.node !== undefined).flatMap(refsOf));
  const shared = actual.filter((it) => it.shared && !wanted.has(it.key) && !inUse.has(it.key));
  if (shared.length === 0) return [];
  const usersFor = usersIn(actual);
  const had = new Set(applied.map((it) => it.key));
  const deleted = new Set(deletions.map((it) => it.key));
  const after = new Map(direct.flatMap((it) => (it.after ? [[it.key, it.after] as const] : [])));
  return shared.flatMap((it) => {
    const serves = servedBy(it);
    const leaves = ({ key }: Resource): boolean => {
      const moved = after.get(key);
      return deleted.has(key) || (moved !== undefined && !refsOf(moved).some((other) => serves.includes(other)));
    };
    const its = serves.flatMap(usersFor);
    const goesAlong = it.type !== 'device' && serves.length > 0 && serves.every((key) => deleted.has(key));
    const isLeft = its.every(leaves) && (its.length > 0 || [it.key, ...serves].some((key) => had.has(key)));
    return goesAlong || isLeft
      ? [changeOf('delete', it, undefined, { reason: 'shared, and nothing is on it any more' })]
      : [];
  });
}

/** Who else than the topology is on a shared thing. */
export function strangersOn(
  { key }: Observed,
  topology: string,
  { actual, unseen }: Pick<Leaving, 'actual' | 'unseen'>,
): readonly string[] {
  const seen = usersIn(actual)(key).filter(({ owner }) => owner !== topology);
  return [...seen, ...unseen.filter((it) => refsOf(it).includes(key))].map(({ id }) => id);
}

/** A device is there for what is on it; anything else, a rule, for what is on the devices that it speaks of. */
const servedBy = (it: Resource): readonly Key[] => (it.type === 'device' ? [it.key] : [...new Set(refsOf(it))]);

/** What is on a thing: on one that we made whatever is, on others' what is ours. What serves those is not among them. */
function usersIn(actual: readonly Observed[]): (key: Key) => readonly Observed[] {
  const users = usersOf(actual);
  const made = new Set(actual.flatMap((it) => (it.shared ? [it.key] : [])));
  const serves = (it: Observed): boolean => it.shared === true && it.type !== 'device';
  return (key) => (users.get(key) ?? []).filter((it) => !serves(it) && (made.has(key) || it.owner !== undefined));
}
