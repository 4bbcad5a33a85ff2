import { describe, expect, test } from 'vitest';
import { block, columns, duration, padEnd, printable } from './text.js';

describe('printable', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['web', 'web'],
    ['a\u001b[31mb', 'a\\x1b[31mb'],
    ['a\nb\r\0', 'a\\x0ab\\x0d\\x00'],
    ['\u202eevil', '\\u{202e}evil'],
    ['\u0085', '\\x85'],
    ['größe 網', 'größe 網'],
  ];
  for (const [text, shown] of cases) test(JSON.stringify(text), () => expect(printable(text)).toBe(shown));
});

test('a block keeps its lines, none at the left margin but the first', () => {
  expect(block('one\n\u001btwo', '  ')).toBe('one\n  \\x1btwo');
});

test('what points into the line above stays below it, behind tabs too', () => {
  expect(block('here:\n\tchain fwd {\n\t      ^^^\na\tb', '  ')).toBe(
    'here:\n          chain fwd {\n                ^^^\n  a       b',
  );
});

test('columns are those of a terminal', () => {
  expect(['web', '網路', 'e\u0301', '🙂'].map(columns)).toEqual([3, 4, 1, 2]);
  expect(padEnd('網', 4)).toBe('網  ');
});

test.each([
  [12.34, '12.3 s'],
  [0.1, '0.1 s'],
  [0.0999, '99 ms'],
  [0.0004, '1 ms'],
])('%d seconds: %s', (seconds, text) => expect(duration(seconds)).toBe(text));
