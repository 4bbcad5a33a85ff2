/** In the order in which each group and each of its members comes first. */
export function groupBy<K, T>(items: readonly T[], by: (it: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const it of items) {
    const key = by(it);
    const group = groups.get(key);
    if (group) group.push(it);
    else groups.set(key, [it]);
  }
  return groups;
}
