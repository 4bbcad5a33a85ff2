import type { Paint, Style } from './paint.js';
import { columns, padEnd, printable } from './text.js';

/** A cell, coloured or not. */
export type Cell = string | { readonly text: string; readonly style: Style };

const GAP = '  ';

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** Columns side by side under a dim head line. What stands in cells is made printable. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const all: readonly (readonly Cell[])[] = [head.map((text): Cell => ({ text, style: 'dim' })), ...rows];
  const widths = head.map((_, index) => Math.max(...all.map((row) => columns(printable(textOf(row[index] ?? ''))))));
  return all.map((row) => line(row, widths, paint)).join('\n');
}

const line = (row: readonly Cell[], widths: readonly number[], paint: Paint): string =>
  row
    .map((cell, index) => {
      const text = printable(textOf(cell));
      const padded = index === row.length - 1 ? text : padEnd(text, widths[index] ?? 0);
      return typeof cell === 'string' ? padded : paint(cell.style, padded);
    })
    .join(GAP)
    .trimEnd();
