import { widest } from './measure.js';
import { NO_ENDS, type Plot, reachesOf } from './plot.js';
import { type EndOf, gridOf, heightOf, labelHeight } from './sizes.js';

/** The heights of a layer. */
export interface Row {
  /** Where lines from above have come to be straight. */
  readonly start: number;
  /** Of its items. */
  readonly top: number;
  /** Below the labels of the lines that go down. */
  readonly bottom: number;
  /** The height that lines go along which stay on the layer, by line. */
  readonly lanes: ReadonlyMap<number, number>;
  readonly end: number;
}

/** Room of curves from one layer to the next; of lines that go straight down. */
const [CURVES, STRAIGHT] = [44, 12];
/** Between lines that stay on a layer. */
const LANE = 12;

/** From the top down. */
export function rowsOf(plot: Plot): readonly Row[] {
  const rows: Row[] = [];
  for (const layer of plot.layers) rows.push(rowOf(plot, layer, rows.at(-1)?.end ?? 0));
  return rows;
}

function rowOf(plot: Plot, layer: readonly number[], start: number): Row {
  const items = layer.flatMap((it) => plot.scene.items[it] ?? []);
  const ends = layer.map((it) => plot.ends[it] ?? NO_ENDS);
  const down = ends.flatMap((it) => it.down);
  const hung = items.map((it) => (it.is === 'block' ? gridOf(it).labels : 0));
  const top = start + Math.max(labelHeight(ends.flatMap((it) => it.up).map((it) => it.label)), widest(hung));
  const bottom = top + widest(items.map(heightOf)) + labelHeight(down.map((it) => it.label));
  const own = new Set(layer);
  const { lanes, count } = lanesOf(
    plot,
    down.filter((it) => own.has(it.other)),
    bottom,
  );
  const below = down.filter((it) => !own.has(it.other));
  const room = below.length === 0 ? 0 : below.some((it) => isCurve(plot, it)) ? CURVES : STRAIGHT;
  return { start, top, bottom, lanes, end: bottom + (count === 0 ? 0 : (count + 1) * LANE) + room };
}

function isCurve(plot: Plot, { line }: EndOf): boolean {
  const [a, b] = reachesOf(plot, line);
  return Math.abs(a - b) > 1;
}

/** Short ones go nearest to the layer; those that do not meet share a lane. */
function lanesOf(
  plot: Plot,
  staying: readonly EndOf[],
  bottom: number,
): { readonly lanes: Row['lanes']; readonly count: number } {
  const ways = [...new Set(staying.map(({ line }) => line))]
    .map((line) => {
      const [a, b] = reachesOf(plot, line);
      return { line, from: Math.min(a, b), to: Math.max(a, b) };
    })
    .sort((a, b) => a.to - a.from - (b.to - b.from) || a.line - b.line);
  const taken: (readonly { readonly from: number; readonly to: number }[])[] = [];
  const lanes = new Map<number, number>();
  for (const way of ways) {
    const free = taken.findIndex((lane) => lane.every(({ from, to }) => to < way.from || way.to < from));
    const lane = free === -1 ? taken.length : free;
    taken[lane] = [...(taken[lane] ?? []), way];
    lanes.set(way.line, bottom + (lane + 1) * LANE);
  }
  return { lanes, count: taken.length };
}
