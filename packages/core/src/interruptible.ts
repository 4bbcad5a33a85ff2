import { PipewrightError } from '@pipewright/plugin';
import { errors } from './errors.js';

/** The work; or, once we are asked to end, the end of it, whatever it waits for. For what leaves nothing half done. */
export const interruptible = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = (): void => reject(new PipewrightError(errors.interrupted()));
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
