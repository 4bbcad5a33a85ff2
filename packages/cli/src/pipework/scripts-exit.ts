import { coreErrors } from '@pipewright/core';
import { PipewrightError } from '@pipewright/plugin';

/**
 * Runs what may find that something asked for is amiss, with the exit codes of the script: 2, iproute2's, where it left
 * that to the kernel, else 1.
 */
export async function withScriptsExit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isAmiss(error) ? withExit1(error) : error;
  }
}

const isAmiss = (error: unknown): error is PipewrightError =>
  error instanceof PipewrightError && error.exit === 2 && error.code !== coreErrors.taken.code;

const withExit1 = ({ code, message, fix, cause, at, suppressed, diagnostics }: PipewrightError): PipewrightError =>
  new PipewrightError({ code, message, fix, exit: 1 }, { cause, at, suppressed, diagnostics });
