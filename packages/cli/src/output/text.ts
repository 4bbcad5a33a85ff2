/** Text for terminals, where some of it comes from others: names found on the host, what a tool said. */

/** What stands where nobody is to read what is. */
export const SECRET = '(secret)';

/** Most text: each character is safe, and one column wide. */
const PLAIN = /^[ -~]*$/;

// In functions below: V8 makes the sets of a class by property when it meets the literal, milliseconds at each start.

/** What moves a cursor, turns or hides text: controls, formatting characters, line separators, lone surrogates. */
const withoutUnsafe = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** On one line, with nothing in it that a terminal acts on. */
export const printable = (text: string): string => (PLAIN.test(text) ? text : withoutUnsafe(text));

/** Several lines, each printable; all but the first are indented, so that none looks like one of ours. */
export const block = (text: string, indent: string): string =>
  text
    .split('\n')
    .map((it) => printable(withoutTabs(it)))
    .join(`\n${indent}`);

/** As a terminal has it, whose tab stops are eight columns apart. */
const withoutTabs = (line: string): string =>
  line.split('\t').reduce((before, part) => before.padEnd((Math.floor(before.length / 8) + 1) * 8) + part);

/** Zero: marks that combine. Two: East Asian wide and emoji (the ranges terminals agree on). */
function columnsOf(char: string): number {
  if (/\p{M}/u.test(char)) return 0;
  const wide =
    /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
  return wide.test(char) ? 2 : 1;
}

/** Columns that printable text takes on a terminal. */
export function columns(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let sum = 0;
  for (const char of text) sum += columnsOf(char);
  return sum;
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)));

/** `1 node`, `3 nodes`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${String(number)} ${number === 1 ? one : many}`;

/** `0.4 s`; of what takes less than a tenth of a second, `40 ms`. */
export const duration = (seconds: number): string =>
  seconds < 0.1 ? `${String(Math.max(1, Math.floor(seconds * 1000)))} ms` : `${seconds.toFixed(1)} s`;
