import {
  type Executor,
  type Op,
  type OpFailure,
  type Placement,
  type Survey,
  type SurveyRequest,
  type Batch,
  type RunOptions,
} from '@pipewright/plugin';
import type { FileOperation } from '../memory/file-system.js';
import { KernelError } from '../memory/kernel/errors.js';

/** Something done to a host: an op, a change of a file, a look. */
export type Effect =
  | { readonly what: 'op'; readonly op: Op }
  | { readonly what: 'file'; readonly file: FileOperation }
  | { readonly what: 'survey' };

/**
 * What may happen to it. `refuse`: not done, and so reported. `lie`: done, and reported as failed. `break`: the way to the
 * host breaks before it or after it. `kill`: so does whoever does it, and hears nothing any more.
 */
export type Mishap = 'refuse' | 'lie' | 'break' | 'break after' | 'kill' | 'kill after';

/** Decides on each effect, counted from 0. */
export type Hazard = (effect: Effect, index: number) => Mishap | undefined;

/** The end of whoever had the effect done. */
class Death extends Error {}

const never = (): Promise<never> => new Promise(() => undefined);

/** Stands between one life of the engine and its host. */
export class Hazards {
  readonly effects: Effect[] = [];
  readonly death: Promise<'killed'>;
  /** Before this, everything goes well and nothing is counted. */
  armed = false;
  readonly #hazard: Hazard;
  #isDead = false;
  #die: () => void = () => undefined;

  constructor(hazard: Hazard, onDeath: () => void) {
    this.#hazard = hazard;
    this.death = new Promise((resolve) => {
      this.#die = () => {
        this.#isDead = true;
        onDeath();
        resolve('killed');
      };
    });
  }

  /** Throws what comes of an op. */
  readonly wire = (op: Op, perform: () => void): void => {
    const mishap = this.#next({ what: 'op', op });
    if (mishap === 'refuse') throw new KernelError('EIO');
    if (mishap === 'break') throw new Error('the way to the host broke');
    if (mishap === 'kill') this.#end();
    perform();
    if (mishap === 'lie') throw new KernelError('EIO');
    if (mishap === 'break after') throw new Error('the way to the host broke');
    if (mishap === 'kill after') this.#end();
  };

  /** What an operation on a file rejects with. */
  readonly fails = (file: FileOperation): Error | undefined => {
    if (!CHANGING.includes(file.does)) return undefined;
    const mishap = this.#next({ what: 'file', file });
    if (mishap === 'kill') this.#die();
    return mishap === 'refuse' ? Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }) : undefined;
  };

  guard(executor: Executor): Executor {
    return {
      survey: async (request: SurveyRequest): Promise<Survey> =>
        this.#alive(async () => {
          const mishap = this.#next({ what: 'survey' });
          if (mishap === 'kill') this.#end();
          if (mishap === 'break') throw new Error('the way to the host broke');
          return executor.survey(request);
        }),
      run: async (batches: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> =>
        this.#alive(async () => executor.run(batches, options)),
      way: (on: Placement): string | undefined => executor.way(on),
      close: async () => executor.close(),
    };
  }

  async #alive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isDead) return never();
    try {
      return await work();
    } catch (error) {
      if (error instanceof Death) return never();
      throw error;
    }
  }

  #next(effect: Effect): Mishap | undefined {
    if (!this.armed) return undefined;
    this.effects.push(effect);
    return this.#hazard(effect, this.effects.length - 1);
  }

  #end(): never {
    this.#die();
    throw new Death();
  }
}

const CHANGING: readonly FileOperation['does'][] = ['write', 'rename', 'append', 'sync', 'remove'];

/** The mishaps that an effect can meet with. */
export const mishapsOf = ({ what }: Effect): readonly Mishap[] => {
  switch (what) {
    case 'op':
      return ['refuse', 'lie', 'break', 'break after', 'kill', 'kill after'];
    case 'file':
      return ['refuse', 'kill'];
    case 'survey':
      return ['break', 'kill'];
  }
};

/** For people. */
export function describeEffect(effect: Effect): string {
  if (effect.what === 'survey') return 'a survey';
  if (effect.what === 'file') return `${effect.file.does} of ${effect.file.path}`;
  return JSON.stringify(effect.op);
}
