import { expect, test } from 'vitest';
import { splitWords } from './words.js';

test.each([
  ['ip link show', ['ip', 'link', 'show']],
  ['  a   b ', ['a', 'b']],
  [`echo 'a b' "c d"`, ['echo', 'a b', 'c d']],
  [`x'y z'w`, ['xy zw']],
  [`'' ""`, ['', '']],
  [String.raw`a\ b "\"\$x\n"`, ['a b', String.raw`"$x\n`]],
  [`$(id) ; | > *`, ['$(id)', ';', '|', '>', '*']],
  [`'open`, undefined],
  [`"open`, undefined],
  ['end\\', undefined],
  ['', []],
])('%s', (line, words) => expect(splitWords(line)).toEqual(words));
