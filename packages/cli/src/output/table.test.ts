import { expect, test } from 'vitest';
import { plain } from './paint.js';
import { table } from './table.js';

test('columns are as wide as their widest cell; the last is not filled up', () => {
  const rows = [
    ['web', 'up', '1'],
    [{ text: '網', style: 'red' as const }, 'absent', ''],
  ];
  expect(table(['NODE', 'STATE', 'N'], rows, plain)).toBe('NODE  STATE   N\nweb   up      1\n網    absent');
});

test('a cell cannot draw', () => {
  expect(table(['A', 'B'], [['\u001b[2J', 'x']], plain)).toBe('A        B\n\\x1b[2J  x');
});

test('colour is no width', () => {
  const painted = table(['A', 'B'], [[{ text: 'x', style: 'red' }, 'y']], (_, text) => `<${text}>`);
  expect(painted).toBe('<A>  <B>\n<x>  y');
});
