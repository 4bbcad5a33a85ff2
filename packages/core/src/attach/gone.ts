import type { Observed, Placement, Resource } from '@pipewright/plugin';

/** Ids of the nics that are not there any more, as far as the host's own namespace and the node looked at show it. */
export function goneNics(
  ids: readonly string[],
  applied: readonly Resource[],
  actual: readonly Observed[],
  looked: Placement,
): ReadonlySet<string> {
  const there = new Set(actual.map((it) => it.key));
  const byId = new Map(applied.filter((it) => it.type === 'device').map((it) => [it.id, it]));
  const byKey = new Map(applied.map((it) => [it.key, it]));
  return new Set(
    ids.filter((id) => {
      const device = byId.get(id);
      if (!device) return false;
      // The far end of its cable, in the host's namespace, goes with it.
      const shown = device.on.node === looked.node ? device : byKey.get(device.peer?.ref ?? '');
      return shown !== undefined && isLooked(shown.on, looked) && !there.has(shown.key);
    }),
  );
}

const isLooked = ({ node }: Placement, looked: Placement): boolean => node === undefined || node === looked.node;
