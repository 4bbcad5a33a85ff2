import { isRef, isSecret, type Key } from '@pipewright/plugin';
import { printable, SECRET } from '../output/text.js';

/** The last part of a key: `device:local/web/eth0` → `eth0`; what stands for a ref wherever values are shown. */
export function nameIn(key: Key): string {
  const node = key.indexOf('/');
  return key.slice(key.indexOf('/', node + 1) + 1);
}

/** A value of a resource as plain JSON. */
export function plainValue(value: unknown): unknown {
  if (isRef(value)) return nameIn(value.ref);
  if (isSecret(value)) return SECRET;
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, plainValue(it)]));
}

/** Things with a name, as chains of a table: too long to be shown whole. */
type Named = readonly { readonly name: string }[];

const isNamed = (value: unknown): value is Named =>
  Array.isArray(value) && value.every((it: unknown) => typeof it === 'object' && it !== null && 'name' in it);

/** The two values where they are short; else undefined, and the names of what differs say it. */
export function differing(one: unknown, other: unknown): readonly string[] | undefined {
  if (!isNamed(one) || !isNamed(other) || one.length + other.length === 0) return undefined;
  const texts = (all: Named): ReadonlyMap<string, string> => new Map(all.map((it) => [it.name, JSON.stringify(it)]));
  const [before, after] = [texts(one), texts(other)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name)).map(printable);
}

/** A value of a resource in words. */
export function shownValue(value: unknown): string {
  const it = plainValue(value);
  if (it === undefined || it === null || it === '') return 'none';
  if (Array.isArray(it)) return it.length === 0 ? 'none' : it.map(shownValue).join(it.some(isMap) ? ', ' : ' ');
  if (isMap(it))
    return Object.entries(it)
      .map(([key, value]) => `${printable(key)} ${shownValue(value)}`)
      .join(' ');
  return printable(typeof it === 'string' ? it : JSON.stringify(it));
}

const isMap = (it: unknown): it is object => typeof it === 'object' && it !== null && !Array.isArray(it);
