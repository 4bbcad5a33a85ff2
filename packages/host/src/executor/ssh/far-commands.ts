import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import { RELAY_ENDED } from '../../ssh/relay.js';
import type { SshShell } from '../../ssh/ssh-shell.js';

/** Runs programs one after the other, up to one that fails: what the last one did, if it was run. */
export interface FarPrograms {
  run(programs: readonly Program[]): Promise<CommandResult | undefined>;
}

interface Waiting {
  readonly programs: readonly Program[];
  readonly resolve: (result: CommandResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** All that is asked for in one turn of the event loop goes there and back in one trip. */
export class Trips implements FarPrograms {
  readonly #shell: SshShell;
  #waiting: Waiting[] = [];

  constructor(shell: SshShell) {
    this.#shell = shell;
  }

  run(programs: readonly Program[]): Promise<CommandResult | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#send());
      this.#waiting.push({ programs, resolve, reject });
    });
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const results = await this.#shell.run(waiting);
      for (const [index, { resolve }] of waiting.entries()) resolve(results[index]?.at(-1));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

const NOT_RUN: CommandResult = { code: 126, stdout: '', stderr: 'not run' };

/** Programs of another host. */
export class FarCommands implements Commands {
  readonly #programs: FarPrograms;

  constructor(programs: FarPrograms) {
    this.#programs = programs;
  }

  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.#run(programOf(argv, options));
  }

  /** The same of functions of the shell itself. */
  own(...argv: readonly string[]): Promise<CommandResult> {
    return this.#run({ argv, own: true });
  }

  /** What the relay does there, or this program. */
  ask(question: Program): Promise<CommandResult> {
    return this.#run(question);
  }

  /** Programs of which the relay, told this, does the same or says that they are to be run. */
  relaying(relay: string): Commands {
    return { run: (argv, options = {}) => this.#run({ ...programOf(argv, options), relay }) };
  }

  /** Programs that are run only where such a function says so. */
  onlyIf(...own: readonly string[]): Commands {
    return { run: (argv, options = {}) => this.#run({ argv: own, own: true }, programOf(argv, options)) };
  }

  async #run(...programs: readonly Program[]): Promise<CommandResult> {
    const result = await this.#programs.run(programs);
    if (result?.code === RELAY_ENDED && programs.some(({ relay }) => relay !== undefined))
      return this.#run(...programs.map(unrelayed));
    return result ?? NOT_RUN;
  }
}

/** Where the relay ended, nobody knows when. */
export const unrelayed = ({ relay: _relay, ...program }: Program): Program => program;

const programOf = (argv: readonly string[], { input, env, timeoutMs }: CommandOptions): Program => ({
  argv: [
    ...(timeoutMs === undefined ? [] : ['timeout', String(Math.ceil(timeoutMs / 1000))]),
    ...(env ? ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)] : []),
    ...argv,
  ],
  ...(input === undefined ? {} : { input }),
});
