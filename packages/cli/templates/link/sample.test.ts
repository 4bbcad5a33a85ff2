import { deviceKind } from '@pipewright/plugin';
import { context, linkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { sampleLink } from './index.js';

/** The kernel devices it makes are described by a built-in plugin. */
const veth = deviceKind({ kind: 'veth', attributes: {} });

pluginSuite(plugin, { deviceKinds: [veth] });

const ends = [
  nic({ node: 'a', mac: '02:00:00:00:00:0a', addresses: ['10.77.0.1/30'] }),
  nic({ node: 'b', mac: '02:00:00:00:00:0b', addresses: ['10.77.0.2/30'] }),
] as const;

test.each([
  ['both', ['a', '10.77.0.2', '02:00:00:00:00:0b'], ['b', '10.77.0.1', '02:00:00:00:00:0a']],
  ['first', ['a', '10.77.0.2', '02:00:00:00:00:0b']],
  ['none'],
] as const)('neighbours: %s', (neighbours, ...known) => {
  const resources = sampleLink.compile(linkSpec({ ends, options: { neighbours } }), context());
  expect(resources.slice(2)).toMatchObject(known.map(([node, to, mac]) => ({ on: { node }, attrs: { to, mac } })));
});
