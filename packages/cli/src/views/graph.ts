import { LOCAL_HOST, type Model, type Nic } from '@pipewright/plugin';
import { type Graph, type GraphNic, type GraphNode, isWrong } from './graph-parts.js';
import { svgOf } from './picture/svg.js';

const nicOf = ({ node, name, addresses }: Nic): GraphNic => ({ node, name, addresses });

export const graphOf = (model: Model): Graph => ({
  topology: model.topology,
  nodes: model.nodes.map(({ name, kind, loopback, host }) => ({
    name,
    kind,
    loopback,
    ...(host === LOCAL_HOST ? {} : { host }),
  })),
  networks: [...new Map(model.networks.map(({ name, kind, subnets }) => [name, { name, kind, subnets }])).values()],
  joins: model.networks.flatMap(({ name, members }) => members.map((nic) => ({ nic: nicOf(nic), network: name }))),
  links: model.links.map(({ ends: [a, b] }) => ({ ends: [nicOf(a), nicOf(b)] })),
});

type Writer = (graph: Graph) => string;

export type GraphFormat = keyof typeof graphFormats;

/** By the word after --format. */
export const graphFormats = { dot: dotOf, mermaid: mermaidOf, svg: svgOf } satisfies Record<string, Writer>;

/** Its name, what it is, what it is known by, where, and how it is. */
const labelOf = ({ name, kind, loopback, host, state }: GraphNode): readonly string[] => [
  name,
  kind,
  ...loopback,
  ...(host === undefined ? [] : [`on ${host}`]),
  ...(state === undefined ? [] : [state]),
];

const linesOf = ({ name, addresses, state }: GraphNic): readonly string[] => [
  name,
  ...addresses,
  ...(state === undefined ? [] : [state]),
];

const WRONG = '#b3400e';

/** Graphviz, for `dot -Tsvg`. In its strings a quote and a backslash have a meaning; `\n` breaks the line. */
export function dotOf({ topology, nodes, networks, joins, links }: Graph): string {
  const string = (...lines: readonly string[]): string =>
    `"${lines.map((it) => it.replaceAll(/["\\]/g, '\\$&')).join('\\n')}"`;
  const node = (name: string): string => string(`node ${name}`);
  const network = (name: string): string => string(`network ${name}`);
  const look = (...its: readonly Pick<GraphNode, 'state'>[]): string =>
    its.some(isWrong) ? `, style=dashed, color="${WRONG}", fontcolor="${WRONG}"` : '';
  return [
    `graph ${string(topology)} {`,
    '  layout=neato; overlap=false; splines=true;',
    '  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10, len=2];',
    ...nodes.map((it) => `  ${node(it.name)} [label=${string(...labelOf(it))}, shape=box${look(it)}];`),
    ...networks.map((it) => `  ${network(it.name)} [label=${string(it.name, it.kind, ...it.subnets)}, shape=ellipse];`),
    ...joins.map(
      ({ nic, network: name }) =>
        `  ${node(nic.node)} -- ${network(name)} [taillabel=${string(...linesOf(nic))}${look(nic)}];`,
    ),
    ...links.map(
      ({ ends: [a, b] }) =>
        `  ${node(a.node)} -- ${node(b.node)} [taillabel=${string(...linesOf(a))}, headlabel=${string(...linesOf(b))}${look(a, b)}];`,
    ),
    '}',
  ].join('\n');
}

/** Mermaid, as GitHub shows it. Names become numbered ids, as a word of its grammar (`end`) would not do for one. */
export function mermaidOf({ nodes, networks, joins, links }: Graph): string {
  const string = (...lines: readonly string[]): string => `"${lines.map(entities).join('<br/>')}"`;
  const ids = new Map(
    [...nodes.map(({ name }) => `node ${name}`), ...networks.map(({ name }) => `network ${name}`)].map(
      (name, index) => [name, `n${String(index)}`],
    ),
  );
  const id = (what: 'node' | 'network', name: string): string => ids.get(`${what} ${name}`) ?? '';
  const line = (...its: readonly GraphNic[]): string => (its.some(isWrong) ? '-.-' : '---');
  return [
    'graph LR',
    ...nodes.map((it) => `  ${id('node', it.name)}[${string(...labelOf(it))}]${isWrong(it) ? ':::wrong' : ''}`),
    ...networks.map((it) => `  ${id('network', it.name)}([${string(it.name, it.kind, ...it.subnets)}])`),
    ...joins.map(
      ({ nic, network }) =>
        `  ${id('node', nic.node)} ${line(nic)}|${string(...linesOf(nic))}| ${id('network', network)}`,
    ),
    ...links.map(
      ({ ends: [a, b] }) =>
        `  ${id('node', a.node)} ${line(a, b)}|${string([...linesOf(a)].join(' '), [...linesOf(b)].join(' '))}| ${id('node', b.node)}`,
    ),
    ...(nodes.some(isWrong) ? [`  classDef wrong stroke:${WRONG},color:${WRONG},stroke-dasharray:5 3`] : []),
  ].join('\n');
}

/** All that is no letter, digit or harmless sign, in Mermaid's own way: `#34;`. */
const entities = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} ._:/-]/gu, (char) => `#${String(char.codePointAt(0))};`);
