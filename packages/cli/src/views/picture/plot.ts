import { columnsOf } from './columns.js';
import type { Scene } from './items.js';
import type { Layers } from './layers.js';
import { sum } from './measure.js';
import { type EndOf, type Ends, endsOf, gridOf, OVER, slotWidth } from './sizes.js';

/** From left to right all has its place. */
export interface Plot {
  readonly scene: Scene;
  readonly layers: Layers;
  readonly ends: readonly Ends[];
  /** The middle of each item. */
  readonly columns: ReadonlyMap<number, number>;
  /** Where ends of lines are at boxes, by `portKey`. */
  readonly ports: ReadonlyMap<string, number>;
  /** From where to where a bus reaches, by item. */
  readonly spans: ReadonlyMap<number, Span>;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export function plotOf(scene: Scene, layers: Layers): Plot {
  const ends = endsOf(scene, layers);
  const columns = columnsOf(scene, layers, ends);
  const ports = portsOf({ scene, layers, ends, columns });
  return { scene, layers, ends, columns, ports, spans: spansOf({ scene, layers, ends, columns, ports }) };
}

export const NO_ENDS: Ends = { up: [], down: [] };

const portKey = (line: number, side: 0 | 1): string => `${String(line)} ${String(side)}`;

/** Side by side, in the order of what they lead to. */
function portsOf({ scene, layers, ends, columns }: Omit<Plot, 'ports' | 'spans'>): Plot['ports'] {
  const far = ({ other }: EndOf): number => columns.get(other) ?? 0;
  const sideBySide = (all: readonly EndOf[], middle: number): readonly (readonly [string, number])[] => {
    let next = middle - sum(all.map(slotWidth)) / 2;
    return [...all]
      .sort((a, b) => far(a) - far(b))
      .map((it) => {
        const x = next + slotWidth(it) / 2;
        next += slotWidth(it);
        return [portKey(it.line, it.side), x] as const;
      });
  };
  const boxes = layers.flat().filter((it) => scene.items[it]?.is === 'box');
  return new Map(
    boxes.flatMap((item) => {
      const { up, down } = ends[item] ?? NO_ENDS;
      const middle = columns.get(item) ?? 0;
      return [...sideBySide(up, middle), ...sideBySide(down, middle)];
    }),
  );
}

/** A bus reaches over all that hangs on it. */
function spansOf({ scene, layers, ends, columns, ports }: Omit<Plot, 'spans'>): Plot['spans'] {
  const edgesOf = ({ line, side, other }: EndOf): readonly number[] => {
    const item = scene.items[other];
    const x = item?.is === 'block' ? columns.get(other) : ports.get(portKey(line, side === 0 ? 1 : 0));
    const half = item?.is === 'block' ? gridOf(item).width / 2 : OVER;
    return x === undefined ? [] : [x - half, x + half];
  };
  return new Map(
    layers.flat().flatMap((item) => {
      const bus = scene.items[item];
      if (bus?.is !== 'bus') return [];
      const x = columns.get(item) ?? 0;
      const { up, down } = ends[item] ?? NO_ENDS;
      const wide = spanOver({ from: x - bus.width / 2, to: x + bus.width / 2 }, down.flatMap(edgesOf));
      // Lines from above that come down near its end need not bend.
      const near = up.map(edgesOf).filter(([from = 0, to = 0]) => from + OVER > wide.from && to - OVER < wide.to);
      return [[item, spanOver(wide, near.flat())] as const];
    }),
  );
}

const spanOver = ({ from, to }: Span, edges: readonly number[]): Span => ({
  from: edges.reduce((least, it) => Math.min(least, it), from),
  to: edges.reduce((most, it) => Math.max(most, it), to),
});

/** Where the two ends of a line are: at its port of a box, and as near to that as can be on a bus. */
export function reachesOf({ scene, ports, spans }: Plot, line: number): readonly [number, number] {
  const ends = scene.lines[line]?.ends;
  const on = (side: 0 | 1, near: number): number => {
    const span = ends && spans.get(ends[side].item);
    return span ? Math.min(Math.max(near, span.from + OVER), span.to - OVER) : near;
  };
  const [a, b] = [ports.get(portKey(line, 0)), ports.get(portKey(line, 1))];
  return [a ?? on(0, b ?? 0), b ?? on(1, a ?? 0)];
}
