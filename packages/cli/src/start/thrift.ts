import type * as V8 from 'node:v8';

/**
 * What a command asks of V8 while it works. It is over before code that V8 optimizes has paid for itself; more room for
 * young objects saves it next to no time for the memory, and they are so few that one thread collects them sooner than
 * several; and old ones are looked through when there are half as many again.
 */
const WORKING = [
  '--max-optimized-bytecode-size=0',
  '--semi-space-growth-factor=1',
  '--no-parallel-scavenge',
  '--heap-growing-percent=50',
];

/** What V8 begins with in Node 20 to 24. */
const LOADING = [
  '--max-optimized-bytecode-size=61440',
  '--semi-space-growth-factor=2',
  '--parallel-scavenge',
  '--heap-growing-percent=0',
];

/** Of a Node that these were not tried on nothing is asked: V8 says aloud that it does not know a flag. */
const NEWEST_TRIED = 24;

export const isTried = (version: string): boolean => Number.parseInt(version, 10) <= NEWEST_TRIED;

/** Keeps code of the program, and Node's own, to the flags it was made with: under others, V8 does not take what was kept. */
export class Thrift {
  readonly #v8: () => typeof V8;
  #loads = 0;
  #isWorking = false;

  /** `v8` is asked for when the program is loaded, which has loaded most of what that needs. */
  constructor(v8: () => typeof V8) {
    this.#v8 = v8;
  }

  /** Runs what loads code, or keeps it. */
  loading<T>(work: () => T): T {
    if (this.#isWorking) this.#ask(LOADING);
    this.#isWorking = false;
    this.#loads += 1;
    try {
      return work();
    } finally {
      this.#loads -= 1;
      this.#isWorking = this.#loads === 0;
      if (this.#isWorking) this.#ask(WORKING);
    }
  }

  #ask(flags: readonly string[]): void {
    const { setFlagsFromString } = this.#v8();
    for (const flag of flags) setFlagsFromString(flag);
  }
}
