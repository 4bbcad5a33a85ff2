import { type Diagnostic, type Fault, type Path, type Position, problem } from '@pipewright/plugin';
import { hasControl } from './control-character.js';
import { errors } from './errors.js';
import { emptyMap, type Mark, type Marks, MOST_LEVELS, Source, type Tree } from './source.js';
import { topFaults } from './yaml.js';

/** Where a part of the value was written; undefined where nobody knows. */
export type Positions = (path: Path) => Position | undefined;

/**
 * A topology that comes as an object: from code, from argv, from the ledger. Without `positions` all of it is at 1:1. Parts
 * that stand in `known`, which was read before, are taken as they are.
 */
export function sourceOf(value: unknown, file: string, positions: Positions = () => undefined, known?: Source): Source {
  const copy = new Copy(file, positions, known?.marks);
  const tree = copy.of(value, []);
  return new Source(file, tree, [...copy.diagnostics, ...topFaults(file, tree, copy.at([]))], copy.marks);
}

class Copy {
  readonly diagnostics: Diagnostic[] = [];

  constructor(
    readonly file: string,
    readonly positions: Positions,
    readonly marks: Marks = new WeakMap(),
  ) {}

  at(path: Path): Position {
    return this.positions(path) ?? { file: this.file, line: 1, column: 1 };
  }

  of(value: unknown, path: Path): Tree {
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
    if (typeof value === 'string')
      return hasControl(value) ? this.#refuse(errors.controlCharacter(value), path) : value;
    if (path.length > MOST_LEVELS) return this.#refuse(errors.tooDeep(this.file), path);
    if (this.marks.has(value as object)) return value as Tree;
    if (Array.isArray(value)) return this.#list(value, path);
    return isPlain(value) ? this.#map(value, path) : this.#refuse(errors.notData(nameOf(value)), path);
  }

  #list(values: readonly unknown[], path: Path): Tree {
    const tree = values.map((item, index) => this.of(item, [...path, index]));
    this.marks.set(tree, new Map(tree.map((_, index) => [String(index), this.#mark([...path, index])])));
    return tree;
  }

  #map(value: object, path: Path): Tree {
    const tree = emptyMap();
    const marks = new Map<string, Mark>();
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      tree[key] = this.of(item, [...path, key]);
      marks.set(key, this.#mark([...path, key]));
    }
    this.marks.set(tree, marks);
    return tree;
  }

  #mark(path: Path): Mark {
    const at = this.at(path);
    return { key: at, value: at };
  }

  #refuse(fault: Fault, path: Path): Tree {
    this.diagnostics.push({ ...problem(fault, path), at: this.at(path) });
    return '';
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : `a ${typeof value}`;
