import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Alarm } from './alarm.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const { signal } = new AbortController();

/** How long it waits, while it rings at these moments. */
async function waited(alarm: Alarm, rings: readonly number[], withinMs = 10_000, until = signal): Promise<number> {
  const began = Date.now();
  for (const at of rings) setTimeout(() => alarm.ring(), at);
  const waiting = alarm.wait(withinMs, until).then(() => Date.now() - began);
  await vi.runAllTimersAsync();
  return waiting;
}

test('without a ring it waits as long as it is told', async () => {
  expect(await waited(new Alarm(), [])).toBe(10_000);
});

test.each([
  ['one ring', [1_000], 1_300],
  ['rings close together are one', [1_000, 1_200, 1_450], 1_750],
  ['what never rests is looked at all the same', Array.from({ length: 60 }, (_, index) => index * 100), 3_000],
])('%s', async (_, rings, ms) => {
  expect(await waited(new Alarm(), rings)).toBe(ms);
});

test('a ring while nobody waits is heard by the next who does, unless it is hushed', async () => {
  const alarm = new Alarm();
  alarm.ring();
  expect(await waited(alarm, [])).toBe(300);
  alarm.ring();
  alarm.hush();
  expect(await waited(alarm, [])).toBe(10_000);
});

test('one who is to end does not wait', async () => {
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 50);
  expect(await waited(new Alarm(), [], 10_000, ending.signal)).toBe(50);
  expect(await waited(new Alarm(), [], 10_000, ending.signal)).toBe(0);
});
