import type { Key, LedgerEntry, Observed, Resource, Survey } from '@pipewright/plugin';
import { refsOf } from '../diff/graph.js';
import { lossesOf } from '../diff/losses.js';
import type { ResourceTypes } from '../registry/registry.js';

/**
 * All that is of a nic: what bears its id, the far end of its cable, and what lives on either. The far end of a device that
 * was only moved is the host's, and what is on that another nic's.
 */
export function ofNic(
  id: string,
  all: readonly Resource[],
  types: ResourceTypes,
  more: ReadonlySet<Key> = new Set(),
): ReadonlySet<Key> {
  const first = all.filter((it) => it.id === id || more.has(it.key));
  const moved = new Set(first.flatMap((it) => (it.moved ? [it.key] : [])));
  const reached = moved.size === 0 ? all : all.filter(({ peer }) => !(peer && moved.has(peer.ref)));
  const losses = lossesOf(first, reached, types);
  return new Set([
    ...first.map((it) => it.key),
    ...[...losses].flatMap(([key, { left }]) => (left === undefined ? [key] : [])),
  ]);
}

/** What the nic's resources need that is not the nic's own: its network's. */
export function neededBy(keys: ReadonlySet<Key>, all: readonly Resource[]): readonly Resource[] {
  const byKey = new Map(all.map((it) => [it.key, it]));
  const needed = new Set<Resource>();
  const visit = (it: Resource): void => {
    for (const key of refsOf(it)) {
      const other = byKey.get(key);
      if (!other || keys.has(key) || needed.has(other)) continue;
      needed.add(other);
      visit(other);
    }
  };
  for (const key of keys) {
    const it = byKey.get(key);
    if (it) visit(it);
  }
  return [...needed];
}

/** What a command on one nic may delete. */
export const nicScope =
  (keys: ReadonlySet<Key>) =>
  (found: Observed): boolean =>
    keys.has(found.key);

/** What may be in namespaces that the look at one guest was not a look into. */
export function unseen(
  others: readonly LedgerEntry[],
  own: readonly Resource[],
  { nodes }: Pick<Survey, 'nodes'>,
): readonly Resource[] {
  const seen = new Set(nodes.map(({ name }) => name));
  return [
    ...others.flatMap((it) => it.resources),
    ...own.filter(({ on }) => on.node !== undefined && !seen.has(on.node)),
  ];
}
