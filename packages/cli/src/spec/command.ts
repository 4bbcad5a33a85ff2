import type { Output } from '../output/output.js';
import type { Session } from '../session.js';
import type { OptionSpecs, Values } from './option.js';

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
interface Call<O extends OptionSpecs = OptionSpecs> {
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
  /** What else people call it who come from other tools. */
  readonly otherWords?: readonly string[];
  /** One line. */
  readonly summary: string;
  /** What else help says. */
  readonly details?: string;
  readonly examples: readonly Example[];
  readonly positionals: readonly PositionalSpec[];
  /** True after words of it which make what follows another program's, options and all, as if `--` stood there. */
  readonly endsAfter?: (words: readonly string[]) => boolean;
  /** With the global ones, and those of a topology where it takes one. */
  readonly options: O;
  /** Enters or changes namespaces; `--dry-run` does not count. */
  readonly needsRoot?: true;
  /** Too short for a list of what it does. */
  readonly brief?: true;
  /** Resolves to the exit code. */
  readonly run: (call: Call<O>) => Promise<number>;
}

/** Types `run` from the options and forgets the type, so that one table holds all commands. */
export const command = <const O extends OptionSpecs>(spec: CommandSpec<O>): CommandSpec =>
  spec as unknown as CommandSpec;
