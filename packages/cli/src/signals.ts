import { interruptible } from '@pipewright/core';

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

/** Ends when we are asked to, whatever it waits for. For what changes nothing. */
export const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  signal === undefined ? work : interruptible(work, signal);
