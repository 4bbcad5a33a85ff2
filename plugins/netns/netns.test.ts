import { context, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { netns } from './index.js';

pluginSuite(plugin);

const node = nodeSpec({ name: 'web', topology: 'shop', options: {} });
const slots = { env: {}, hosts: {}, mounts: {} };

test('is a namespace named after topology and node, as ip netns lists it', () => {
  expect(netns.compile(node, { ...context(), slots })).toMatchObject([
    { type: 'namespace', makes: 'web', attrs: { name: 'shop-web', loopback: true } },
  ]);
  expect(netns.locate(node)).toEqual({ by: 'name', name: 'shop-web' });
  expect(netns.exec(node, ['id', '-u'])).toEqual(['ip', 'netns', 'exec', 'shop-web', 'id', '-u']);
});
