import { isMap } from './source.js';

const MOST = 60;

const escaped = (char: string): string => {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Safe to print: nothing in it moves a cursor or breaks a line. Escaped are controls, and what turns or hides text on a
 * terminal: formatting characters, line separators, lone surrogates. (Made where it is used: the class takes time.)
 */
export const safe = (text: string): string =>
  /^[ -~]*$/.test(text) ? text : text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, escaped);

/** Text of an input, safe to print and not long. */
export const printable = (text: string): string => safe(text.length > MOST ? `${text.slice(0, MOST)}…` : text);

export const quoted = (text: string): string => `"${printable(text)}"`;

/** A found value, as a message names it. `written` is how a scalar stands in the text. */
export function show(value: unknown, written?: string): string {
  if (typeof value === 'string') return quoted(written ?? value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isMap(value)) return Object.keys(value).length === 0 ? 'an empty map' : `a map with ${list(Object.keys(value))}`;
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'number') return `the number ${printable(written ?? String(value))}`;
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

/** Words for a message: quoted, at most ten. */
export function list(words: readonly string[]): string {
  const shown = words.slice(0, 10).map(printable).join(', ');
  return words.length > 10 ? `${shown} and ${words.length - 10} more` : shown;
}
