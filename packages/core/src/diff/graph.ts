import { type Attrs, isRef, type Key, type Placement, placeKey, type Ref, type Resource } from '@pipewright/plugin';

/** Keys of all resources that `it` points to, in its attributes or beside them. */
export function refsOf(it: Resource): readonly Key[] {
  return [...(it.needs ?? []), ...(it.within ?? []), ...attributeRefs(it.attrs)].map(({ ref }) => ref);
}

/** Those of its parts too: the ways of a route. */
export function attributeRefs(attrs: Attrs): readonly Ref[] {
  const refs: Ref[] = [];
  for (const value of Object.values(attrs)) {
    if (isRef(value)) refs.push(value);
    else if (Array.isArray(value)) for (const part of value) if (isMap(part)) refs.push(...attributeRefs(part));
  }
  return refs;
}

const isMap = (it: unknown): it is Attrs => typeof it === 'object' && it !== null && !Array.isArray(it);

/** For each key, those that point to it; peers point to each other, a namespace is pointed to by all that is in it. */
export function usersOf<R extends Resource>(all: readonly R[]): ReadonlyMap<Key, readonly R[]> {
  const makerOf = makersIn(all);
  const users = new Map<Key, R[]>();
  const add = (key: Key | undefined, user: R): void => {
    if (key === undefined) return;
    const known = users.get(key);
    if (known) known.push(user);
    else users.set(key, [user]);
  };
  for (const it of all) {
    for (const key of new Set(refsOf(it))) add(key, it);
    add(it.peer?.ref, it);
    add(makerOf(it.on), it);
  }
  return users;
}

/**
 * The key of the resource that makes the namespace of a node. Its name alone does not tell it: what is left of a node on a
 * host that was away is called as the node is where it has moved to.
 */
export function makersIn(all: readonly Resource[]): (on: Placement) => Key | undefined {
  const makers = new Map(all.map((it) => [placeMadeBy(it), it.key]));
  return (on) => (on.node === undefined ? undefined : makers.get(placeKey(on)));
}

/** The key of the place that it makes. */
export const placeMadeBy = ({ on, makes }: Pick<Resource, 'on' | 'makes'>): string | undefined =>
  makes === undefined ? undefined : placeKey({ host: on.host, node: makes });
