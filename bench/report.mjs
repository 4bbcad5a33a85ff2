import { readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { median, printed } from './measure.mjs';

const [START, END] = ['<!-- figures: npm run bench -- --write FILE -->', '<!-- end of figures -->'];

/** The row with its ratio, or its value where there is nothing to divide by. */
function figuresOf({ id, what, most, unit, digits = 0, ours, other }) {
  const medians = [ours, ...(other ? [other] : [])].map((it) => Number(median(it).toFixed(digits)));
  const value = median(ours) / (other ? median(other) : 1);
  return { id, what, value: Number(value.toPrecision(3)), most, unit: unit ?? '', medians, runs: ours.length };
}

const withUnit = (value, unit) => `${value}${unit && ` ${unit}`}`;
const bound = ({ value, most, unit }) => `${withUnit(most, unit)}${value > most ? ' (over)' : ''}`;
const mediansText = ({ medians, unit }) => (medians.length > 1 ? `${medians.join(' / ')} ms` : withUnit(medians, unit));

const HEAD = ['what', 'measured', 'at most', 'medians', 'runs'];
const cellsOf = (row) => {
  const it = figuresOf(row);
  return [it.what, withUnit(it.value, it.unit), bound(it), mediansText(it), String(it.runs)];
};

export function asText(rows) {
  const lines = [HEAD, ...rows.map((row) => cellsOf(row).map((cell) => cell.replaceAll('`', '')))];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return [machine(), '', ...lines.map((cells) => cells.map(pad).join('  '))].join('\n');
}

export function asMarkdown(rows) {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`);
  return [`${machine()}.`, '', ...lines].join('\n');
}

export const asJson = (rows) => JSON.stringify({ machine: machine(), rows: rows.map(figuresOf) }, null, 2);

const machine = () =>
  `Linux ${release()}, ${availableParallelism()} CPUs, Node ${process.version}, ${printed(['ip', '-V'])
    .trim()
    .replace(/^ip utility, ([^,]*).*/, '$1')}`;

/** The text of a file with the part between the markers replaced. */
export function between(file, part) {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has no "${START}" and "${END}"`);
  return `${text.slice(0, from)}${START}\n\n${part}\n\n${text.slice(to)}`;
}
