import type { BlockItem, Item, Label, Scene } from './items.js';
import type { Layers } from './layers.js';
import { sum, widest } from './measure.js';

/** Pixels. */
export const BOX_HEIGHT = 46;
export const BUS_HEIGHT = 34;
/** Between things of a row. */
export const GAP = 22;
/** Of a line, before and after its label. */
export const STUB = 9;
/** Between the rows of a block. */
const ROW_GAP = 20;
/** Left of a block of several rows, for what its rows hang on. */
const TRUNK = 18;
/** Of a bus, beyond the outermost of its lines. */
export const OVER = 22;
const BESIDE_GAP = 44;
const BESIDE_LEAST = 70;
const SLOT_GAP = 16;

/** An end of a line, by the line and which end of it. */
export interface EndOf {
  readonly line: number;
  readonly side: 0 | 1;
  readonly label: Label | undefined;
  /** The item at the other end. */
  readonly other: number;
}

/** The ends of each item's lines: those that come from above, and those that go down from it or stay on its layer. */
export interface Ends {
  readonly up: readonly EndOf[];
  readonly down: readonly EndOf[];
}

export function endsOf({ items, lines }: Scene, layers: Layers): readonly Ends[] {
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map((item) => [item, index] as const)));
  const all = items.map(() => ({ up: new Array<EndOf>(), down: new Array<EndOf>() }));
  for (const [line, { ends }] of lines.entries())
    for (const side of [0, 1] as const) {
      const [own, far] = [ends[side], ends[side === 0 ? 1 : 0]];
      const goesUp = (layerOf.get(far.item) ?? 0) < (layerOf.get(own.item) ?? 0);
      all[own.item]?.[goesUp ? 'up' : 'down'].push({ line, side, label: own.label, other: far.item });
    }
  return all;
}

export const slotWidth = ({ label }: EndOf): number => (label?.width ?? 0) + SLOT_GAP;

/** With the line before and after it; nothing where there is none. */
export const labelHeight = (labels: readonly (Label | undefined)[]): number => {
  const height = widest(labels.map((it) => it?.height ?? 0));
  return height === 0 ? 0 : height + 2 * STUB;
};

/** How a block is cut into rows. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
  readonly labels: number;
  readonly rowHeight: number;
  readonly trunk: number;
  readonly width: number;
}

export function gridOf({ leaves, hue }: BlockItem): Grid {
  const most = Math.max(6, Math.ceil(Math.sqrt(leaves.length * 1.6)));
  const rows = Math.ceil(leaves.length / most);
  const columns = Math.ceil(leaves.length / rows);
  const cell = widest(leaves.map(({ box, label }) => Math.max(box.width, label.width))) + GAP;
  const labels = labelHeight(leaves.map(({ label }) => label));
  const trunk = hue !== undefined && rows > 1 ? TRUNK : 0;
  const rowHeight = labels + BOX_HEIGHT + ROW_GAP;
  return { columns, rows, cell, labels, rowHeight, trunk, width: columns * cell - GAP + trunk };
}

/** What an item takes to the left and to the right of its middle. */
export interface Reach {
  readonly left: number;
  readonly right: number;
}

export function reachOf(item: Item, { up, down }: Ends): Reach {
  if (item.is === 'bus') return around(item.width);
  if (item.is === 'block') return around(gridOf(item).width);
  const { left, right } = around(boxWidth(item.box.width, { up, down }));
  return item.beside ? { left, right: right + besideGap(item.beside.labels) + item.beside.box.width } : { left, right };
}

const around = (width: number): Reach => ({ left: width / 2, right: width / 2 });

export const boxWidth = (least: number, { up, down }: Ends): number =>
  Math.max(least, sum(up.map(slotWidth)), sum(down.map(slotWidth)));

export const besideGap = (labels: readonly Label[]): number =>
  Math.max(BESIDE_LEAST, widest(labels.map((it) => it.width)) + BESIDE_GAP);

export function heightOf(item: Item): number {
  if (item.is === 'bus') return BUS_HEIGHT;
  if (item.is === 'box') return BOX_HEIGHT;
  const { rows, rowHeight } = gridOf(item);
  return BOX_HEIGHT + (rows - 1) * rowHeight;
}
