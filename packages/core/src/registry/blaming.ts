import { type Fault, PipewrightError } from '@pipewright/plugin';

/** Runs code of a plugin, which is named where it throws. What it means to say is said as it says it. */
export function blaming<T>(faultOf: (words: string) => Fault, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof PipewrightError) throw cause;
    throw new PipewrightError(faultOf(cause instanceof Error ? cause.message : String(cause)), { cause });
  }
}
