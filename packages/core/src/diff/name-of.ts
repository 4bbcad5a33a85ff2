import type { Resource, ResourceType } from '@pipewright/plugin';

/** For people: `device "eth0" of web`. */
export function nameOf({ type, attrs, on }: Resource, { name }: ResourceType): string {
  const own = `${type} "${name(attrs)}"`;
  return on.node === undefined ? own : `${own} of ${on.node}`;
}
