import { fail, type Key, type Resource } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** What nodes are, which are to be made anew: a container as a whole, not only its running. Throws for one that is not ours to make. */
export function madeAnew(nodes: readonly string[], desired: readonly Resource[]): ReadonlySet<Key> | undefined {
  if (nodes.length === 0) return undefined;
  const byKey = new Map(desired.map((it) => [it.key, it]));
  const makers = new Map(desired.flatMap((it) => (it.makes === undefined ? [] : [[it.makes, it] as const])));
  return new Set(
    nodes.map((node) => {
      const it = makers.get(node) ?? fail(errors.notMade(node));
      return (it.within ?? []).find(({ ref }) => byKey.get(ref)?.id === it.id)?.ref ?? it.key;
    }),
  );
}
