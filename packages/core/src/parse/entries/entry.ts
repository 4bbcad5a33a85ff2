import { type Path, sshDestination, subnet, type z } from '@pipewright/plugin';
import type { Complaints } from '../complaints.js';
import { check, type Place, unknownKey } from '../diagnose.js';
import { didYouMean } from '../did-you-mean.js';
import { errors } from '../errors.js';
import type { AnyDriver, EntryShape, EntryShapes } from '../kinds.js';
import { list, quoted, show } from '../show.js';
import { emptyMap, isMap, type TreeMap } from '../source.js';

/** An entry whose keys are checked: the core's own, and all others as `options`. */
export interface CheckedEntry<C extends z.ZodObject> {
  readonly kind: string;
  readonly keys: z.output<C>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The maps of a section, by name; what is no map is complained about. Nothing (`probe:`) is an empty map. */
export function entriesOf(
  section: 'hosts' | 'networks' | 'nodes' | 'groups',
  complaints: Complaints,
): readonly (readonly [string, TreeMap])[] {
  const word = section.slice(0, -1);
  const tree = complaints.source.valueAt([section]) ?? null;
  if (tree === null) return [];
  if (!isMap(tree)) {
    const found = show(tree, complaints.source.written([section]));
    complaints.add(errors.badValue(section, found, `a map from the name of each ${word} to its keys`), [section]);
    return [];
  }
  return Object.entries(tree).flatMap(([name, entry]) => {
    if (isMap(entry)) return [[name, entry] as const];
    if (entry === null) return [[name, emptyMap()] as const];
    const found = show(entry, complaints.source.written([section, name]));
    const fix = typeof entry === 'string' ? AS_MAP[section]?.(entry) : undefined;
    const fault = errors.badValue(`${word} ${quoted(name)}`, found, 'a map of its keys', undefined, fix);
    complaints.add(fault, [section, name]);
    return [];
  });
}

/** What a text alone is meant for. */
const AS_MAP: Readonly<Partial<Record<string, (text: string) => string | undefined>>> = {
  hosts: (text) => (sshDestination.safeParse(text).success ? `Write a map: { ssh: ${text} }.` : undefined),
  networks: (text) => (subnet.safeParse(text).success ? `Write a map: { kind: bridge, subnet: ${text} }.` : undefined),
};

/** Checks an entry against the shape of its kind; undefined where something is wrong with it. */
export function checkEntry<C extends z.ZodObject>(
  tree: TreeMap,
  shapes: EntryShapes<AnyDriver, C>,
  place: Place,
): CheckedEntry<C> | undefined {
  const { common } = shapes;
  const keys = check(common, pick(tree, common), place);
  const kind = kindOf(tree, shapes, place);
  const shape = kind === undefined ? undefined : shapes.of(kind);
  if (kind === undefined || !shape) return undefined;
  const unknown = Object.keys(tree).filter((key) => !shape.keys.includes(key));
  const ofAnother = (key: string): string | undefined => ofOtherKinds(key, shapes);
  for (const key of unknown)
    unknownKey([key], shape.keys, { ...place, name: `a ${shapes.word} of kind ${kind}`, ofAnother });
  const options = checkOptions(tree, shape, place);
  return keys && options && unknown.length === 0 ? { kind, keys, options } : undefined;
}

/** `image` of a node that says no kind: what other kinds have it. */
function ofOtherKinds(key: string, shapes: EntryShapes<AnyDriver>): string | undefined {
  const kinds = shapes.drivers.kinds().filter((kind) => shapes.of(kind)?.keys.includes(key));
  const [first] = kinds;
  if (first === undefined) return undefined;
  return `It is one of kind ${list(kinds)}: say \`kind: ${first}\`, or correct or remove it.`;
}

function checkOptions(tree: TreeMap, shape: EntryShape, place: Place): Readonly<Record<string, unknown>> | undefined {
  const options: Record<string, unknown> = {};
  const parsed = shape.parts.map((part) => check(part, pick(tree, part), place));
  for (const part of parsed) Object.assign(options, part);
  return parsed.includes(undefined) ? undefined : options;
}

function kindOf(tree: TreeMap, shapes: EntryShapes<AnyDriver>, { path, name, complaints }: Place): string | undefined {
  const kind = tree['kind'];
  const known = shapes.drivers.kinds();
  if (kind === undefined) {
    const otherwise = shapes.drivers.default()?.kind;
    if (otherwise === undefined) complaints.add(errors.missingKey('kind', name, `one of ${list(known)}`), path);
    return otherwise;
  }
  if (typeof kind !== 'string' || known.includes(kind)) return typeof kind === 'string' ? kind : undefined;
  complaints.add(errors.noSuchKind(shapes.word, kind, known, didYouMean(kind, known)), [...path, 'kind']);
  return undefined;
}

function pick(tree: TreeMap, schema: z.ZodObject): TreeMap {
  const picked = emptyMap();
  for (const key of Object.keys(schema.shape)) if (tree[key] !== undefined) picked[key] = tree[key];
  return picked;
}

export const placeOf = (word: string, name: string, path: Path, complaints: Complaints): Place => ({
  path,
  name: `${word} ${quoted(name)}`,
  complaints,
});
