import type { Attrs, Key, Resource } from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';

type Types = Pick<Registries, 'types' | 'deviceKinds'>;

/** What is wanted, with attributes that were applied and are declared no more as they are by themselves. */
export function withAtRest(
  desired: readonly Resource[],
  applied: readonly Resource[],
  registries: Types,
): readonly Resource[] {
  const last = new Map<Key, Resource>(applied.map((it) => [it.key, it]));
  return desired.map((it) => {
    const gone = Object.entries(last.get(it.key)?.attrs ?? {}).flatMap(([field, before]) =>
      before !== undefined && it.attrs[field] === undefined ? [field] : [],
    );
    if (gone.length === 0) return it; // mostly
    const left = Object.entries(restingOf(it, registries)).filter(([field]) => gone.includes(field));
    return left.length > 0 ? { ...it, attrs: { ...it.attrs, ...Object.fromEntries(left) } } : it;
  });
}

/** Of a device also what the kernel gives a new one of its kind. */
function restingOf({ type, attrs: { kind } }: Resource, { types, deviceKinds }: Types): Attrs {
  const ofKind = typeof kind === 'string' ? deviceKinds.get(kind)?.attributes : undefined;
  const initial = Object.entries(ofKind ?? {}).map(([field, it]) => [field, it.initial] as const);
  return { ...Object.fromEntries(initial.filter(([, value]) => value !== undefined)), ...types.need(type).resting };
}
