import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';
import type { MemoryKernel } from './kernel/memory-kernel.js';
import type { Namespace } from './kernel/state.js';

/** How a program was started. */
export interface ProgramCall {
  readonly argv: readonly string[];
  readonly stdin?: string | undefined;
  /** Where it runs, if on a kernel. */
  readonly kernel?: MemoryKernel;
  readonly namespace?: Namespace;
}

/** Programs by the first word of their command. What a test does not name is there, does nothing and ends with 0. */
export type Programs = Readonly<Record<string, (call: ProgramCall) => Partial<CommandResult> | undefined>>;

export function runProgram(programs: Programs, call: ProgramCall): CommandResult {
  return { code: 0, stdout: '', stderr: '', ...programs[call.argv[0] ?? '']?.(call) };
}

/** Programs that are functions. Remembers what it was asked to run. */
export class MemoryCommands implements Commands {
  readonly ran: (readonly string[])[] = [];
  readonly #programs: Programs;

  constructor(programs: Programs = {}) {
    this.#programs = programs;
  }

  async run(argv: readonly string[], { input }: CommandOptions = {}): Promise<CommandResult> {
    this.ran.push(argv);
    return runProgram(this.#programs, { argv, stdin: input });
  }
}
