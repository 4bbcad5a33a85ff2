import type { Change, Key, Observed, Resource } from '@pipewright/plugin';
import { changeOf } from './change-of.js';
import { refsOf, usersOf } from './graph.js';

interface Leaving {
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
 * those that the topology had and nobody uses. What is not ours on one, a user's address, keeps it.
 */
export function unusedShared({ wanted, actual, applied, deletions, direct }: Leaving): readonly Change[] {
  const shared = actual.filter((it) => it.shared && !wanted.has(it.key));
  if (shared.length === 0) return [];
  const users = usersOf(actual);
  const had = new Set(applied.map((it) => it.key));
  const deleted = new Set(deletions.map((it) => it.key));
  const after = new Map(direct.flatMap((it) => (it.after ? [[it.key, it.after] as const] : [])));
  return shared.flatMap((it) => {
    const leaves = ({ key }: Resource): boolean => {
      const moved = after.get(key);
      return deleted.has(key) || (moved !== undefined && !refsOf(moved).includes(it.key));
    };
    const its = users.get(it.key) ?? [];
    const goes = its.every(leaves) && (its.length > 0 || had.has(it.key));
    return goes ? [changeOf('delete', it, undefined, { reason: 'shared, and nothing is on it any more' })] : [];
  });
}
