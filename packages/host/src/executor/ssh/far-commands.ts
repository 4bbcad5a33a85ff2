import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import type { SshShell } from '../../ssh/ssh-shell.js';

interface Waiting {
  readonly program: Program;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: unknown) => void;
}

const NOT_RUN: CommandResult = { code: 126, stdout: '', stderr: 'not run' };

/** Programs of another host. All that is asked for in one turn of the event loop goes there and back in one trip. */
export class FarCommands implements Commands {
  readonly #shell: SshShell;
  #waiting: Waiting[] = [];

  constructor(shell: SshShell) {
    this.#shell = shell;
  }

  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.#ask(programOf(argv, options));
  }

  /** The same of functions of the shell itself. */
  own(...argv: readonly string[]): Promise<CommandResult> {
    return this.#ask({ argv, own: true });
  }

  #ask(program: Program): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#send());
      this.#waiting.push({ program, resolve, reject });
    });
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const results = await this.#shell.run(waiting.map(({ program }) => ({ programs: [program] })));
      for (const [index, { resolve }] of waiting.entries()) resolve(results[index]?.[0] ?? NOT_RUN);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

const programOf = (argv: readonly string[], { input, env, timeoutMs }: CommandOptions): Program => ({
  argv: [
    ...(timeoutMs === undefined ? [] : ['timeout', String(Math.ceil(timeoutMs / 1000))]),
    ...(env ? ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)] : []),
    ...argv,
  ],
  ...(input === undefined ? {} : { input }),
});
