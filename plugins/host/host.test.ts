import { nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { host } from './index.js';

pluginSuite(plugin);

test('is the namespace we are in: nothing to make, nothing to enter', () => {
  const node = nodeSpec({ name: 'host', options: {} });
  expect(host.locate(node)).toEqual({ by: 'host' });
  expect(host.exec(node, ['ip', 'addr'])).toEqual(['ip', 'addr']);
});
