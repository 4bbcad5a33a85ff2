import {
  type AttributeClass,
  type Attrs,
  type DeviceAttribute,
  isRef,
  type Observed,
  type Resource,
  type ResourceType,
} from '@pipewright/plugin';
import type { DeviceKinds } from '../registry/registry.js';

export interface Difference {
  /** Fields the kernel changes on the living thing. */
  readonly inPlace: readonly string[];
  /** Fields for which the thing must be made anew. */
  readonly fixed: readonly string[];
  /** Fields that counted at its creation only. */
  readonly initial: readonly string[];
}

/** What differs among the attributes that are wanted; what nobody declared is nobody's difference, unless its type says so. */
export function compare(wanted: Resource, found: Observed, type: ResourceType, kinds: DeviceKinds): Difference {
  const fields = fieldsOf(wanted.attrs, type).filter((field) => !same(type, field, wanted.attrs, found.attrs, kinds));
  const of = (wantedClass: AttributeClass): readonly string[] =>
    fields.filter((field) => classOf(type, field, [wanted.attrs, found.attrs], kinds) === wantedClass);
  return { inPlace: of('in-place'), fixed: of('fixed'), initial: of('initial') };
}

const fieldsOf = (attrs: Attrs, { whole = [] }: ResourceType): readonly string[] => [
  ...Object.keys(attrs),
  ...whole.filter((field) => !(field in attrs)),
];

function same(type: ResourceType, field: string, wanted: Attrs, found: Attrs, kinds: DeviceKinds): boolean {
  return (
    deepEqual(wanted[field] ?? null, found[field] ?? null) ||
    (type.equal?.(field, wanted[field], found[field]) ?? false) ||
    (attributeOf(field, wanted, kinds)?.same?.(wanted[field], found[field]) ?? false)
  );
}

function attributeOf(field: string, { kind }: Attrs, kinds: DeviceKinds): DeviceAttribute | undefined {
  return typeof kind === 'string' ? kinds.get(kind)?.attributes[field] : undefined;
}

function classOf(
  type: ResourceType,
  field: string,
  [wanted, found]: readonly [Attrs, Attrs],
  kinds: DeviceKinds,
): AttributeClass {
  const attribute = attributeOf(field, wanted, kinds);
  if (attribute?.inPlace?.(wanted[field], found[field])) return 'in-place';
  return type.classes?.[field] ?? attribute?.class ?? 'in-place';
}

export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isRef(a) && isRef(b)) return a.ref === b.ref;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return left.length === Object.keys(right).length && left.every(([key, value]) => deepEqual(value, right[key]));
}
