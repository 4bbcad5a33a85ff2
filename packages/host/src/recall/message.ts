import type { Shape } from './record.js';

/** Of struct nlmsghdr. */
export const HEADER = { length: 0, type: 4, flags: 6, sequence: 8, port: 12, end: 16 } as const;
export const DONE = 3;

/** What our questions and their answers carry, so that equal answers are equal bytes. */
export const SEQUENCE = 1;
export const PORT = 0x7077_7265;

export const align = (length: number): number => (length + 3) & ~3;

const WHOLE = 0xff;
/** Below it, to compare byte by byte is as quick. */
const FEW = 32;

const masks = new WeakMap<Shape, Uint8Array>();

/** Of each byte the bits that matter. */
export function maskOf(shape: Shape): Uint8Array {
  const known = masks.get(shape);
  if (known) return known;
  const { length, ranges, bits } = shape;
  const mask = new Uint8Array(length);
  for (let at = 0; at < ranges.length; at += 2) mask.fill(WHOLE, ranges[at], ranges[at + 1]);
  for (let at = 0; at < bits.length; at += 2) mask[bits[at] ?? 0] = bits[at + 1] ?? 0;
  masks.set(shape, mask);
  return mask;
}

/**
 * Whether two messages that begin there are equal in all that matters. Mostly few bytes differ: halves that are equal
 * need not be looked into.
 */
export function isAlike(
  message: Buffer,
  at: number,
  other: Buffer,
  from: number,
  mask: Uint8Array,
  start = 0,
  end = mask.length,
): boolean {
  if (end - start > FEW) {
    if (other.compare(message, at + start, at + end, from + start, from + end) === 0) return true;
    const middle = (start + end) >> 1;
    return (
      isAlike(message, at, other, from, mask, start, middle) && isAlike(message, at, other, from, mask, middle, end)
    );
  }
  for (let offset = start; offset < end; offset++)
    if (((message[at + offset] ?? 0) ^ (other[from + offset] ?? 0)) & (mask[offset] ?? 0)) return false;
  return true;
}

/** A message with nothing in it but what matters, as text in Latin-1. */
export function gistOf(message: Buffer, at: number, shape: Shape): string {
  const mask = maskOf(shape);
  return Buffer.from(mask.map((bits, offset) => bits & (message[at + offset] ?? 0))).toString('latin1');
}

/** Whether a message that begins there has such a gist. */
export function hasGist(message: Buffer, at: number, { ranges, bits }: Shape, gist: string): boolean {
  for (let index = 0; index < ranges.length; index += 2) {
    const end = ranges[index + 1] ?? 0;
    for (let offset = ranges[index] ?? 0; offset < end; offset++)
      if (message[at + offset] !== gist.charCodeAt(offset)) return false;
  }
  for (let index = 0; index < bits.length; index += 2) {
    const offset = bits[index] ?? 0;
    if (((message[at + offset] ?? 0) & (bits[index + 1] ?? 0)) !== gist.charCodeAt(offset)) return false;
  }
  return true;
}
