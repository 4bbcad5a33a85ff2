import { bridgeVlan as bridgeVlanOf, device } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { bridgeVlan } from './bridge-vlan.js';

const port = device({ host: 'local' }, 'v-a-eth0', { kind: 'veth' });
const access = bridgeVlanOf(port, { untagged: 10, tagged: [] });
const trunk = bridgeVlanOf(port, { untagged: 5, tagged: ['10', '20-22'] });

type Vlans = typeof access;
const change = { type: 'bridge-vlan', key: access.key, id: access.id, on: access.on, fields: [] };
const written = (before: Vlans | undefined, after: Vlans | undefined) => {
  const both = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  const [op] = bridgeVlan.write({ ...change, action: 'update', ...both }, { role: 'alone' });
  return op?.op === 'exec' ? op.stdin?.trim().split('\n') : undefined;
};

describe('is written', () => {
  test('of a new port all that it may have begun with goes first', () =>
    expect(written(undefined, trunk)).toEqual([
      'vlan del dev v-a-eth0 vid 1-4094',
      'vlan add dev v-a-eth0 vid 5 pvid untagged',
      'vlan add dev v-a-eth0 vid 10',
      'vlan add dev v-a-eth0 vid 20-22',
    ]));

  test('what stays is not taken away for a moment', () =>
    expect(written(trunk, access)).toEqual([
      'vlan del dev v-a-eth0 vid 5',
      'vlan del dev v-a-eth0 vid 20-22',
      'vlan add dev v-a-eth0 vid 10 pvid untagged',
    ]));

  test('what is declared no more is as the kernel has it by itself', () =>
    expect(written(access, undefined)).toEqual([
      'vlan del dev v-a-eth0 vid 10',
      'vlan add dev v-a-eth0 vid 1 pvid untagged',
    ]));

  test('of the bridge itself', () =>
    expect(written(undefined, bridgeVlanOf(port, { untagged: 7, tagged: [] }, { self: true }))?.[1]).toBe(
      'vlan add dev v-a-eth0 vid 7 pvid untagged self',
    ));
});

describe('is read', () => {
  const read = (vlans: readonly object[], wanted = access) =>
    bridgeVlan.point?.([wanted]).parse(JSON.stringify([{ ifname: 'v-a-eth0', vlans }]))[0]?.attrs;
  const BOTH = ['PVID', 'Egress Untagged'];

  test('ids that the kernel lists one by one are ranges', () =>
    expect(read([{ vlan: 5, flags: BOTH }, { vlan: 10 }, ...[20, 21, 22].map((vlan) => ({ vlan }))])).toEqual(
      trunk.attrs,
    ));

  test('one with only one of the flags is none that anybody asks for', () =>
    expect(read([{ vlan: 10, flags: ['PVID'] }])).toMatchObject({ untagged: null, tagged: ['10 PVID'] }));

  test('what a port has by itself is there for who asks for it', () => {
    expect(read([{ vlan: 1, flags: BOTH }])).toBeUndefined();
    const one = bridgeVlanOf(port, { untagged: 1, tagged: [] });
    expect(read([{ vlan: 1, flags: BOTH }], one)).toEqual(one.attrs);
  });

  test('of a kernel without them nothing is read', () => expect(bridgeVlan.point?.([access]).parse('[]')).toEqual([]));
});
