import type { ModelNode } from '@pipewright/plugin';
import { featureContext, model, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { sampleFeature } from './index.js';

pluginSuite(plugin);

const node = (name: string, options: object): ModelNode => ({
  ...nodeSpec({ name, options }),
  on: { host: 'local', node: name },
  nics: [],
  managed: true,
});

test('only nodes that ask for it get it', () => {
  const nodes = [node('a', { [sampleFeature.kind]: true }), node('b', {})];
  const { resources } = sampleFeature.compile(model({ nodes }), featureContext());
  expect(resources).toMatchObject([
    { type: 'sysctl', on: { node: 'a' }, attrs: { name: 'net.ipv4.conf.all.arp_ignore', value: '1' } },
    { type: 'sysctl', on: { node: 'a' }, attrs: { name: 'net.ipv4.conf.all.arp_announce', value: '2' } },
  ]);
});
