import { type Key, type NodeTarget, placeKey, type Resource, type SilentEngine, type Survey } from '@pipewright/plugin';
import { makersIn, refsOf } from '../diff/graph.js';
import type { Registries } from '../registry/registry.js';

/** What can be told of, where engines were silent. */
export interface Known {
  readonly node: (node: Pick<NodeTarget, 'on'>) => boolean;
  /** Of all of these those that can be told of; the end of a cable by itself, where of the other nothing is known. */
  readonly of: <R extends Resource>(all: readonly R[]) => readonly R[];
  /** Of all of these those that cannot be told of, the other ends of their cables, and what all that stands on. */
  readonly unsure: <R extends Resource>(all: readonly R[]) => readonly R[];
}

/** Of the containers of a silent engine, and of what is in them, nobody knows whether it is there. */
export function knownTo({ silent = [], nodes }: Pick<Survey, 'silent' | 'nodes'>, { types }: Registries): Known {
  if (silent.length === 0) return { node: () => true, of: (all) => all, unsure: () => [] };
  const unknown = new Set(nodes.flatMap((it) => (isUnknown(it, silent) ? [placeKey(it.on)] : [])));
  const isToldBySilent = ({ type, on }: Resource): boolean =>
    types.need(type).queries.some(({ engine }) => engine !== undefined && isSilent(on.host, engine.of.title, silent));
  const isKnown = (it: Resource): boolean => !unknown.has(placeKey(it.on)) && !isToldBySilent(it);
  const unknownKeys = (all: readonly Resource[]) => new Set(all.filter((it) => !isKnown(it)).map(({ key }) => key));
  return {
    node: ({ on }) => !unknown.has(placeKey(on)),
    of: (all) => {
      const dropped = unknownKeys(all);
      return all.filter(isKnown).map((it) => (it.peer && dropped.has(it.peer.ref) ? withoutPeer(it) : it));
    },
    unsure: (all) => {
      const dropped = unknownKeys(all);
      const unsure = all.filter(({ key, peer }) => dropped.has(key) || dropped.has(peer?.ref ?? ''));
      const stays = groundOf(unsure, all);
      return all.filter(({ key }) => stays.has(key));
    },
  };
}

/** With them the bridge of a port, the namespace that the other end of a cable is in: gone, none could be put back as it was. */
function groundOf(some: readonly Resource[], all: readonly Resource[]): ReadonlySet<Key> {
  const byKey = new Map(all.map((it) => [it.key, it]));
  const makerOf = makersIn(all);
  const ground = new Set<Key>();
  const add = (it: Resource | undefined): void => {
    if (!it || ground.has(it.key)) return;
    ground.add(it.key);
    for (const key of [...refsOf(it), it.peer?.ref ?? '', makerOf(it.on) ?? '']) add(byKey.get(key));
  };
  some.forEach(add);
  return ground;
}

const isSilent = (at: string, title: string, silent: readonly SilentEngine[]): boolean =>
  silent.some(({ host, engine }) => host === at && engine === title);

/** A container of a silent engine. */
export const isUnknown = (
  { locator, on }: Pick<NodeTarget, 'locator' | 'on'>,
  silent: readonly SilentEngine[],
): boolean => locator.by === 'container' && isSilent(on.host, locator.engine.title, silent);

function withoutPeer<R extends Resource>({ peer: _, ...rest }: R): R {
  return rest as R;
}
