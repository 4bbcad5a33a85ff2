import { context, linkSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { veth } from './index.js';

pluginSuite(plugin);

test('a cable is two devices, each where its nic is, under its name, MAC and MTU', () => {
  expect(veth.compile(linkSpec({ options: {} }), context())).toMatchObject([
    { on: { node: 'a' }, attrs: { name: 'eth0', kind: 'veth', mac: '02:00:00:00:00:01', mtu: 1500, up: true } },
    { on: { node: 'b' }, attrs: { name: 'eth0', kind: 'veth', mac: '02:00:00:00:00:02', mtu: 1500, up: true } },
  ]);
});
