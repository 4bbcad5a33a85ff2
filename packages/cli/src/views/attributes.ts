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

/** Texts of several lines by their names, as the files of a process: no easier to read. */
const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isMap(value) && Object.values(value).some((it) => typeof it === 'string' && it.includes('\n'));

/** The names of what differs between two values that are too long to be shown; undefined: they are short. */
export function differing(one: unknown, other: unknown): readonly string[] | undefined {
  const [before, after] = [textsIn(one), textsIn(other)];
  if (!before || !after || before.size + after.size === 0) return undefined;
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name)).map(printable);
}

function textsIn(value: unknown): ReadonlyMap<string, string> | undefined {
  if (isNamed(value)) return new Map(value.map((it) => [it.name, JSON.stringify(it)]));
  return isTexts(value) ? new Map(Object.entries(value)) : undefined;
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
