import { describe, expect, test } from 'vitest';
import { EXECUTOR_CASES, type ExecutorCase, type ExecutorOutcome } from './executor-cases.js';

/** What every executor holds to. `run` does the steps of a case on an empty host, by `execute`. */
export function executorSuite(name: string, run: (it: ExecutorCase) => Promise<ExecutorOutcome>): void {
  describe(`${name} executor`, () => {
    for (const it of EXECUTOR_CASES) test(it.name, async () => checkOutcome(it, await run(it)));
  });
}

/** Throws, as a test does, where a case ended otherwise than it says. */
export function checkOutcome(it: ExecutorCase, { refused, leaves }: ExecutorOutcome, what = it.name): void {
  expect(leaves, what).toEqual([...it.leaves].sort());
  expect(
    refused.map(({ words }) => words),
    what,
  ).toEqual((it.refused ?? []).map((words) => expect.stringMatching(words) as string));
}
