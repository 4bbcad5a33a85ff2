import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';

/** Programs that only tell: whoever asks for the same again hears what it told the first time. */
export class AskedOnce implements Commands {
  readonly #commands: Commands;
  readonly #answers = new Map<string, Promise<CommandResult>>();

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    const question = JSON.stringify([argv, options?.input, options?.timeoutMs, options?.env]);
    const answer = this.#answers.get(question) ?? this.#commands.run(argv, options);
    this.#answers.set(question, answer);
    return answer;
  }

  /** For who asks before it is known whether anybody needs it: never told, as nobody waits. */
  readonly ahead: Commands = {
    run: (argv, options) => {
      this.run(argv, options).catch(() => undefined); // of whoever asks again
      return new Promise(() => undefined);
    },
  };
}
