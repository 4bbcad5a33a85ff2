/** Things often happen many at once, and a device is there before its addresses: so long nothing more has to. */
const QUIET_MS = 300;

/** What never comes to rest is looked at so often. */
const MOST_MS = 3_000;

/** Wakes who waits for something to happen, when all that did is over. */
export class Alarm {
  #rings = 0;
  #seen = 0;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rings += 1;
    this.#wake();
  }

  /** Resolves a moment after it rang, which it may have before; or after `withinMs`, or when `signal` is aborted. */
  async wait(withinMs: number, signal: AbortSignal): Promise<void> {
    await this.#next(withinMs, signal);
    const until = Date.now() + MOST_MS;
    while (this.#rings !== this.#seen && !signal.aborted && Date.now() < until) {
      this.#seen = this.#rings;
      await this.#next(QUIET_MS, signal);
    }
    this.#seen = this.#rings;
  }

  /** What rang until now is of no interest. */
  hush(): void {
    this.#seen = this.#rings;
  }

  async #next(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rings !== this.#seen || signal.aborted) return;
    const { promise, resolve } = deferred();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    signal.addEventListener('abort', resolve);
    await promise;
    signal.removeEventListener('abort', resolve);
    clearTimeout(timer);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
