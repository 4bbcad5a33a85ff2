import { type Attrs, isRef, type Key, type Ref, type Resource } from '@pipewright/plugin';

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
  const makers = makersOf(all);
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
    add(makers.get(it.on.node ?? ''), it);
  }
  return users;
}

/** Node → key of the resource that makes its namespace. */
export const makersOf = (all: readonly Resource[]): ReadonlyMap<string, Key> =>
  new Map(all.flatMap((it) => (it.makes === undefined ? [] : [[it.makes, it.key] as const])));
