import type { Key, Resource } from '@pipewright/plugin';
import type { ResourceTypes } from '../registry/registry.js';

/** What is wanted, with attributes that were applied and are declared no more as they are by themselves. */
export function withAtRest(
  desired: readonly Resource[],
  applied: readonly Resource[],
  types: ResourceTypes,
): readonly Resource[] {
  const last = new Map<Key, Resource>(applied.map((it) => [it.key, it]));
  return desired.map((it) => {
    const before = last.get(it.key)?.attrs ?? {};
    const left = Object.entries(types.need(it.type).resting ?? {}).filter(
      ([field]) => before[field] !== undefined && it.attrs[field] === undefined,
    );
    return left.length > 0 ? { ...it, attrs: { ...it.attrs, ...Object.fromEntries(left) } } : it;
  });
}
