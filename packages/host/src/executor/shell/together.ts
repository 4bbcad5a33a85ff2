import { readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';
import { framedResults, framedScript, type Program } from '../../ssh/framed.js';
import { randomWord } from '../../ssh/random-word.js';

/** Fewer programs are run one after the other. */
const WORTH_A_SHELL = 8;

interface Waiting {
  readonly program: Program;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: unknown) => void;
}

// Who was killed has its lock no more: another may undo already what it began, and nothing of it is to begin any more.
const WHILE_WE_LIVE: Program = { argv: ['pw_asked'], own: true };

/** By the number that /proc has of us, which is that of another namespace where it was mounted there. */
const whoAsks = (): string => `pw_asked() {
  read -r pid name state parent rest < /proc/self/stat
  [ "$parent" = ${readlinkSync('/proc/self')} ]
}
`;

/**
 * Programs of this host that are soon done. All that is asked for in one turn of the event loop is run by a shell a CPU, one
 * after the other: to start a program from a process of the size of ours takes longer than most of them run.
 */
export class Together implements Commands {
  readonly #commands: Commands;
  #waiting: Waiting[] = [];

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { input, ...more } = options;
    if (Object.keys(more).length > 0) return this.#commands.run(argv, options);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#start());
      this.#waiting.push({ program: { argv, ...(input === undefined ? {} : { input }) }, resolve, reject });
    });
  }

  #start(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const share = Math.max(WORTH_A_SHELL, Math.ceil(waiting.length / availableParallelism()));
    for (let from = 0; from < waiting.length; from += share) void this.#runAll(waiting.slice(from, from + share));
  }

  async #runAll(all: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#resultsOf(all.map(({ program }) => program));
      for (const [index, { resolve }] of all.entries()) resolve(results[index] as CommandResult);
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }

  /** One needs no shell. */
  async #resultsOf(programs: readonly Program[]): Promise<readonly CommandResult[]> {
    const [first] = programs;
    if (first && programs.length === 1)
      return [await this.#commands.run(first.argv, first.input === undefined ? {} : { input: first.input })];
    const nonce = randomWord(12);
    const sequences = programs.map((it) => ({ programs: [WHILE_WE_LIVE, it] }));
    const input = `${whoAsks()}${framedScript(sequences, nonce)}`;
    const { code, ...streams } = await this.#commands.run(['sh'], { input });
    const results = framedResults(sequences, streams, nonce);
    return results.map(([, it]) => it ?? { code: code || 126, stdout: '', stderr: 'not run' });
  }
}
