import type { Diagnostic, Path, Position } from '@pipewright/plugin';

/** The plain values of an input. Maps have no prototype, so that no key of a file means anything to JavaScript. */
export type Tree = string | number | boolean | null | readonly Tree[] | TreeMap;
export interface TreeMap {
  readonly [key: string]: Tree;
}

/** Where one item of a map or list was written. */
export interface Mark {
  /** Of its key; in maps only. */
  readonly key?: Position;
  readonly value: Position;
  /**
   * As it stands in the text, where it reads otherwise: `0123` as 123, `${KEY}` as what the variable holds. That may be a
   * secret, and no message shows it.
   */
  readonly written?: string;
  /** What it is where text is meant, of a scalar that reads otherwise: `1.10` of 1.1. Plain nothing is no text. */
  readonly text?: string;
}

/** By container, then by key or index. What is shared (an alias, inherited defaults) keeps the place it came from. */
export type Marks = WeakMap<object, ReadonlyMap<string, Mark>>;

/** A topology needs fewer than ten; what is deeper would take the stack of those that walk it. */
export const MOST_LEVELS = 100;

export const isMap = (tree: unknown): tree is TreeMap =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree);

export const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

export const emptyMap = (): Record<string, Tree> => Object.create(null) as Record<string, Tree>;

/** An input, read: what it says and where each part of it stands. */
export class Source {
  constructor(
    readonly file: string,
    readonly tree: Tree,
    readonly diagnostics: readonly Diagnostic[],
    readonly marks: Marks,
  ) {}

  /** Of a scalar its own place; of a map, a list or nothing its key's. Where there is no such path: of what is nearest. */
  locate(path: Path): Position {
    const { mark, value, depth } = this.#walk(path);
    const standsAtKey = depth < path.length || value === null || typeof value === 'object';
    return (standsAtKey ? mark?.key : undefined) ?? mark?.value ?? this.#top();
  }

  /** Of the key that the path ends in. */
  locateKey(path: Path): Position {
    const { mark } = this.#walk(path);
    return mark?.key ?? mark?.value ?? this.#top();
  }

  /** The text of a scalar, where it reads otherwise. */
  written(path: Path): string | undefined {
    const { mark, depth } = this.#walk(path);
    return depth === path.length ? mark?.written : undefined;
  }

  /** The value there; undefined where there is none. */
  valueAt(path: Path): Tree | undefined {
    const { value, depth } = this.#walk(path);
    return depth === path.length ? value : undefined;
  }

  /** The same input with one top-level value replaced, which stands `at` a place or where the old one stood. */
  with(key: string, value: Tree, at?: Position): Source {
    if (!isMap(this.tree)) return this;
    const tree: TreeMap = Object.assign(emptyMap(), this.tree, { [key]: value });
    const marks = new Map(this.marks.get(this.tree));
    if (at) marks.set(key, { key: at, value: at });
    this.marks.set(tree, marks);
    return new Source(this.file, tree, this.diagnostics, this.marks);
  }

  #top(): Position {
    return { file: this.file, line: 1, column: 1 };
  }

  #walk(path: Path): { readonly mark: Mark | undefined; readonly value: Tree; readonly depth: number } {
    let value = this.tree;
    let mark: Mark | undefined;
    for (const [depth, step] of path.entries()) {
      const next = itemOf(value, step);
      if (next === undefined) return { mark, value, depth };
      mark = this.marks.get(value as object)?.get(String(step)) ?? mark;
      value = next;
    }
    return { mark, value, depth: path.length };
  }
}

function itemOf(tree: Tree, step: string | number): Tree | undefined {
  if (isMap(tree)) return tree[step];
  return isList(tree) && typeof step === 'number' ? tree[step] : undefined;
}

/** A word of a command line: not of its text, but as a whole. */
export const onCommandLine = (word: string): Position => ({ file: word, line: 0, column: 0 });

/** The same input under the name that the command line gives it. */
export const withName = (source: Source, name: string): Source => source.with('name', name, onCommandLine('--name'));
