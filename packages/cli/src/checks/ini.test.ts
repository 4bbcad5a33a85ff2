import { expect, test } from 'vitest';
import { matchesGlob, sectionsOf } from './ini.js';

test('sections with their keys in order; comments and what stands before the first are none', () =>
  expect(sectionsOf('lost=1\n[a]\n# k=0\n; k=0\nk = v=w\nk=\n[b]\nno line\n')).toEqual([
    {
      name: 'a',
      entries: [
        ['k', 'v=w'],
        ['k', ''],
      ],
    },
    { name: 'b', entries: [] },
  ]));

test.each([
  ['shop-*', 'shop-web', true],
  ['shop-*', 'myshop-web', false],
  ['eth?', 'eth0', true],
  ['eth?', 'eth10', false],
  ['e[tn]*', 'enp1', true],
  ['e[!t]*', 'eth0', false],
  ['eth0.5', 'eth0x5', false],
  ['eth[', 'eth[', false],
  ['', '', true],
])('%s, %s: %s', (pattern, name, matches) => expect(matchesGlob(pattern, name)).toBe(matches));
