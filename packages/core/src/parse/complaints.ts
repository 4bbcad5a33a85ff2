import { type Diagnostic, type Fault, type Path, type Position, problem } from '@pipewright/plugin';
import type { Level } from './levels.js';
import type { Source } from './source.js';

/** Gathers what is wrong with an input. */
export class Complaints {
  readonly #all = new Map<string, Diagnostic>();
  readonly #unread: ReadonlySet<string>;
  #count = 0;

  /** `levels`: of the topology that the input is, asked for where a key is none. */
  constructor(
    readonly source: Source,
    readonly levels: () => readonly Level[] = () => [],
  ) {
    this.#unread = new Set(source.diagnostics.map((it) => (it.at ? placeOf(it.at) : '')));
  }

  /** How often something was wrong, whether that was told before or not. */
  get count(): number {
    return this.#count;
  }

  /** Of a secret the line that it stands in is not shown. */
  add(fault: Fault, path: Path, at: Position = this.source.locate(path), isSecret = false): void {
    this.#count++;
    // What could not be read is not complained about again, and what many nodes inherit is wrong once.
    if (this.#unread.has(placeOf(at))) return;
    const key = `${placeOf(at)} ${fault.message}`;
    if (!this.#all.has(key)) this.#all.set(key, { ...problem(fault, path), at, ...(isSecret ? { secret: true } : {}) });
  }

  /** The path's last key is what is wrong. */
  addAtKey(fault: Fault, path: Path, isSecret = false): void {
    this.add(fault, path, this.source.locateKey(path), isSecret);
  }

  /** In the order of the file. */
  all(): readonly Diagnostic[] {
    return inFileOrder([...this.source.diagnostics, ...this.#all.values()]);
  }
}

export const placeOf = (at: Position): string => `${at.file}:${at.line}:${at.column}`;

const inFileOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));

/** Gives complaints of later stages their place. */
export const locateAll = (diagnostics: readonly Diagnostic[], source: Source): readonly Diagnostic[] =>
  inFileOrder(diagnostics.map((it) => ({ ...it, at: it.at ?? source.locate(it.path) })));
