import type { Lock } from '@pipewright/plugin';

/** One after the other, within this process. */
export class MemoryLock implements Lock {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  async exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T> {
    if (this.#waiting > 0) waiting('');
    this.#waiting += 1;
    const turn = this.#last.then(run).finally(() => (this.#waiting -= 1));
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
