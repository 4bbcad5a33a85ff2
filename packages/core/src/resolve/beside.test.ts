import { address, bridgeVlan, device, type LedgerEntry, type Placement, ref, type Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { joinDeviceKinds } from '../registry/registry.js';
import { addressesBeside } from './beside.js';

const host: Placement = { host: 'local' };
const box = (name: string) => device(host, name, { kind: 'box' });
const kinds = joinDeviceKinds(['twin', 'other'].map((kind) => ({ kind, attributes: {}, sameWire: true })));
const [shared, apart] = [box('br0'), box('br1')];

/** A cable from a node to a device of the host, with an address at its inner end. */
function joined(node: string, to: Resource, text: string, vlan?: number): readonly Resource[] {
  const inner = device({ ...host, node }, 'eth0', { kind: 'wire' });
  const outer = { ...device(host, `${node}-eth0`, { kind: 'wire', master: ref(to) }), peer: ref(inner) };
  const vlans = vlan === undefined ? [] : [bridgeVlan(outer, { untagged: vlan, tagged: [] })];
  return [outer, inner, address(inner, text), ...vlans];
}

/** A device of a node that is made on one of the host. */
function made(node: string, on: Resource, text: string, kind = 'wire'): readonly Resource[] {
  const own = device({ ...host, node }, 'eth0', { kind, link: ref(on) });
  return [own, address(own, text)];
}

const applied = (topology: string, resources: readonly Resource[]): LedgerEntry => {
  return { topology, source: {}, base: '/', resources, replaced: [] };
};

const besideA = (ours: readonly Resource[], ...others: readonly LedgerEntry[]) =>
  addressesBeside(ours, others, kinds)
    .get('device:local/a/eth0')
    ?.map((it) => `${it.address} ${it.owner}${it.meets ? '' : ', perhaps'}`);

test('of nics that are where ours are, and of no others', () => {
  const ours = joined('a', shared, '10.0.0.2/24');
  const others = [...joined('b', shared, '10.0.0.3/24'), ...joined('c', apart, '10.0.0.4/24')];
  expect(besideA(ours, applied('two', others))).toEqual(['10.0.0.3/24 b/eth0 of topology "two"']);
  const on = applied('two', made('b', shared, '10.0.0.5/24'));
  expect(besideA(made('a', shared, '10.0.0.2/24'), on)).toEqual(['10.0.0.5/24 b/eth0 of topology "two", perhaps']);
  expect(besideA(ours)).toBeUndefined();
});

test('what is on one wire meets, whatever its kind, and nothing else that is made there', () => {
  const on = ['twin', 'wire', 'other'].map((kind, index) => made(kind, shared, `10.0.0.${String(index)}/24`, kind));
  expect(besideA(made('a', shared, '10.0.0.9/24', 'twin'), applied('two', on.flat()))).toEqual([
    '10.0.0.0/24 twin/eth0 of topology "two"',
    '10.0.0.2/24 other/eth0 of topology "two"',
  ]);
});

test('nodes of one name in several topologies are several', () => {
  const ours = joined('a', shared, '10.0.0.2/24');
  const two = applied('two', joined('a', shared, '10.0.0.3/24'));
  const three = applied('three', joined('a', apart, '10.0.0.4/24'));
  expect(besideA(ours, two, three)).toEqual(['10.0.0.3/24 a/eth0 of topology "two"']);
});

test('who is in another VLAN of a bridge is elsewhere', () => {
  const two = applied('two', [
    ...joined('b', shared, '10.0.0.2/24', 1),
    ...joined('c', shared, '10.0.0.3/24', 10),
    ...joined('d', shared, '10.0.0.4/24', 20),
  ]);
  expect(besideA(joined('a', shared, '10.0.0.5/24'), two)).toEqual(['10.0.0.2/24 b/eth0 of topology "two"']);
  expect(besideA(joined('a', shared, '10.0.0.5/24', 20), two)).toEqual(['10.0.0.4/24 d/eth0 of topology "two"']);
});
