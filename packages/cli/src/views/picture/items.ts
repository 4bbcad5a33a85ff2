import { printable } from '../../output/text.js';
import type { Graph, GraphNetwork, GraphNic, GraphNode } from '../graph-parts.js';
import { codeWidth, LINE, nameWidth, smallWidth, widest } from './measure.js';

/** What stands at a nic's end of a line. */
export interface Label {
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
  /** What is wrong with the nic, where something is. */
  readonly state: string | undefined;
}

export interface NodeBox {
  readonly name: string;
  readonly detail: string;
  readonly state: string | undefined;
  readonly width: number;
}

/** A node on one network and nothing else: it hangs below it, with no line to anywhere else. */
interface Leaf {
  readonly box: NodeBox;
  readonly label: Label;
}

/** What is placed as one thing. */
export type Item = BusItem | BoxItem | BlockItem;

export interface BusItem {
  readonly is: 'bus';
  readonly name: string;
  readonly detail: string;
  /** Tells networks apart, beside their names. */
  readonly hue: number;
  readonly width: number;
}

export interface BoxItem {
  readonly is: 'box';
  readonly box: NodeBox;
  /** A neighbour on the only cable that both have: it stands beside it. */
  readonly beside: Beside | undefined;
}

interface Beside {
  readonly box: NodeBox;
  readonly labels: readonly [Label, Label];
}

/** The leaves of a network, or the nodes that are on nothing (then `hue` is none), in rows. */
export interface BlockItem {
  readonly is: 'block';
  readonly leaves: readonly Leaf[];
  readonly hue: number | undefined;
}

interface End {
  /** Index of its item. */
  readonly item: number;
  readonly label: Label | undefined;
}

interface Line {
  readonly ends: readonly [End, End];
  /** Of its network; none for a cable. */
  readonly hue: number | undefined;
}

/** A topology as things to place and lines between them. */
export interface Scene {
  readonly items: readonly Item[];
  readonly lines: readonly Line[];
}

const LEAST_WIDTH = 84;
const INSIDE = 28;

function labelOf({ name, addresses, state }: GraphNic): Label {
  const lines = [name, ...addresses, ...(state === undefined ? [] : [state])].map(printable);
  return { lines, width: widest(lines.map(codeWidth)), height: lines.length * LINE, state };
}

const NO_LABEL: Label = { lines: [], width: 0, height: 0, state: undefined };

function boxOf({ name, kind, loopback, host, state }: GraphNode): NodeBox {
  const where = host === undefined ? [] : [`on ${host}`];
  const detail = printable([kind, ...loopback, ...where, ...(state === undefined ? [] : [state])].join(' · '));
  const shown = printable(name);
  const width = Math.max(LEAST_WIDTH, widest([nameWidth(shown), smallWidth(detail)]) + INSIDE);
  return { name: shown, detail, state, width };
}

function busOf({ name, kind, subnets }: GraphNetwork, hue: number): BusItem {
  const detail = printable([kind, ...subnets].join(' · '));
  const shown = printable(name);
  return { is: 'bus', name: shown, detail, hue, width: nameWidth(shown) + codeWidth(detail) + 2 * INSIDE };
}

/** How often each node is joined or cabled: the ends there are of it. */
function degreesOf({ joins, links }: Pick<Graph, 'joins' | 'links'>): ReadonlyMap<string, number> {
  const degrees = new Map<string, number>();
  const nics = [...joins.map(({ nic }) => nic), ...links.flatMap(({ ends }) => ends)];
  for (const { node } of nics) degrees.set(node, (degrees.get(node) ?? 0) + 1);
  return degrees;
}

type Cable = Graph['links'][number];

/** The cables that are the only one of both their nodes, one of which is on nothing else: that one stands beside the other. */
function besideCables({ links }: Graph, degrees: ReadonlyMap<string, number>): readonly Cable[] {
  const cables = degreesOf({ links, joins: [] });
  return links
    .filter(({ ends: [a, b] }) => a.node !== b.node && cables.get(a.node) === 1 && cables.get(b.node) === 1)
    .map((it) => (degrees.get(it.ends[1].node) === 1 ? it : { ends: [it.ends[1], it.ends[0]] as const }))
    .filter(({ ends }) => degrees.get(ends[1].node) === 1);
}

/** Nodes of one join or cable hang on what they are joined to: the web of lines that is left is small, mostly. */
export function sceneOf(graph: Graph): Scene {
  const degrees = degreesOf(graph);
  const besides = besideCables(graph, degrees);
  const held = new Map(besides.map((it) => [it.ends[0].node, it]));
  const standing = new Set(besides.map((it) => it.ends[1].node));
  const boxes = new Map(graph.nodes.map((it) => [it.name, boxOf(it)]));
  const boxNamed = (name: string): NodeBox => boxes.get(name) ?? boxOf({ name, kind: '', loopback: [] });
  const leafNetwork = new Map(
    graph.joins.filter(({ nic }) => degrees.get(nic.node) === 1).map((it) => [it.nic.node, it.network]),
  );
  const besideOf = (name: string): Beside | undefined => {
    const [near, far] = held.get(name)?.ends ?? [];
    return near && far && { box: boxNamed(far.node), labels: [labelOf(near), labelOf(far)] };
  };

  const buses = graph.networks.map(busOf);
  const alone = graph.nodes.filter(({ name }) => !degrees.has(name));
  const web = graph.nodes.filter(({ name }) => degrees.has(name) && !leafNetwork.has(name) && !standing.has(name));
  const hung = graph.networks.map(({ name }) =>
    graph.joins
      .filter((it) => it.network === name && leafNetwork.has(it.nic.node))
      .map(({ nic }) => ({ box: boxNamed(nic.node), label: labelOf(nic) })),
  );
  const blocks = hung.map((leaves, hue): BlockItem => ({ is: 'block', leaves, hue })).filter(hasLeaves);
  const unjoined = alone.map(({ name }) => ({ box: boxNamed(name), label: NO_LABEL }));
  const items: readonly Item[] = [
    ...buses,
    ...web.map(({ name }): BoxItem => ({ is: 'box', box: boxNamed(name), beside: besideOf(name) })),
    ...blocks,
    ...[{ is: 'block', leaves: unjoined, hue: undefined } as const].filter(hasLeaves),
  ];

  const bus = new Map(graph.networks.map(({ name }, index) => [name, index]));
  const box = new Map(web.map(({ name }, index) => [name, buses.length + index]));
  const firstBlock = buses.length + web.length;
  const end = (item: number | undefined, nic?: GraphNic): readonly End[] =>
    item === undefined ? [] : [{ item, label: nic && labelOf(nic) }];
  const line = (hue: number | undefined, ends: readonly End[]): readonly Line[] => {
    const [a, b] = ends;
    return a && b ? [{ ends: [a, b], hue }] : [];
  };
  return {
    items,
    lines: [
      ...blocks.flatMap(({ hue }, index) => line(hue, [...end(hue), ...end(firstBlock + index)])),
      ...graph.joins.flatMap(({ nic, network }) =>
        line(bus.get(network), [...end(box.get(nic.node), nic), ...end(bus.get(network))]),
      ),
      ...graph.links.flatMap(({ ends: [a, b] }) =>
        line(undefined, [...end(box.get(a.node), a), ...end(box.get(b.node), b)]),
      ),
    ],
  };
}

const hasLeaves = ({ leaves }: BlockItem): boolean => leaves.length > 0;
