import { device, namespace } from '@pipewright/plugin';
import { nodeSpec } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { needsOf, noNeeds } from './needs.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const box = (name: string) => ({
  ...nodeSpec({ name, kind: 'box' }),
  on: { host: 'local', node: name },
  nics: [],
  managed: true,
});

test('a topology needs what is made for it, not what it finds', () => {
  const there = { host: 'h1' };
  const drafted = {
    model: {
      topology: 'shop',
      nodes: [box('web'), { ...box('db'), on: { host: 'h1', node: 'db' }, kind: 'crate' }],
      networks: [],
      fabrics: [],
      fabricLinks: [],
      links: [],
      serviceLinks: [],
    },
    desired: [
      namespace('local', 'web', 'shop-web'),
      device(host, 'br0', { kind: 'bridge' }, { adopt: true }),
      device(host, 'shop-web-eth0', { kind: 'veth', mtu: 1400 }),
      device(web, 'eth0', { kind: 'veth' }),
      device(web, 'eth1', { kind: 'macvlan' }),
      device(there, 'shop-lan', { kind: 'bridge' }),
    ],
  };
  const { nodeKinds, deviceKinds, deviceOptions, hostDevices } = needsOf(drafted, 'local');
  expect([...nodeKinds]).toEqual(['box']);
  expect([...deviceKinds]).toEqual(['veth', 'macvlan']);
  expect(deviceOptions).toContain('veth mtu');
  expect(hostDevices).toEqual([{ name: 'shop-web-eth0', kind: 'veth' }]);
  expect(needsOf(drafted, 'h1')).toMatchObject({
    nodeKinds: new Set(['crate']),
    hostDevices: [{ name: 'shop-lan', kind: 'bridge' }],
  });
});

test('without a topology nothing is needed, and any kind may come', () =>
  expect(noNeeds(['bridge', 'veth'])).toMatchObject({
    topology: 'adhoc',
    nodeKinds: new Set(),
    deviceKinds: new Set(),
    hostDevices: [{ kind: 'bridge' }, { kind: 'veth' }],
  }));
