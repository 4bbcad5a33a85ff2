import type { Observed, Survey } from '@pipewright/plugin';

/** Name of a namespace → the host's devices whose far end was in it when it was read. */
export function outsideEnds({ nodes, actual }: Survey): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map(actual.map((it) => [it.key, it]));
  const outside = new Map<string, string[]>();
  for (const it of actual) {
    const far = it.type === 'device' && it.on.node === undefined ? byKey.get(it.peer?.ref ?? '') : undefined;
    const node = far?.moved ? undefined : far?.on.node; // one that was moved there goes back before
    if (node !== undefined) outside.set(node, [...(outside.get(node) ?? []), nameOf(it)]);
  }
  return new Map(
    nodes.flatMap(({ name, locator }) =>
      locator.by === 'name' ? [[locator.name, outside.get(name) ?? []] as const] : [],
    ),
  );
}

const nameOf = (it: Observed): string => String(it.attrs['name']);
