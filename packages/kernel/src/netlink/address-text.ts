import { fail, familyOf } from '@pipewright/plugin';
import { errors } from '../errors.js';

export const ipv4Text = (bytes: Uint8Array, at: number): string =>
  `${String(bytes[at])}.${String(bytes[at + 1])}.${String(bytes[at + 2])}.${String(bytes[at + 3])}`;

const group = (bytes: Uint8Array, at: number, index: number): number =>
  ((bytes[at + 2 * index] ?? 0) << 8) | (bytes[at + 2 * index + 1] ?? 0);

/** As inet_ntop writes it: RFC 5952, and the last 32 bits dotted where the rest is an IPv4 prefix. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const zeros = longestZeros(bytes, at);
  const dotted = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && group(bytes, at, 5) === 0xffff));
  const end = dotted ? 6 : 8;
  let text = '';
  for (let index = 0; index < end; index++) {
    if (index === zeros.start) {
      text += '::';
      index += zeros.length - 1;
    } else text += (text === '' || text.endsWith(':') ? '' : ':') + group(bytes, at, index).toString(16);
  }
  return dotted ? `${text}${text.endsWith(':') ? '' : ':'}${ipv4Text(bytes, at + 12)}` : text;
}

/** The first of the longest runs of zero groups; one alone is not shortened. */
function longestZeros(bytes: Uint8Array, at: number): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0, index = 0; index < 8; index++) {
    if (group(bytes, at, index) !== 0) start = index + 1;
    else if (index - start + 1 > best.length) best = { start, length: index - start + 1 };
  }
  return best;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function macText(bytes: Uint8Array, from: number, to: number): string {
  let text = HEX[bytes[from] ?? 0] ?? '';
  for (let at = from + 1; at < to; at++) text += `:${HEX[bytes[at] ?? 0] ?? ''}`;
  return text;
}

export function macBytes(text: string): Uint8Array {
  if (!/^[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2})*$/.test(text)) fail(errors.notEncodable('a MAC address', text));
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));
}

/** An address with or without its prefix length. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Of text that is known to be an address; the check that nothing else travels as one is cheap. */
export function prefixOf(text: string): Prefix {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = familyOf(address);
  const bytes = family === 6 ? ipv6Bytes(address) : ipv4Bytes(address);
  const widest = family === 6 ? 128 : 32;
  const length = slash < 0 ? widest : Number(/^\d{1,3}$/.exec(text.slice(slash + 1))?.[0]);
  if (!bytes || !(length <= widest))
    // NaN is not
    return fail(errors.notEncodable('an IP address', text));
  return { family, bytes, length };
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((it) => /^\d{1,3}$/.test(it) && Number(it) < 256)
    ? Uint8Array.from(parts, Number)
    : undefined;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = 16 - before.length - after.length;
  const fits = tail === undefined ? missing === 0 : missing >= 2;
  if (more.length > 0 || !fits || [...before, ...after].some((it) => !(it >= 0 && it < 256))) return undefined;
  return Uint8Array.from([...before, ...Array<number>(missing).fill(0), ...after]);
}

/** Bytes of `fd00:1` or of `ffff:10.0.0.1`; NaN for what is none. */
const groups = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').flatMap((it) => (it.includes('.') ? dotted(it) : hexadecimal(it)));

const dotted = (text: string): readonly number[] => [...(ipv4Bytes(text) ?? [Number.NaN])];

function hexadecimal(text: string): readonly number[] {
  const value = /^[0-9A-Fa-f]{1,4}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  return [value / 256, value].map((it) => (Number.isNaN(it) ? it : it & 0xff));
}
