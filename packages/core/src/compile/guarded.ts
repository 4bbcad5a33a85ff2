import { PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** A driver that throws is named, with what it was given. */
export function guarded<T>(contract: string, kind: string, it: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof PipewrightError) throw cause;
    throw new PipewrightError(
      errors.driverThrew(contract, kind, it, cause instanceof Error ? cause.message : String(cause)),
      { cause },
    );
  }
}
