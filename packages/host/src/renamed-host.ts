/** Where a Key stands in a resource, a change or a pointer. */
const KEYS: ReadonlySet<string> = new Set(['key', 'ref', 'from']);

/** The same value of JSON, with all that is on one host on another: places, keys and pointers. */
export function renamedHost<T>(value: T, from: string, to: string): T {
  return renamed(value, '', from, to) as T;
}

function renamed(value: unknown, property: string, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((it) => renamed(it, property, from, to));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, renamed(it, key, from, to)]));
  if (typeof value !== 'string') return value;
  if (property === 'host') return value === from ? to : value;
  if (!KEYS.has(property)) return value;
  const type = /^[a-z-]+:/.exec(value)?.[0] ?? '';
  return type !== '' && value.startsWith(`${type}${from}/`)
    ? `${type}${to}${value.slice(type.length + from.length)}`
    : value;
}
