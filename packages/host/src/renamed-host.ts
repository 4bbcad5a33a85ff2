/** What JSON.stringify asks of each property before it writes it. */
export type Replacer = (property: string, value: unknown) => unknown;

/** Where a Key stands in a resource, a change or a pointer. */
const KEYS: ReadonlySet<string> = new Set(['key', 'ref', 'from']);

/** Writes JSON with all that is on one host on another: places, keys and pointers. Many times as quick as a copy to write. */
export const renamingHost =
  (from: string, to: string): Replacer =>
  (property, value) => {
    if (property !== 'host' && !KEYS.has(property)) return value;
    const renamed = (it: unknown): unknown => (typeof it === 'string' ? renamedIn(property, it, from, to) : it);
    return Array.isArray(value) ? value.map(renamed) : renamed(value);
  };

/** The same value of JSON. */
export const renamedHost = <T>(value: T, from: string, to: string): T =>
  JSON.parse(JSON.stringify(value, renamingHost(from, to))) as T;

function renamedIn(property: string, value: string, from: string, to: string): string {
  if (property === 'host') return value === from ? to : value;
  const type = /^[a-z-]+:/.exec(value)?.[0] ?? '';
  return type !== '' && value.startsWith(`${type}${from}/`)
    ? `${type}${to}${value.slice(type.length + from.length)}`
    : value;
}
