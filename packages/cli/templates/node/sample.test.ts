import { nodeContext, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { sampleNode } from './index.js';

pluginSuite(plugin);

const compile = (options: { ipv6: boolean }) =>
  sampleNode.compile(nodeSpec({ name: 'r', topology: 'lab', options }), nodeContext());

test('it is a namespace that forwards', () => {
  expect(compile({ ipv6: true })).toMatchObject([
    { type: 'namespace', attrs: { name: 'lab-r' }, makes: 'r' },
    { type: 'sysctl', on: { node: 'r' }, attrs: { name: 'net.ipv4.ip_forward', value: '1' } },
    { type: 'sysctl', on: { node: 'r' }, attrs: { name: 'net.ipv6.conf.all.forwarding', value: '1' } },
  ]);
});

test('ipv6: false leaves IPv6 as it is', () => {
  expect(compile({ ipv6: false })).toHaveLength(2);
});
