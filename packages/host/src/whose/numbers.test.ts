import { expect, test } from 'vitest';
import { namedNumbers, processNumbers } from './numbers.js';

const printed = (stdout: string, code = 0) => ({ code, stdout, stderr: '' });
const named = (inode: number, name: string | null) => ({ inode, name, path: '', pids: [] });

test.each([
  ['as numbers', '{"namespaces":[{"ns":7,"netnsid":"unassigned"},{"ns":8,"netnsid":"3"}]}'],
  ['as text, by old versions', '{"namespaces":[{"ns":"7","netnsid":"unassigned"},{"ns":"8","netnsid":"3"}]}'],
])('what lsns lists %s', (_, text) =>
  expect(processNumbers(printed(text))).toEqual([
    [7, null],
    [8, 3],
  ]),
);

test('where lsns does not know numbers nothing is known', () => expect(processNumbers(printed('', 1))).toEqual([]));

test('ip tells the number of a name where it has one', () =>
  expect(
    namedNumbers(printed('[{"name":"a","id":0},{"name":"b"}]'), [named(7, 'a'), named(8, 'b'), named(9, null)]),
  ).toEqual([
    [7, 0],
    [8, null],
  ]));

test('no names, no output', () => expect(namedNumbers(printed(''), [named(7, 'a')])).toEqual([]));
