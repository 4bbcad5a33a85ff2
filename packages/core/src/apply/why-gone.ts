import type { Change, Fault, Survey } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';

/** What is behind it that a thing was made and is missing, or is otherwise: it ended by itself, or the node did that it was made for. */
export function whyGone(missing: Change, types: Registries['types'], before: Survey, later: Survey): Fault | undefined {
  const { action, type, before: found, after, on } = missing;
  if (!after) return undefined;
  const why = types.need(type).whyGone?.(after, found);
  return why ?? (action === 'create' ? wentAway(on.node, before, later) : undefined);
}

function wentAway(name: string | undefined, before: Survey, later: Survey): Fault | undefined {
  const [was, is] = [before, later].map(({ nodes }) => nodes.find((it) => it.name === name));
  return is?.fault && was?.state === 'present' && is.state === 'absent'
    ? errors.wentAway(is.name, is.fault.fix)
    : undefined;
}
