import { type Diagnostic, type Fault, problem } from '@pipewright/plugin';
import { changeEach } from './change-nodes.js';
import type { Env } from './env.js';
import { readEnvFile } from './env-file-text.js';
import { emptyMap, isList, isMap, type Mark, type Marks, Source, type Tree, type TreeMap } from './source.js';

const KEY = 'env-file';

/** A file that is named, and where. */
interface EnvFile {
  readonly path: string;
  readonly mark: Mark;
}

/** A variable of one, and where it stands. */
interface Variable {
  readonly name: string;
  readonly value: string;
  readonly mark: Mark;
}

/** Paths of the files that nodes, groups and the defaults take variables from, as they are written. */
export function envFilesOf(source: Source): readonly string[] {
  const paths = new Set<string>();
  changeEach(source, (node) => {
    for (const { path } of filesOf(node, source) ?? []) paths.add(path);
    return node;
  });
  return [...paths];
}

/**
 * The same input with what such files say as the `env` of who names them. What is written there wins, and of two files the
 * later one. So it is remembered, and later commands need no file.
 */
export function withEnvFiles(source: Source, env: Env, texts: ReadonlyMap<string, string | Fault>): Source {
  const diagnostics: Diagnostic[] = [];
  const known = new Map<string, readonly Variable[]>();
  const variablesOf = ({ path, mark }: EnvFile): readonly Variable[] => {
    const text = texts.get(path) ?? '';
    if (typeof text !== 'string') {
      diagnostics.push({ ...problem(text, []), at: mark.value });
      return [];
    }
    const read = known.get(path) ?? readVariables(path, text, env, diagnostics);
    known.set(path, read);
    return read;
  };
  const { file, tree, marks, ...others } = changeEach(source, (node) => {
    const files = filesOf(node, source);
    return files && isMap(node) ? withVariables(node, files.flatMap(variablesOf), source) : node;
  });
  return diagnostics.length === 0 && tree === source.tree
    ? source
    : new Source(file, tree, [...others.diagnostics, ...diagnostics], marks);
}

function readVariables(path: string, text: string, env: Env, diagnostics: Diagnostic[]): readonly Variable[] {
  const { entries, faults } = readEnvFile(text, env);
  for (const { fault, line, column } of faults)
    diagnostics.push({ ...problem(fault, []), at: { file: path, line, column } });
  return entries.map(({ name, value, line, column }) => {
    const at = { file: path, line, column };
    return { name, value, mark: { key: at, value: at, written: `${name}=...` } };
  });
}

/** Undefined: it names none, or what it says is for the schema to complain of. */
function filesOf(node: Tree, { marks }: Source): readonly EnvFile[] | undefined {
  if (!isMap(node) || node[KEY] === undefined) return undefined;
  const named = node[KEY];
  const mark = marks.get(node)?.get(KEY);
  if (!mark) return undefined;
  if (typeof named === 'string') return [{ path: named, mark }];
  if (!isList(named)) return undefined;
  const places = marks.get(named);
  const files = named.flatMap((path, index) =>
    typeof path === 'string' ? [{ path, mark: places?.get(String(index)) ?? mark }] : [],
  );
  return files.length === named.length ? files : undefined;
}

function withVariables(node: TreeMap, variables: readonly Variable[], { marks }: Source): TreeMap {
  const { [KEY]: _, env: own = null, ...others } = node;
  const env = isList(own) ? listed(variables, own, marks) : mapped(variables, own, marks);
  const made: TreeMap = Object.assign(emptyMap(), others, { env });
  const places = new Map(marks.get(node));
  const named = places.get(KEY);
  if (named && own === null) places.set('env', named);
  places.delete(KEY);
  marks.set(made, places);
  return made;
}

function mapped(variables: readonly Variable[], own: Tree, marks: Marks): Tree {
  if (own !== null && !isMap(own)) return own; // which the schema complains of
  const made = emptyMap();
  const places = new Map<string, Mark>();
  for (const { name, value, mark } of variables) {
    made[name] = value;
    places.set(name, mark);
  }
  if (own) {
    Object.assign(made, own);
    for (const [name, mark] of marks.get(own) ?? []) places.set(name, mark);
  }
  marks.set(made, places);
  return made;
}

/** Of two with one name the later one counts. */
function listed(variables: readonly Variable[], own: readonly Tree[], marks: Marks): Tree {
  const made = [...variables.map(({ name, value }) => `${name}=${value}`), ...own];
  const ownPlaces = marks.get(own);
  const places = made.map((_, index): [string, Mark | undefined] => [
    String(index),
    variables[index]?.mark ?? ownPlaces?.get(String(index - variables.length)),
  ]);
  marks.set(made, new Map(places.filter((it): it is [string, Mark] => it[1] !== undefined)));
  return made;
}
