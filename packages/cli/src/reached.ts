import { type Fault, LOCAL_HOST, PipewrightError } from '@pipewright/plugin';

/** What a look at the hosts that are reached found, and why the others are not. */
export interface Looked<T> {
  readonly value: T;
  readonly unreached: ReadonlyMap<string, Fault>;
}

/** Each host that is not reached is left out, and the others are looked at again. */
export async function asFarAsReached<T>(look: (without: ReadonlySet<string>) => Promise<T>): Promise<Looked<T>> {
  const unreached = new Map<string, Fault>();
  for (;;) {
    try {
      return { value: await look(new Set(unreached.keys())), unreached };
    } catch (error) {
      const more = error instanceof PipewrightError ? [...error.byHost] : [];
      if (more.length === 0 || more.some(([host]) => host === LOCAL_HOST || unreached.has(host))) throw error;
      for (const [host, fault] of more) unreached.set(host, fault);
    }
  }
}
