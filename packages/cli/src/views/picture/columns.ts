import type { Scene } from './items.js';
import { type Layers, type Neighbours, neighboursOf } from './layers.js';
import { sum } from './measure.js';
import { type Ends, OVER, type Reach, reachOf } from './sizes.js';
import { spread } from './spread.js';

const SWEEPS = 6;
/** Between items of a layer: buses may come out longer, to either side. */
const ROOM = 2 * OVER + 4;

/** The middle of each item, from left to right: lines cross little, and are short. */
export function columnsOf(scene: Scene, layers: Layers, ends: readonly Ends[]): ReadonlyMap<number, number> {
  const neighbours = neighboursOf(scene);
  const reaches = scene.items.map((item, index) => reachOf(item, ends[index] ?? { up: [], down: [] }));
  const rooms = roomsOf(layers, neighbours, reaches);
  const at = new Map<number, number>();
  let rows = layers;
  const settle = (row: readonly number[], beyond: readonly number[]): readonly number[] => {
    const known = new Set(beyond);
    const wish = new Map(row.map((it) => [it, wishOf(it, neighbours[it] ?? [], known, at)]));
    const ordered = [...row].sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
    const wishes = ordered.map((it) => ({ ...(rooms[it] ?? NOTHING), at: wish.get(it) ?? 0 }));
    for (const [index, x] of spread(wishes, ROOM).entries()) at.set(ordered[index] ?? 0, x);
    return ordered;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    rows = rows.map((row, index) => settle(row, rows[index - 1] ?? []));
    rows = [...rows].reverse().map((row, index, all) => settle(row, all[index - 1] ?? []));
    rows = [...rows].reverse();
  }
  return at;
}

/** The middle of its neighbours on the layer beyond; where there are none, where it is. */
function wishOf(
  item: number,
  neighbours: readonly number[],
  beyond: ReadonlySet<number>,
  at: ReadonlyMap<number, number>,
): number {
  const near = neighbours.filter((it) => beyond.has(it)).flatMap((it) => at.get(it) ?? []);
  return near.length === 0 ? (at.get(item) ?? 0) : sum(near) / near.length;
}

/** With room for what hangs below an item; that which hangs on several is shared by them. */
function roomsOf(layers: Layers, neighbours: Neighbours, reaches: readonly Reach[]): readonly Reach[] {
  const rooms = [...reaches];
  for (const [index, layer] of [...layers.entries()].reverse()) {
    const [own, below] = [new Set(layer), new Set(layers[index + 1])];
    for (const item of layer) {
      const hung = (neighbours[item] ?? []).filter((it) => below.has(it));
      const holders = (it: number): number => (neighbours[it] ?? []).filter((one) => own.has(one)).length;
      const half = (sum(hung.map((it) => widthOf(rooms[it]) / holders(it))) - ROOM) / 2;
      const { left, right } = reaches[item] ?? NOTHING;
      rooms[item] = { left: Math.max(left, half), right: Math.max(right, half) };
    }
  }
  return rooms;
}

const NOTHING: Reach = { left: 0, right: 0 };

const widthOf = ({ left, right }: Reach = NOTHING): number => left + right + ROOM;
