import type { Output } from '../output/output.js';
import type { Session } from '../session.js';

/** An option of a command: everything that parser, help and reference must know. `V` is the type of its value. */
export interface OptionSpec<V = unknown> {
  readonly type: 'flag' | 'text' | 'list';
  readonly alias?: string;
  /** What stands for its value in help: `FILE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly summary: string;
  /** Types the value only. */
  readonly of?: V;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type Values<O extends OptionSpecs> = { readonly [K in keyof O]: O[K] extends OptionSpec<infer V> ? V : never };

type Extras = Pick<OptionSpec, 'alias' | 'choices'>;

export const flag = (summary: string, extras: Pick<OptionSpec, 'alias'> = {}): OptionSpec<boolean> => ({ type: 'flag', summary, ...extras });

export const text = (value: string, summary: string, extras: Extras = {}): OptionSpec<string | undefined> => ({ type: 'text', value, summary, ...extras });

export const list = (value: string, summary: string, extras: Extras = {}): OptionSpec<readonly string[]> => ({ type: 'list', value, summary, ...extras });

export interface PositionalSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: true;
  /** Takes all words that are left. */
  readonly many?: true;
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

/** One call of a command: its options and words parsed, and what it works with. */
export interface Call<O extends OptionSpecs = OptionSpecs> {
  readonly options: Values<O>;
  /** The positionals, in order; required ones are there. */
  readonly words: readonly string[];
  readonly session: Session;
  readonly output: Output;
}

export const GROUPS = { topology: 'Topologies', look: 'Looking', more: 'More' } as const;

/** A command: parser, help and reference pages are made of these. */
export interface CommandSpec<O extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly group: keyof typeof GROUPS;
  /** One line. */
  readonly summary: string;
  /** What else help says. */
  readonly details?: string;
  readonly examples: readonly Example[];
  readonly positionals: readonly PositionalSpec[];
  /** With the global ones, and those of a topology where it takes one. */
  readonly options: O;
  /** Enters or changes namespaces; `--dry-run` does not count. */
  readonly needsRoot?: true;
  /** Resolves to the exit code. */
  readonly run: (call: Call<O>) => Promise<number>;
}

/** Types `run` from the options and forgets the type, so that one table holds all commands. */
export const command = <const O extends OptionSpecs>(spec: CommandSpec<O>): CommandSpec => spec as unknown as CommandSpec;
