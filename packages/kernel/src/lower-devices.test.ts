import { device as deviceResource, namespace, type RawObserved } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { device } from './device.js';

interface Numbers {
  readonly ifindex: number;
  readonly link?: number;
  readonly linkNetnsid?: number;
  readonly linkNetns?: string;
  readonly cable?: boolean;
}

/** A device as it was read in that node, or in the host's namespace. */
const read = (node: string | undefined, name: string, raw: Numbers, kind: string): RawObserved => ({
  ...deviceResource(node === undefined ? { host: 'h' } : { host: 'h', node }, name, { kind }),
  raw: { ...raw },
});

const lowerIn = (...all: readonly RawObserved[]): Record<string, unknown> =>
  Object.fromEntries([...(device.relate?.(all, []) ?? [])].map(([key, { attrs }]) => [key, attrs['link']]));

const nic0 = read(undefined, 'nic0', { ifindex: 7 }, 'physical');
const NIC0 = { ref: 'device:h//nic0' };

test.each<[string, readonly RawObserved[], Record<string, unknown>]>([
  ['in one namespace', [nic0, read(undefined, 'v', { ifindex: 9, link: 7 }, 'vlan')], { 'device:h//v': NIC0 }],
  [
    "the host's, from a node: numbers of the node's own are others",
    [
      nic0,
      read('web', 'lo', { ifindex: 7 }, 'loopback'),
      read('web', 'eth0', { ifindex: 2, link: 7, linkNetnsid: 0 }, 'macvlan'),
    ],
    { 'device:h/web/eth0': NIC0 },
  ],
  [
    "the host's, whose namespace has a name",
    [nic0, read('web', 'eth0', { ifindex: 2, link: 7, linkNetnsid: 0, linkNetns: 'own' }, 'macvlan')],
    { 'device:h/web/eth0': NIC0 },
  ],
  [
    "a node's is not found",
    [
      nic0,
      namespace('h', 'db', 't-db'),
      read('web', 'eth0', { ifindex: 2, link: 7, linkNetnsid: 0, linkNetns: 't-db' }, 'macvlan'),
    ],
    {},
  ],
  ['one that was not read', [nic0, read('web', 'eth0', { ifindex: 2, link: 8, linkNetnsid: 0 }, 'macvlan')], {}],
  [
    'an end of a cable into a namespace that was not read is on none',
    [nic0, read(undefined, 'p', { ifindex: 9, link: 7, linkNetnsid: 0 }, 'veth')],
    {},
  ],
  ['none has none', [nic0, read(undefined, 'br0', { ifindex: 3 }, 'bridge')], {}],
])('the device that another is made on: %s', (_, all, expected) => expect(lowerIn(...all)).toEqual(expected));

test('the far end of a cable is not what an end is made on', () =>
  expect(
    lowerIn(
      read(undefined, 'p', { ifindex: 7, link: 2, linkNetnsid: 0 }, 'veth'),
      read('web', 'eth0', { ifindex: 2, link: 7, linkNetnsid: 0 }, 'veth'),
    ),
  ).toEqual({ 'device:h//p': undefined, 'device:h/web/eth0': undefined }));

test('nor is what has the number of a far end that was not read', () => {
  const end = read('web', 'x0', { ifindex: 2, link: 7, linkNetnsid: 1, cable: true }, 'veth');
  expect(lowerIn(nic0, end)).toEqual({});
});

test('two of which each has the number of what the other is made on are no cable', () => {
  const [nic1, nic2] = [3, 2].map((ifindex) => read(undefined, `nic${String(ifindex)}`, { ifindex }, 'physical'));
  const [one, two] = [
    read('a', 'eth0', { ifindex: 2, link: 3, linkNetnsid: 0, cable: false }, 'macvlan'),
    read('b', 'eth1', { ifindex: 3, link: 2, linkNetnsid: 0, cable: false }, 'macvlan'),
  ];
  if (!nic1 || !nic2) throw new Error('two NICs');
  const found = device.relate?.([nic1, nic2, one, two], []) ?? new Map<string, RawObserved>();
  expect(Object.fromEntries([...found].map(([key, { attrs, peer }]) => [key, { link: attrs['link'], peer }]))).toEqual({
    [one.key]: { link: { ref: nic1.key }, peer: undefined },
    [two.key]: { link: { ref: nic2.key }, peer: undefined },
  });
});

const withinIn = (...all: readonly RawObserved[]): readonly unknown[] =>
  [...(device.relate?.(all, []) ?? [])].flatMap(([, { within }]) => within ?? []);

test('in a node the kernel removes one with what it is made on', () => {
  const eth0 = read('web', 'eth0', { ifindex: 2 }, 'veth');
  const upper = read('web', 'eth0.7', { ifindex: 3, link: 2 }, 'vlan');
  expect(withinIn(eth0, upper)).toEqual([{ ref: eth0.key }]);
  expect(withinIn(eth0, { ...upper, raw: { ifindex: 3, link: 2, lone: true } })).toEqual([]);
  expect(withinIn(nic0, read('web', 'eth1', { ifindex: 4, link: 7, linkNetnsid: 0 }, 'macvlan'))).toEqual([]);
});
