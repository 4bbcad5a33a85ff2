import type { NodeTarget, Resource, SilentEngine, Survey } from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';

/** What can be told of, where engines were silent. */
export interface Known {
  readonly node: (node: Pick<NodeTarget, 'name'>) => boolean;
  /** Of all of these those that can be told of; the end of a cable by itself, where of the other nothing is known. */
  readonly of: <R extends Resource>(all: readonly R[]) => readonly R[];
}

/** Of the containers of a silent engine, and of what is in them, nobody knows whether it is there. */
export function knownTo({ silent = [], nodes }: Pick<Survey, 'silent' | 'nodes'>, { types }: Registries): Known {
  if (silent.length === 0) return { node: () => true, of: (all) => all };
  const unknown = new Set(nodes.flatMap((it) => (isUnknown(it, silent) ? [it.name] : [])));
  const isToldBySilent = ({ type, on }: Resource): boolean =>
    types.need(type).queries.some(({ engine }) => engine !== undefined && isSilent(on.host, engine.of.title, silent));
  const isKnown = (it: Resource): boolean => !unknown.has(it.on.node ?? '') && !isToldBySilent(it);
  return {
    node: ({ name }) => !unknown.has(name),
    of: (all) => {
      const dropped = new Set(all.filter((it) => !isKnown(it)).map(({ key }) => key));
      return all.filter(isKnown).map((it) => (it.peer && dropped.has(it.peer.ref) ? withoutPeer(it) : it));
    },
  };
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
