import { type Change, device, namespace, type Nic, type NetworkSpec, type Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { changeOf } from '../diff/change-of.js';
import { impactByNetworks, impactOf, impactOnOthers } from './impact.js';

const HOST = { host: 'local' };
const path = ['networks', 'lan'];
const nicOf = (node: string): Nic =>
  ({ node, id: `${node}/eth0`, device: 'eth0', on: { host: 'local', node } }) as unknown as Nic;
const lan = { name: 'lan', path, segment: HOST, members: [nicOf('a'), nicOf('b')] } as unknown as NetworkSpec;
const tunnel = device(HOST, 'vx', { kind: 'vxlan', up: true });
const end = device(HOST, 'a-eth0', { kind: 'veth', up: true }, { peer: { ref: 'device:local/a/eth0' } });
const replaced = (it: Resource): Change => changeOf('replace', { ...it }, it, { fields: ['id'] });
const cut = (...changes: readonly Change[]) =>
  impactByNetworks(changes, [lan], new Map(changes.map(({ key }) => [key, path]))).map(({ node, effect }) => [
    node,
    effect,
  ]);

test('all in a network whose tunnel is made anew notice', () => {
  const effect = 'is cut off in network lan for a moment (device vx is made anew)';
  expect(cut(replaced(tunnel))).toEqual([
    ['a', effect],
    ['b', effect],
  ]);
});

test('who is made anew or comes in the same plan hears no more of it', () =>
  expect(
    cut(replaced(tunnel), replaced(device(nicOf('a').on, 'eth0', { kind: 'veth' }))).map(([node]) => node),
  ).toEqual(['b']));

test.each([
  ['an end of one’s cable is made anew', replaced(end)],
  ['it changes in place', changeOf('update', tunnel as never, tunnel, { fields: ['mtu'] })],
])('nobody else notices where %s', (_, change) => expect(cut(change)).toEqual([]));

test('what is left of a node on a host that was away takes nothing from where it has moved', () => {
  const left = { ...namespace('far', 'a', 't-a'), owner: 't' };
  const gone = changeOf('delete', left, undefined);
  const eth0 = device(nicOf('a').on, 'eth0', { kind: 'veth' });
  expect(impactOf([gone, replaced(eth0)])).toMatchObject([{ node: 'a', change: eth0.key }]);
  expect(impactOnOthers('t', [gone], [{ ...eth0, owner: 'other' }])).toEqual([]);
});
