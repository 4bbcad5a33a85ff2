import { describe, expect, test } from 'vitest';
import type { Graph, GraphNic } from '../graph-parts.js';
import { sceneOf } from './items.js';
import { layersOf } from './layers.js';
import { type Drawing, place } from './place.js';
import { spread } from './spread.js';
import { svgOf } from './svg.js';

const nic = (node: string, name: string, ...addresses: readonly string[]): GraphNic => ({ node, name, addresses });
const node = (name: string) => ({ name, kind: 'netns', loopback: [] });
const network = (name: string) => ({ name, kind: 'bridge', subnets: ['10.0.0.0/24'] });
const graph = (given: Partial<Graph>): Graph => ({
  topology: 't',
  nodes: [],
  networks: [],
  joins: [],
  links: [],
  ...given,
});

const drawingsOf = (it: Graph): readonly Drawing[] => {
  const scene = sceneOf(it);
  return layersOf(scene).map((layers) => place(scene, layers).drawing);
};

/** The names of what is drawn, by row, from left to right. */
function rowsOf(it: Graph): readonly (readonly string[])[] {
  const [{ boxes, buses } = { boxes: [], buses: [] }] = drawingsOf(it);
  const all = [
    ...boxes.map(({ x, y, box }) => ({ x, y, name: box.name })),
    ...buses.map(({ x, y, bus }) => ({ x, y, name: bus.name })),
  ];
  const heights = [...new Set(all.map(({ y }) => y))].sort((a, b) => a - b);
  return heights.map((y) =>
    all
      .filter((one) => one.y === y)
      .sort((a, b) => a.x - b.x)
      .map(({ name }) => name),
  );
}

const routed = graph({
  nodes: ['router', 'desk', 'web', 'backup'].map(node),
  networks: ['office', 'servers'].map(network),
  joins: [
    { nic: nic('router', 'eth0', '10.0.0.1/24'), network: 'office' },
    { nic: nic('router', 'eth1'), network: 'servers' },
    { nic: nic('desk', 'eth0'), network: 'office' },
    { nic: nic('web', 'eth0'), network: 'servers' },
  ],
  links: [{ ends: [nic('web', 'sync0'), nic('backup', 'sync0')] }],
});

const leaves = ['leaf1', 'leaf2', 'leaf3'];
const fabric = graph({
  nodes: [...leaves, 'spine1', 'spine2', 'h1', 'h2'].map(node),
  links: [
    ...leaves.flatMap((leaf, index) =>
      ['spine1', 'spine2'].map((spine) => ({ ends: [nic(leaf, spine), nic(spine, `eth${String(index)}`)] as const })),
    ),
    { ends: [nic('leaf1', 'h'), nic('h1', 'eth0')] },
    { ends: [nic('leaf3', 'h'), nic('h2', 'eth0')] },
  ],
});

describe('where things stand', () => {
  test('what is in the midst of it is on top, networks between, a neighbour on one cable beside', () =>
    expect(rowsOf(routed)).toEqual([['router'], ['office', 'servers'], ['desk', 'web', 'backup']]));

  test('spines over leaves over hosts', () =>
    expect(rowsOf(fabric)).toEqual([['spine1', 'spine2'], leaves, ['h1', 'h2']]));

  test('many nodes of one network stand in rows', () => {
    const nodes = Array.from({ length: 40 }, (_, index) => node(`n${String(index)}`));
    const joins = nodes.map(({ name }) => ({ nic: nic(name, 'eth0'), network: 'lan' }));
    const rows = rowsOf(graph({ nodes, networks: [network('lan')], joins }));
    expect(rows[0]).toEqual(['lan']);
    expect(rows.slice(1).flat()).toEqual(nodes.map(({ name }) => name));
    expect(rows.length).toBeGreaterThan(4);
  });

  const ring = graph({
    nodes: ['a', 'b', 'c', 'loner'].map(node),
    links: [
      { ends: [nic('a', 'x'), nic('b', 'x')] },
      { ends: [nic('b', 'y'), nic('c', 'y')] },
      { ends: [nic('c', 'z'), nic('a', 'z')] },
      { ends: [nic('a', 'loop0'), nic('a', 'loop1')] },
    ],
  });

  test.each<[string, Graph]>([
    ['routed', routed],
    ['fabric', fabric],
    ['ring', ring],
  ])('%s: nothing stands over anything else', (_, it) => {
    for (const { boxes, buses } of drawingsOf(it)) {
      const all = [...boxes, ...buses];
      for (const [index, a] of all.entries())
        for (const b of all.slice(index + 1))
          expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(
            true,
          );
    }
  });

  test('every node, network, nic and address is drawn once, cables of a node to itself too', () => {
    for (const it of [routed, fabric, ring]) {
      const drawings = drawingsOf(it);
      expect(drawings.flatMap(({ boxes }) => boxes.map(({ box }) => box.name)).sort()).toEqual(
        it.nodes.map(({ name }) => name).sort(),
      );
      expect(drawings.flatMap(({ labels }) => labels)).toHaveLength(it.joins.length + 2 * it.links.length);
      expect(drawings.flatMap(({ strokes }) => strokes)).toHaveLength(it.joins.length + it.links.length);
    }
  });
});

describe('the picture', () => {
  test('is the same for the same topology', () => expect(svgOf(routed)).toBe(svgOf(structuredClone(routed))));

  test('has a title, and colours for light and dark', () => {
    expect(svgOf(routed)).toContain('<title id="title">t</title>');
    expect(svgOf(routed)).toContain('4 nodes · 2 networks · 1 cable');
    expect(svgOf(routed)).toContain('@media (prefers-color-scheme:dark)');
  });

  test('has what a router is known by', () => {
    const router = { ...node('r1'), loopback: ['10.255.0.1/32', 'fd00:255::1/128'] };
    expect(svgOf(graph({ nodes: [router] }))).toContain('>netns · 10.255.0.1/32 · fd00:255::1/128<');
  });

  test('marks in words and by a broken line what is not as declared', () => {
    const found = graph({
      nodes: [
        { ...node('a'), state: 'partial' },
        { ...node('b'), state: 'up' },
      ],
      networks: [network('lan')],
      joins: [
        { nic: { ...nic('a', 'eth0'), state: 'missing' }, network: 'lan' },
        { nic: nic('b', 'eth0'), network: 'lan' },
      ],
    });
    const svg = svgOf(found);
    expect(svg).toContain('netns · partial</text>');
    expect(svg).toContain('>missing</text>');
    expect(svg.match(/class="line n0 wrong"/g)).toHaveLength(1);
    expect(svg.match(/class="box wrong"/g)).toHaveLength(1);
  });

  test('a name cannot leave its text', () => {
    const svg = svgOf(
      graph({ topology: '</title><script>', nodes: [{ name: 'a"<&\u0000\u202e', kind: '<b>', loopback: [] }] }),
    );
    expect(svg).toContain('&lt;/title&gt;&lt;script&gt;');
    expect(svg).toContain('a&quot;&lt;&amp;\\x00\\u{202e}');
    expect(svg).not.toContain('<script');
  });
});

describe('spread', () => {
  const wish = (at: number) => ({ at, left: 5, right: 5 });
  test('leaves alone what is not in the way', () => expect(spread([wish(0), wish(50)], 2)).toEqual([0, 50]));
  test('moves what is, all the same way', () =>
    expect(spread([wish(10), wish(10), wish(100)], 2)).toEqual([4, 16, 100]));
});
