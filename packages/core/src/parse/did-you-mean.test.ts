import { expect, test } from 'vitest';
import { didYouMean, editDistance } from './did-you-mean.js';

test.each([
  ['brigde', 'bridge', 1],
  ['vxlna', 'vxlan', 1],
  ['lan', 'lan', 0],
  ['', 'lan', 3],
  ['ca', 'abc', 3],
  ['kitten', 'sitting', 3],
])('%s and %s are %i apart', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

test.each([
  ['brigde', 'bridge'],
  ['Bridge', 'bridge'],
  ['macvaln', 'macvlan'],
  ['zzzzz', undefined],
  ['z', undefined],
  ['a', undefined],
])('%s: did you mean %s', (word, meant) => {
  expect(didYouMean(word, ['bridge', 'macvlan', 'ipvlan', 'b'])).toBe(meant);
});
