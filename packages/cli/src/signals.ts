import { coreErrors } from '@pipewright/core';
import { PipewrightError } from '@pipewright/plugin';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborted by the first signal that asks us to end. Later ones are heard and do nothing: a terminal and the program
 * that started us may both pass one on, and what is half done is being put back.
 */
export function abortedBySignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => controller.abort());
  return controller.signal;
}

/** The same; or, once we are asked to end, the end of it, whatever it waits for. For what changes nothing. */
export const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  signal === undefined ? work : endingWith(signal, work);

const endingWith = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = (): void => reject(new PipewrightError(coreErrors.interrupted()));
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
