import type { Clock } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

interface Made {
  readonly clock: Clock;
  /** Makes this many milliseconds pass, where they do not pass by themselves. */
  readonly pass?: (ms: number) => void;
}

/** What every Clock holds to. */
export function clockSuite(make: () => Made): void {
  describe('a clock', () => {
    test('goes on by at least what is slept', async () => {
      const { clock, pass } = make();
      const before = clock.now();
      const slept = clock.sleep(20);
      pass?.(20);
      await slept;
      // A timer may fire within the millisecond before it is due.
      expect(clock.now() - before).toBeGreaterThanOrEqual(19);
    });

    test('wakes the earlier sleeper first', async () => {
      const { clock, pass } = make();
      const woken: number[] = [];
      const all = [30, 10].map((ms) => clock.sleep(ms).then(() => woken.push(ms)));
      pass?.(30);
      await Promise.all(all);
      expect(woken).toEqual([10, 30]);
    });

    test('who is called in his sleep wakes at once', async () => {
      const { clock } = make();
      const calling = new AbortController();
      const slept = [clock.sleep(1_000_000, calling.signal), clock.sleep(1_000_000, AbortSignal.abort())];
      calling.abort();
      await Promise.all(slept);
    });

    test('a sleep of nothing ends', async () => {
      await make().clock.sleep(0);
    });
  });
}
