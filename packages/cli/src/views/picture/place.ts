import type { BlockItem, BoxItem, BusItem, Label, NodeBox, Scene } from './items.js';
import type { Layers } from './layers.js';
import { widest } from './measure.js';
import { NO_ENDS, type Plot, plotOf, reachesOf, type Span } from './plot.js';
import { type Row, rowsOf } from './rows.js';
import { besideGap, BOX_HEIGHT, boxWidth, BUS_HEIGHT, type Ends, GAP, type Grid, gridOf, STUB } from './sizes.js';

/** What is drawn, with its place. */
export interface Drawing {
  readonly boxes: readonly (Rectangle & { readonly box: NodeBox })[];
  readonly buses: readonly (Rectangle & { readonly bus: BusItem })[];
  readonly strokes: readonly Stroke[];
  /** `y` is the top. */
  readonly labels: readonly (Point & { readonly label: Label })[];
  /** Where lines meet a network. */
  readonly dots: readonly (Point & { readonly hue: Hue })[];
}

/** Of a network; none of a cable. */
type Hue = number | undefined;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

interface Stroke {
  /** As `d` of an SVG path. */
  readonly path: string;
  readonly hue: Hue;
  /** A part of the network itself, no nic's line to it. */
  readonly isNetwork?: true;
  /** A nic at one of its ends is not as it should be. */
  readonly isBroken?: boolean;
}

const CORNER = 8;
/** What the rows of a block hang on: above the line of labels. */
const BRANCH = 6;
/** A line between neighbours, and its labels, above and below it. */
const BESIDE_LABEL = 5;

const NOTHING: Drawing = { boxes: [], buses: [], strokes: [], labels: [], dots: [] };

const together = (parts: readonly Drawing[]): Drawing => ({
  boxes: parts.flatMap((it) => it.boxes),
  buses: parts.flatMap((it) => it.buses),
  strokes: parts.flatMap((it) => it.strokes),
  labels: parts.flatMap((it) => it.labels),
  dots: parts.flatMap((it) => it.dots),
});

