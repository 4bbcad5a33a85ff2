import {
  type Allotments,
  type Allotted,
  type Diagnostic,
  type Fault,
  PipewrightError,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';

// The store only keeps addresses where they were. What goes wrong with it is told, and fails nothing.

export async function readAllotted(
  store: Allotments,
  topology: string,
): Promise<{ readonly allotted: Allotted; readonly warnings: readonly Diagnostic[] }> {
  try {
    return { allotted: await store.read(topology), warnings: [] };
  } catch (error) {
    return { allotted: new Map(), warnings: told(error, (words) => errors.allotmentsUnread(topology, words)) };
  }
}

export const keepAllotted = (store: Allotments, topology: string, allotted: Allotted): Promise<readonly Diagnostic[]> =>
  tried(store.write(topology, allotted), (words) => errors.allotmentsUnkept(topology, words));

export const forgetAllotted = (store: Allotments, topology: string): Promise<readonly Diagnostic[]> =>
  tried(store.remove(topology), (words) => errors.allotmentsLeft(topology, words));

const tried = (work: Promise<void>, fault: (words: string) => Fault): Promise<readonly Diagnostic[]> =>
  work.then(
    () => [],
    (error: unknown) => told(error, fault),
  );

/** A fault of ours says already what to do. */
function told(error: unknown, fault: (words: string) => Fault): readonly Diagnostic[] {
  if (!(error instanceof PipewrightError))
    return [warning(fault(error instanceof Error ? error.message : String(error)), [])];
  const { code, message, fix, exit } = error;
  return [warning({ code, message, fix, exit }, [])];
}
