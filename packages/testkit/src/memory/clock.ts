import type { Clock } from '@pipewright/plugin';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: readonly Sleeper[] = [];

  /** @param now Milliseconds since the epoch. */
  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers = [...this.#sleepers, { until: this.#now + ms, wake }];
      this.#wakeDue();
      signal?.addEventListener('abort', () => wake());
      if (signal?.aborted) wake();
    });
  }

  /** Lets time pass; who slept until then goes on, the earliest first. */
  advance(ms: number): void {
    this.#now += ms;
    this.#wakeDue();
  }

  #wakeDue(): void {
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    due.sort((a, b) => a.until - b.until).forEach(({ wake }) => wake());
  }
}
