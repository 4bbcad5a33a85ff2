import { linkSpec, networkSpec, nic } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { dotOf, graphOf, mermaidOf } from './graph.js';
import type { Graph } from './graph-parts.js';

const web = nic({ node: 'web', network: 'lan', addresses: ['10.0.0.2/24'] });
const modelNode = (name: string) => ({
  name,
  kind: 'netns',
  host: name === 'end' ? 'h1' : 'local',
  topology: 'shop',
  options: {},
  path: [],
  on: { host: 'local', node: name },
  managed: true,
  env: {},
  expose: [],
  sysctls: {},
  loopback: name === 'web' ? ['10.255.0.1/32'] : [],
  nics: [],
});

const graph = graphOf({
  topology: 'shop',
  nodes: ['web', 'end'].map(modelNode),
  networks: [networkSpec({ name: 'lan', kind: 'bridge', subnets: ['10.0.0.0/24'], members: [web] })],
  links: [linkSpec({ ends: [nic({ node: 'web', name: 'eth5' }), nic({ node: 'end', name: 'eth1' })] })],
  fabrics: [],
  fabricLinks: [],
  serviceLinks: [],
});

test('dot', () => {
  expect(dotOf(graph).split('\n').slice(3)).toEqual([
    '  "node web" [label="web\\nnetns\\n10.255.0.1/32", shape=box];',
    '  "node end" [label="end\\nnetns\\non h1", shape=box];',
    '  "network lan" [label="lan\\nbridge\\n10.0.0.0/24", shape=ellipse];',
    '  "node web" -- "network lan" [taillabel="eth0\\n10.0.0.2/24"];',
    '  "node web" -- "node end" [taillabel="eth5", headlabel="eth1"];',
    '}',
  ]);
});

test('mermaid', () => {
  expect(mermaidOf(graph).split('\n')).toEqual([
    'graph LR',
    '  n0["web<br/>netns<br/>10.255.0.1/32"]',
    '  n1["end<br/>netns<br/>on h1"]',
    '  n2(["lan<br/>bridge<br/>10.0.0.0/24"])',
    '  n0 ---|"eth0<br/>10.0.0.2/24"| n2',
    '  n0 ---|"eth5<br/>eth1"| n1',
  ]);
});

const [join] = graph.joins;
const seen: Graph = {
  ...graph,
  nodes: graph.nodes.map((it) => ({ ...it, state: it.name === 'web' ? 'partial' : 'up' })),
  joins: join ? [{ ...join, nic: { ...join.nic, state: 'missing' } }] : [],
};

test('what was found is told, and what is wrong looks otherwise, also for Graphviz and Mermaid', () => {
  const wrong = 'style=dashed, color="#b3400e", fontcolor="#b3400e"';
  expect(dotOf(seen).split('\n').slice(3, 7)).toEqual([
    `  "node web" [label="web\\nnetns\\n10.255.0.1/32\\npartial", shape=box, ${wrong}];`,
    '  "node end" [label="end\\nnetns\\non h1\\nup", shape=box];',
    '  "network lan" [label="lan\\nbridge\\n10.0.0.0/24", shape=ellipse];',
    `  "node web" -- "network lan" [taillabel="eth0\\n10.0.0.2/24\\nmissing", ${wrong}];`,
  ]);
  expect(mermaidOf(seen).split('\n').slice(1)).toEqual([
    '  n0["web<br/>netns<br/>10.255.0.1/32<br/>partial"]:::wrong',
    '  n1["end<br/>netns<br/>on h1<br/>up"]',
    '  n2(["lan<br/>bridge<br/>10.0.0.0/24"])',
    '  n0 -.-|"eth0<br/>10.0.0.2/24<br/>missing"| n2',
    '  n0 ---|"eth5<br/>eth1"| n1',
    '  classDef wrong stroke:#b3400e,color:#b3400e,stroke-dasharray:5 3',
  ]);
});

test('a name cannot leave its string', () => {
  const hostile: Graph = {
    topology: '"]; x',
    nodes: [{ name: 'a"\\', kind: '<b>|"', loopback: [] }],
    networks: [],
    joins: [],
    links: [],
  };
  expect(dotOf(hostile)).toContain('graph "\\"]; x" {');
  expect(dotOf(hostile)).toContain('"node a\\"\\\\" [label="a\\"\\\\\\n<b>|\\""');
  expect(mermaidOf(hostile)).toContain('n0["a#34;#92;<br/>#60;b#62;#124;#34;"]');
});