/** A part with its bounds; it begins at y = 0. */
export interface Part {
  readonly drawing: Drawing;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

/** One part of the topology: what lines join. */
export function place(scene: Scene, layers: Layers): Part {
  const plot = plotOf(scene, layers);
  const rows = rowsOf(plot);
  const rowOf = new Map(layers.flatMap((layer, index) => layer.map((item) => [item, rows[index]] as const)));
  const items = layers.flat().map((item) => placedItem(plot, item, rowOf));
  // Those that stay on their layer are lines of both their ends.
  const indices = new Set(layers.flat().flatMap((item) => (plot.ends[item] ?? NO_ENDS).down.map(({ line }) => line)));
  const lines = [...indices].map((line) => placedLine(plot, line, rowOf));
  return bounded(together([...items, ...lines]), rows.at(-1)?.end ?? 0);
}

function bounded(drawing: Drawing, height: number): Part {
  const { boxes, buses, labels } = drawing;
  const all = [...boxes, ...buses, ...labels.map(({ x, label: { width } }) => ({ x: x - width / 2, width }))];
  const left = all.reduce((least, { x }) => Math.min(least, x), Infinity);
  const lowest = widest(labels.map(({ y, label }) => y + label.height));
  return {
    drawing,
    left,
    width: widest(all.map(({ x, width }) => x + width - left)),
    height: Math.max(height, lowest),
  };
}

function placedItem(
  { scene, ends, columns, spans }: Plot,
  item: number,
  rowOf: ReadonlyMap<number, Row | undefined>,
): Drawing {
  const [it, row] = [scene.items[item], rowOf.get(item)];
  const x = columns.get(item) ?? 0;
  if (!it || !row) return NOTHING;
  if (it.is === 'bus') return placedBus(it, row.top, spans.get(item) ?? { from: x, to: x });
  if (it.is === 'box') return placedBox(it, ends[item] ?? NO_ENDS, x, row.top);
  const [bus] = ends[item]?.up ?? [];
  return placedBlock(it, x, row.top, bus ? (rowOf.get(bus.other)?.top ?? 0) + BUS_HEIGHT : 0);
}

const placedBus = (bus: BusItem, y: number, { from, to }: Span): Drawing => ({
  ...NOTHING,
  buses: [{ bus, x: from, y, width: to - from, height: BUS_HEIGHT }],
});

const rectangle = (box: NodeBox, middle: number, y: number, width = box.width): Drawing['boxes'][number] => ({
  box,
  x: middle - width / 2,
  y,
  width,
  height: BOX_HEIGHT,
});

function placedBox({ box, beside }: BoxItem, ends: Ends, x: number, y: number): Drawing {
  const width = boxWidth(box.width, ends);
  const own = { ...NOTHING, boxes: [rectangle(box, x, y, width)] };
  if (!beside) return own;
  const [near, far] = beside.labels;
  const [from, to] = [x + width / 2, x + width / 2 + besideGap(beside.labels)];
  const middle = y + BOX_HEIGHT / 2;
  return {
    ...own,
    boxes: [...own.boxes, rectangle(beside.box, to + beside.box.width / 2, y)],
    strokes: [{ path: `M${px(from)} ${px(middle)}H${px(to)}`, hue: undefined, isBroken: isBroken(near, far) }],
    labels: [
      { x: from + BESIDE_LABEL + near.width / 2 + 2, y: middle - BESIDE_LABEL - near.height, label: near },
      { x: to - BESIDE_LABEL - far.width / 2 - 2, y: middle + BESIDE_LABEL, label: far },
    ],
  };
}

/** Leaves in rows: the first hangs on the bus itself, of which `from` is the lower edge, each other one on a branch of it. */
function placedBlock({ leaves, hue }: BlockItem, x: number, top: number, from: number): Drawing {
  const grid = gridOf({ is: 'block', leaves, hue });
  const left = x - grid.width / 2;
  const hung = leaves.map((leaf, index) => ({
    leaf,
    row: Math.floor(index / grid.columns),
    x: left + grid.trunk + (index % grid.columns) * grid.cell + (grid.cell - GAP) / 2,
    y: top + Math.floor(index / grid.columns) * grid.rowHeight,
  }));
  const boxes = hung.map(({ leaf, x: middle, y }) => rectangle(leaf.box, middle, y));
  if (hue === undefined) return { ...NOTHING, boxes };
  const hangsAt = (row: number): number => (row === 0 ? from : top + row * grid.rowHeight - grid.labels - BRANCH);
  return {
    boxes,
    buses: [],
    strokes: [
      ...branches(hung, grid, left + BRANCH, from, hangsAt).map((path) => ({ path, hue, isNetwork: true as const })),
      ...hung.map(({ leaf, row, x: middle, y }) => ({
        path: `M${px(middle)} ${px(hangsAt(row))}V${px(y)}`,
        hue,
        isBroken: isBroken(leaf.label),
      })),
    ],
    labels: hung.map(({ leaf, x: middle, y }) => ({
      x: middle,
      y: y - (grid.labels + leaf.label.height) / 2,
      label: leaf.label,
    })),
    dots: hung.map(({ row, x: middle }) => ({ x: middle, y: hangsAt(row), hue })),
  };
}

/** Down beside the rows, and along each but the first. */
function branches(
  hung: readonly { readonly row: number; readonly x: number }[],
  { rows }: Grid,
  trunk: number,
  from: number,
  hangsAt: (row: number) => number,
): readonly string[] {
  const last = (row: number): number => hung.filter((it) => it.row === row).at(-1)?.x ?? trunk;
  return Array.from({ length: rows - 1 }, (_, index) => index + 1).map(
    (row) =>
      `M${px(trunk)} ${px(row === 1 ? from - BUS_HEIGHT / 2 : hangsAt(row - 1))}V${px(hangsAt(row))}H${px(last(row))}`,
  );
}

/** A line that goes down a layer, or stays on its own. */
function placedLine(plot: Plot, index: number, rowOf: ReadonlyMap<number, Row | undefined>): Drawing {
  const line = plot.scene.lines[index];
  const [a, b] = line?.ends ?? [];
  if (!line || !a || !b || [a, b].some((it) => plot.scene.items[it.item]?.is === 'block')) return NOTHING; // it draws its own
  const xs = reachesOf(plot, index);
  const goesDown = (rowOf.get(a.item)?.top ?? 0) <= (rowOf.get(b.item)?.top ?? 0);
  const [upper, lower] = goesDown ? [a, b] : [b, a];
  const [x1, x2] = goesDown ? xs : [xs[1], xs[0]];
  const [above, below] = [rowOf.get(upper.item), rowOf.get(lower.item)];
  if (!above || !below) return NOTHING;
  const from = above.top + edgeOf(plot, upper.item);
  const lane = above.lanes.get(index);
  const stays = lane !== undefined;
  const to = stays ? above.top + edgeOf(plot, lower.item) : below.top;
  return {
    boxes: [],
    buses: [],
    strokes: [
      {
        path: stays
          ? along({ x: x1, y: from }, { x: x2, y: to }, lane)
          : down({ x: x1, y: from }, { x: x2, y: to }, upper.label ? above.bottom : from, below.start),
        hue: line.hue,
        isBroken: isBroken(upper.label, lower.label),
      },
    ],
    labels: [
      ...(upper.label ? [{ x: x1, y: from + STUB, label: upper.label }] : []),
      ...(lower.label ? [{ x: x2, y: stays ? to + STUB : to - STUB - lower.label.height, label: lower.label }] : []),
    ],
    dots: [
      ...(upper.label ? [] : [{ x: x1, y: from, hue: line.hue }]),
      ...(lower.label ? [] : [{ x: x2, y: to, hue: line.hue }]),
    ],
  };
}

const edgeOf = ({ scene }: Plot, item: number): number => (scene.items[item]?.is === 'bus' ? BUS_HEIGHT : BOX_HEIGHT);

const isBroken = (...labels: readonly (Label | undefined)[]): boolean => labels.some((it) => it?.state !== undefined);

/** Straight as far as `bend`, and again from `straight` on. */
function down(from: Point, to: Point, bend: number, straight: number): string {
  const end = Math.min(Math.max(straight, bend), to.y);
  const half = (bend + end) / 2;
  return Math.abs(from.x - to.x) <= 1
    ? `M${at(from)}V${px(to.y)}`
    : `M${at(from)}V${px(bend)}C${px(from.x)} ${px(half)} ${px(to.x)} ${px(half)} ${px(to.x)} ${px(end)}V${px(to.y)}`;
}

/** Down, along and up again. */
function along(from: Point, to: Point, lane: number): string {
  const side = from.x < to.x ? CORNER : -CORNER;
  return [
    `M${at(from)}V${px(lane - CORNER)}Q${px(from.x)} ${px(lane)} ${px(from.x + side)} ${px(lane)}`,
    `H${px(to.x - side)}Q${px(to.x)} ${px(lane)} ${px(to.x)} ${px(lane - CORNER)}V${px(to.y)}`,
  ].join('');
}

const at = ({ x, y }: Point): string => `${px(x)} ${px(y)}`;

/** Tenths of a pixel do. */
export const px = (length: number): string => String(Math.round(length * 10) / 10);
