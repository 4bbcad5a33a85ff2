import type { CommandSpec } from '../spec/command.js';

/** What a command line asks for. */
export type Asked = AskedHelp | AskedCommand;

interface AskedHelp {
  readonly help: CommandSpec | undefined;
}

export interface AskedCommand {
  readonly command: CommandSpec;
  readonly options: Readonly<Record<string, unknown>>;
  /** What is no option, in order. */
  readonly words: readonly string[];
}
