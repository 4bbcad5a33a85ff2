import type { Op, OpFailure } from '@pipewright/plugin';

/** The ops from `start` on that may be done at the same time, by what they are about, up to the first that may not. */
export function thingsFrom<O extends Op>(
  ops: readonly Op[],
  start: number,
  thingOf: (op: Op) => readonly [about: string, op: O] | undefined,
): readonly (readonly O[])[] {
  const things = new Map<string, O[]>();
  for (let index = start; index < ops.length; index++) {
    const op = ops[index];
    const thing = op && thingOf(op);
    if (!thing) break;
    const [about, one] = thing;
    const same = things.get(about);
    if (same) same.push(one);
    else things.set(about, [one]);
  }
  return [...things.values()];
}

/** Runs ops of which each only follows where the one before it went well, or in undoing all; returns what went wrong. */
export async function runInTurn<O extends Op>(
  ops: readonly O[],
  undo: boolean,
  run: (op: O) => Promise<string | undefined>,
): Promise<readonly OpFailure[]> {
  const failures: OpFailure[] = [];
  for (const op of ops) {
    const message = await run(op);
    if (message !== undefined) failures.push({ op, message });
    if (failures.length > 0 && !undo) break;
  }
  return failures;
}
