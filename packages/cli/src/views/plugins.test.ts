import { checkPlugins } from '@pipewright/core';
import { definePlugin, deviceKind, linkDriver, networkDriver, PLUGIN_API, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { listedPlugins, pluginsText } from './plugins.js';

const common = { options: z.object({}), compile: () => [] };
const wires = definePlugin({
  name: 'wires',
  api: PLUGIN_API,
  version: '2.0.0',
  options: z.object({ more: z.boolean() }),
  drivers: ({ more }) => ({
    links: [linkDriver({ kind: 'wire', summary: 'A wire.', ...common })],
    networks: more ? [networkDriver({ kind: 'web', summary: 'Many wires.', ...common })] : [],
  }),
});
const spanning = definePlugin({
  name: 'spanning',
  api: PLUGIN_API,
  deviceKinds: [deviceKind({ kind: 'bridge', attributes: {} })],
});

const listed = listedPlugins(
  checkPlugins([
    { plugin: spanning, options: {}, from: 'built in' },
    { plugin: wires, options: { more: true }, from: './wires' },
    { plugin: { ...spanning, name: 'other' }, options: {}, from: 'other' },
  ]),
  '1.2.3',
);

test('what is built in has our version, what is not its own, if any', () =>
  expect(listed.map(({ name, version, from }) => [name, version, from])).toEqual([
    ['spanning', '1.2.3', 'built in'],
    ['wires', '2.0.0', './wires'],
    ['other', null, 'other'],
  ]));

test('kinds are those that the options of the plugin make', () =>
  expect(listed[1]?.kinds).toEqual([
    { contract: 'network', kind: 'web', summary: 'Many wires.' },
    { contract: 'link', kind: 'wire', summary: 'A wire.' },
  ]));

test('a line a kind, then the plugins without one', () =>
  expect(pluginsText(listed, plain).split('\n')).toEqual([
    'CONTRACT  KIND  PLUGIN    VERSION  FROM      SUMMARY',
    'network   web   wires     2.0.0    ./wires   Many wires.',
    'link      wire  wires     2.0.0    ./wires   A wire.',
    '-         -     spanning  1.2.3    built in  attributes of devices: bridge',
    '-         -     other     -        other     attributes of devices: bridge',
  ]));
