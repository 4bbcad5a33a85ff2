import type { CommandResult } from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import type { FarPrograms } from './far-commands.js';

/** Programs that only tell: whoever asks for the same again hears what it told the first time. */
export class AskedOnce implements FarPrograms {
  readonly #programs: FarPrograms;
  readonly #answers = new Map<string, Promise<CommandResult | undefined>>();

  constructor(programs: FarPrograms) {
    this.#programs = programs;
  }

  run(programs: readonly Program[]): Promise<CommandResult | undefined> {
    const question = JSON.stringify(programs);
    const answer = this.#answers.get(question) ?? this.#programs.run(programs);
    this.#answers.set(question, answer);
    return answer;
  }

  /** For who asks before it is known whether anybody needs it: never told, as nobody waits. */
  readonly ahead: FarPrograms = {
    run: (programs) => {
      this.run(programs).catch(() => undefined); // of whoever asks again
      return new Promise(() => undefined);
    },
  };
}
