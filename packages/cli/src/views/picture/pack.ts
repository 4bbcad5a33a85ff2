import { sum, widest } from './measure.js';
import type { Drawing, Part } from './place.js';

const GAP = 48;
/** Width to height of a picture of many parts. */
const SHAPE = 1.6;

export interface Packed {
  readonly parts: readonly { readonly drawing: Drawing; readonly x: number; readonly y: number }[];
  readonly width: number;
  readonly height: number;
}

/** Parts beside each other and below, like words in lines. */
export function pack(parts: readonly Part[]): Packed {
  const area = sum(parts.map(({ width, height }) => (width + GAP) * (height + GAP)));
  const line = Math.max(widest(parts.map(({ width }) => width)), Math.sqrt(area * SHAPE));
  let [x, y, tallest, widestLine] = [0, 0, 0, 0];
  const placed = parts.map(({ drawing, left, width, height }) => {
    if (x > 0 && x + width > line) [x, y, tallest] = [0, y + tallest + GAP, 0];
    const it = { drawing, x: x - left, y };
    widestLine = Math.max(widestLine, x + width);
    tallest = Math.max(tallest, height);
    x += width + GAP;
    return it;
  });
  return { parts: placed, width: widestLine, height: y + tallest };
}
