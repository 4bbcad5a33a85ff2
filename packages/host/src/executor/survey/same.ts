import type { SurveyedNode, SurveyRequest } from '@pipewright/plugin';

interface Leading {
  readonly node: SurveyedNode;
  /** It was made for the namespace of another. */
  readonly joined?: true;
}

/**
 * A namespace that several nodes lead to is that one's of which something is wanted in it, else the first one's, and rather of
 * one that it was made for; the others say so. `idOf` is equal for one namespace, undefined where none was found.
 */
export function shareNamespaces<T extends Leading>(
  located: readonly T[],
  idOf: (it: T) => unknown,
  { wanted }: Pick<SurveyRequest, 'wanted'>,
): readonly T[] {
  const used = new Set(wanted.map(({ on }) => on.node));
  const rank = ({ node, joined }: Leading): number => (used.has(node.name) ? 0 : 2) + (joined ? 1 : 0);
  const owners = new Map<unknown, string>();
  for (const it of [...located].sort((a, b) => rank(a) - rank(b)))
    if (idOf(it) !== undefined && !owners.has(idOf(it))) owners.set(idOf(it), it.node.name);
  return located.map((it) => {
    const owner = owners.get(idOf(it)) ?? it.node.name;
    return owner === it.node.name ? it : { ...it, node: { ...it.node, same: owner } };
  });
}
