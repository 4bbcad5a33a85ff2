import { address, device, type Placement, ref, type Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { addressesBeside } from './beside.js';

const host: Placement = { host: 'local' };
const [shared, apart] = ['br0', 'br1'].map((name) => device(host, name, { kind: 'box' }));

/** A cable from a node to a device of the host, with an address at its inner end. */
function joined(node: string, to: Resource, text: string): readonly Resource[] {
  const inner = device({ ...host, node }, 'eth0', { kind: 'wire' });
  const outer = { ...device(host, `${node}-eth0`, { kind: 'wire', master: ref(to) }), peer: ref(inner) };
  return [outer, inner, address(inner, text)];
}

/** A device of a node that is made on one of the host. */
function made(node: string, on: Resource, text: string): readonly Resource[] {
  const own = device({ ...host, node }, 'eth0', { kind: 'wire', link: ref(on) });
  return [own, address(own, text)];
}

test('of nics that are where ours are, and of no others', () => {
  if (!shared || !apart) throw new Error('two bridges');
  const ours = joined('a', shared, '10.0.0.2/24');
  const others = [...joined('b', shared, '10.0.0.3/24'), ...joined('c', apart, '10.0.0.4/24')];
  expect(addressesBeside(ours, others)).toEqual(['10.0.0.3/24']);
  expect(addressesBeside(made('a', shared, '10.0.0.2/24'), made('b', shared, '10.0.0.5/24'))).toEqual(['10.0.0.5/24']);
  expect(addressesBeside(ours, [])).toEqual([]);
});
