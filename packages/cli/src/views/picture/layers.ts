import type { Scene } from './items.js';

/** Items by layer, from the top; lines go from one layer to the next, or stay in theirs. */
export type Layers = readonly (readonly number[])[];

/** Parts that no line joins, each in layers: what is in the midst of it comes first. */
export function layersOf(scene: Scene): readonly Layers[] {
  const neighbours = neighboursOf(scene);
  const seen = new Set<number>();
  const parts: Layers[] = [];
  for (const index of scene.items.keys()) {
    if (seen.has(index)) continue;
    const layers = around(rootsOf(index, neighbours, scene), neighbours);
    for (const it of layers.flat()) seen.add(it);
    parts.push(layers);
  }
  return parts;
}

export type Neighbours = readonly (readonly number[])[];

export function neighboursOf({ items, lines }: Scene): Neighbours {
  const neighbours = items.map(() => new Set<number>());
  for (const { ends } of lines) {
    const [a, b] = [ends[0].item, ends[1].item];
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  return neighbours.map((it) => [...it]);
}

/** Breadth first: no line then is longer than a layer. */
function around(roots: readonly number[], neighbours: Neighbours): Layers {
  const seen = new Set(roots);
  const layers: (readonly number[])[] = [];
  for (let layer = roots; layer.length > 0; ) {
    layers.push(layer);
    const next: number[] = [];
    for (const it of layer.flatMap((one) => neighbours[one] ?? [])) {
      if (seen.has(it)) continue;
      seen.add(it);
      next.push(it);
    }
    layer = next;
  }
  return layers;
}

/** What is farthest from all ends; where there are none, what has most neighbours, and whatever has the same ones. */
function rootsOf(start: number, neighbours: Neighbours, { items }: Scene): readonly number[] {
  const part = around([start], neighbours).flat();
  const degree = (it: number): number => neighbours[it]?.length ?? 0;
  const ends = part.filter((it) => degree(it) <= 1 && items[it]?.is !== 'bus');
  if (ends.length > 0) return lower(sorted(around(ends, neighbours).at(-1) ?? [start]), neighbours, items);
  const root = part.reduce((most, it) => (degree(it) > degree(most) ? it : most), start);
  const own = keyOf(neighbours[root]);
  return sorted(part.filter((it) => it === root || (degree(it) === degree(root) && keyOf(neighbours[it]) === own)));
}

/** Of switches on cables, those one layer down where that makes fewer layers: a leaf without hosts is farther than a spine. */
function lower(roots: readonly number[], neighbours: Neighbours, items: Scene['items']): readonly number[] {
  const layers = around(roots, neighbours);
  const next = sorted(layers[1] ?? []);
  const areBoxes = next.length > 0 && [...roots, ...next].every((it) => items[it]?.is === 'box');
  return areBoxes && around(next, neighbours).length < layers.length ? next : roots;
}

const sorted = (items: readonly number[]): readonly number[] => [...items].sort((a, b) => a - b);

const keyOf = (items: readonly number[] = []): string => sorted(items).join(' ');
