import type { Clock, Op } from '@pipewright/plugin';

const GONE_WITHIN_MS = 10_000;

export interface Leaving {
  /** Name of a namespace → the host's devices whose far end was in it when it was read. */
  readonly outside: ReadonlyMap<string, readonly string[]>;
  /** Whether the host still has one of these devices. */
  readonly anyLeft: (names: readonly string[]) => Promise<boolean>;
  readonly clock: Clock;
  readonly everyMs: number;
}

/** The kernel removes a namespace, and the far ends of the cables into it, a while after its name is gone. */
export async function awaitGone(ops: readonly Op[], { outside, anyLeft, clock, everyMs }: Leaving): Promise<void> {
  const names = ops.flatMap((op) => (op.op === 'namespace' && op.verb === 'del' ? (outside.get(op.name) ?? []) : []));
  const until = clock.now() + GONE_WITHIN_MS;
  while (names.length > 0 && clock.now() < until && (await anyLeft(names))) await clock.sleep(everyMs);
}
