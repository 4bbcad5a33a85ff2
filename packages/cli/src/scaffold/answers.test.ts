import { checkPlugins, compose, Registries } from '@pipewright/core';
import { definePlugin, networkDriver, nodeDriver, type NodeDriver, PLUGIN_API, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { answersSaid, firstTopology, isSaid, suggested } from './answers.js';

const none = z.object({});
const node = (kind: string, more: Partial<NodeDriver>): NodeDriver =>
  nodeDriver({
    kind,
    summary: 'A node.',
    options: none,
    managed: true,
    compile: () => [],
    locate: () => ({ by: 'host' }),
    exec: () => [],
    ...more,
  });
const joined = { summary: 'A network.', compile: () => [] };

const drivers = {
  nodes: [
    node('vm', { managed: () => true }),
    node('box', { default: true }),
    node('found', { managed: false, options: none }),
  ],
  networks: [
    networkDriver({ kind: 'foreign', options: none, join: ({ kind }) => (kind ? {} : undefined), ...joined }),
    networkDriver({ kind: 'needy', options: z.object({ parent: z.string() }), join: () => ({}), ...joined }),
    networkDriver({ kind: 'hub', options: none, join: () => ({}), ...joined }),
    networkDriver({ kind: 'other', options: none, join: () => ({}), ...joined }),
  ],
};

const registriesOf = (some: object): Registries =>
  compose(
    [],
    checkPlugins([
      { plugin: definePlugin({ name: 'all', api: PLUGIN_API, drivers: some }), options: {}, from: 'built in' },
    ]),
  ).resolve(Registries);

const registries = registriesOf(drivers);
const otherwise = suggested('/home/me/shop', registries);

test('kinds whose nodes are only found are no start', () =>
  expect(otherwise).toMatchObject({ kind: 'box', kinds: ['box', 'vm'] }));

test.each([
  ['/home/me/shop', 'shop'],
  ['/home/me/My shop, new', 'My-shop-new'],
  ['/home/me/.hidden', 'hidden'],
  ['/home/me/店', 'lab'],
  ['/', 'lab'],
  [`/${'x'.repeat(70)}`, 'x'.repeat(63)],
])('in %s the topology is called %s', (folder, name) => expect(suggested(folder, registries).name).toBe(name));

test('what is not said is as suggested', () => {
  expect(isSaid({ network: [] })).toBe(false);
  expect(answersSaid({ network: [] }, otherwise)).toEqual({
    name: 'shop',
    nodes: ['node1', 'node2'],
    networks: [{ name: 'lan', subnet: '10.10.0.0/24' }],
    kind: { kind: 'box', options: [] },
  });
});

test.each([{ name: 'x' }, { nodes: '1' }, { network: ['10.0.0.0/8'] }, { kind: 'vm' }])('%j is something', (it) =>
  expect(isSaid({ network: [], ...it })).toBe(true),
);

test('two networks of one name are one too many', () =>
  expect(() => answersSaid({ network: ['10.0.0.0/24', 'lan=10.1.0.0/24'] }, otherwise)).toThrow(
    expect.objectContaining({ code: 'PW_GIVEN_TWICE' }),
  ));

const first = (kind: string, known = registries) =>
  firstTopology(answersSaid({ network: [], kind }, otherwise), [], known);

test('a network is of the first kind that needs nothing', () =>
  expect(first('box').networks).toEqual([{ name: 'lan', kind: 'hub', subnet: '10.10.0.0/24' }]));

test('without such a kind there is no topology', () =>
  expect(() => first('box', registriesOf({ nodes: drivers.nodes }))).toThrow(
    expect.objectContaining({ code: 'PW_NO_NETWORK_KIND' }),
  ));

test('nodes name their kind where it is not the default', () => {
  expect(first('box').nodeKind).toBeUndefined();
  expect(first('vm').nodeKind).toEqual({ kind: 'vm', options: [] });
  expect(first('box,size=2').nodeKind).toEqual({ kind: 'box', options: [['size', '2']] });
});
