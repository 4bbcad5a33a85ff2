import { parseSource } from '@pipewright/core';
import { expect, test } from 'vitest';
import { type FirstTopology, topologyText } from './topology-text.js';

const FIRST: FirstTopology = {
  name: 'shop',
  plugins: [],
  networks: [{ name: 'lan', kind: 'hub', subnet: '10.10.0.0/24' }],
  nodes: ['web', 'db'],
  nodeKind: undefined,
};

test('it is what one would write', () =>
  expect(topologyText(FIRST)).toBe(`# yaml-language-server: $schema=pipewright.schema.json
# For editors that complete by it: pipewright schema > pipewright.schema.json
name: shop
networks:
  lan: { kind: hub, subnet: 10.10.0.0/24 }
nodes:
  web: { networks: [lan] }
  db: { networks: [lan] }
`));

test('names that YAML would read otherwise are names, values are what YAML makes of them', () => {
  const text = topologyText({
    name: '1e3',
    plugins: ['./a plugin'],
    networks: [{ name: 'null', kind: 'hub', subnet: 'fd00::/64' }],
    nodes: ['12', 'true'],
    nodeKind: {
      kind: 'box',
      options: [
        ['image', 'a: b}'],
        ['size', '2'],
      ],
    },
  });
  const node = { kind: 'box', image: 'a: b}', size: 2, networks: ['null'] };
  expect(parseSource(text, { file: 'x', env: {} })).toMatchObject({
    diagnostics: [],
    tree: {
      name: '1e3',
      plugins: ['./a plugin'],
      networks: { null: { kind: 'hub', subnet: 'fd00::/64' } },
      nodes: { 12: node, true: node },
    },
  });
});
