import type { Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { listedTopology, topologiesText } from './topologies.js';

const resource = (host: string, node?: string, makes?: string): Resource => ({
  type: 'device',
  key: `${host} ${String(node)} ${String(makes)}`,
  id: 'x',
  on: { host, ...(node === undefined ? {} : { node }) },
  attrs: {},
  ...(makes === undefined ? {} : { makes }),
});

const listed = listedTopology({
  topology: 'shop',
  source: {},
  base: '/srv/shop',
  resources: [resource('local', undefined, 'web'), resource('local', 'web'), resource('h1', 'db'), resource('local')],
  replaced: [],
});

test('each node once, whether it is made or there already', () => {
  expect(listed).toEqual({ topology: 'shop', nodes: ['db', 'web'], hosts: ['h1', 'local'], folder: '/srv/shop' });
});

test('a line a topology; or that there is none', () => {
  expect(topologiesText([listed], [], plain).split('\n')).toEqual([
    'TOPOLOGY  NODES  HOSTS      FOLDER',
    'shop      2      h1, local  /srv/shop',
  ]);
  expect(topologiesText([], [], plain)).toBe('No topology is up.');
});
