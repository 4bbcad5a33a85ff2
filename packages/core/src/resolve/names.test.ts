import { expect, test } from 'vitest';
import { namesFor } from './names.js';

const long = 'a'.repeat(63);
const names = namesFor(long, 'machine');

test('a long name stands in full among the others of a device', () => {
  expect(names.altnames('web')).toEqual([`${long}:web`]);
  expect(names.altnames('b'.repeat(63))).toEqual([`${long}:${'b'.repeat(63)}`]);
});

test('of two that are alike in all that the kernel takes of a name each has its own', () => {
  const made = [names.altnames(long, 'eth0'), names.altnames(long, 'eth1'), names.altnames(long)].flat();
  expect(new Set(made).size).toBe(3);
  expect(made.map((it) => it.length)).toEqual([127, 127, 127]); // ALTIFNAMSIZ, without its end
});
