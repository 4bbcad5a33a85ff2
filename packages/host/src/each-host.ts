import { type Fault, PipewrightError } from '@pipewright/plugin';

/** Work on several hosts side by side: all come to their end, then the first that failed is told, and what failed on which. */
export async function eachHost<T extends readonly unknown[] | []>(
  hosts: readonly string[],
  work: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const ends = await Promise.allSettled(work);
  const failures = ends.flatMap((it, index): readonly (readonly [string, Fault])[] =>
    it.status === 'rejected' && it.reason instanceof PipewrightError ? [[hosts[index] ?? '', it.reason]] : [],
  );
  return Promise.all(work).catch((error: unknown) => {
    if (!(error instanceof PipewrightError)) throw error;
    const { cause, at, suppressed, diagnostics } = error;
    throw new PipewrightError(error, { cause, at, suppressed, diagnostics, byHost: new Map(failures) });
  });
}
