import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sideBySide } from './side-by-side.js';

test('answers stand in the order of what was asked, however long each takes', async () =>
  expect(await sideBySide([3, 1, 2], async (it) => setTimeout(it, it * 10))).toEqual([30, 10, 20]));

test('never more than eight at a time', async () => {
  let [now, most] = [0, 0];
  await sideBySide(Array.from({ length: 30 }), async () => {
    most = Math.max(most, ++now);
    await setTimeout(1);
    now--;
  });
  expect(most).toBe(8);
});

test('what fails is told when all that was begun has ended', async () => {
  let ended = false;
  const work = sideBySide([0, 5], async (it) => {
    if (it === 0) throw new Error('no');
    await setTimeout(it);
    ended = true;
  });
  await expect(work).rejects.toThrow('no');
  expect(ended).toBe(true);
});
