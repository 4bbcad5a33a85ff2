import type { DeviceReport, FarEnd, NamespaceReport } from '@pipewright/host';
import { describe, expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { cablesText, isCable, whoseText } from './whose.js';

const namespace = (given: Partial<NamespaceReport> = {}): NamespaceReport => ({
  name: null,
  path: '/proc/7/ns/net',
  pids: [7, 9],
  container: null,
  topology: null,
  node: null,
  ...given,
});
const peer = (given: Partial<NamespaceReport> | null = {}, addresses: readonly string[] = []): FarEnd => ({
  namespace: given && namespace(given),
  nic: 'eth0',
  mac: null,
  addresses,
});
const report = (given: Partial<DeviceReport> = {}): DeviceReport => ({
  device: 'v0',
  kind: 'veth',
  master: null,
  parent: null,
  unseen: null,
  topology: null,
  network: null,
  link: null,
  peer: null,
  ports: [],
  ...given,
});
const web = { engine: 'docker', id: 'a'.repeat(64), name: 'web' };
const inShop = { name: 'shop-web', topology: 'shop', node: 'web' };

describe('one line', () => {
  test.each<readonly [string, Partial<DeviceReport>]>([
    [
      'v0 belongs to container web (docker): its other end is eth0, 172.17.0.2/16, fd00::2/64',
      { peer: peer({ container: web }, ['172.17.0.2/16', 'fd00::2/64']) },
    ],
    [
      'v0 belongs to container aaaaaaaaaaaa: its other end is eth0',
      { peer: peer({ container: { ...web, engine: null, name: 'aaaaaaaaaaaa' } }) },
    ],
    ['v0 belongs to namespace red: its other end is eth0', { peer: peer({ name: 'red' }) }],
    ['v0 belongs to namespace of process 7: its other end is eth0', { peer: peer() }],
    ['v0 belongs to this host: its other end is eth0', { peer: peer(null) }],
    [
      'v0 belongs to namespace shop-web: its other end is eth0 (node web, network front of topology shop)',
      { peer: peer(inShop), topology: 'shop', network: 'front' },
    ],
    [
      'v0 belongs to namespace shop-web: its other end is eth0 (node web, link host:v0 web:eth0 of topology shop)',
      { peer: peer(inShop), topology: 'shop', link: ['host:v0', 'web:eth0'] },
    ],
    ['v0 belongs to namespace shop-web: its other end is eth0 (node web of topology shop)', { peer: peer(inShop) }],
    ['v0 is a device of kind vlan on eth1', { kind: 'vlan', parent: 'eth1' }],
    ['v0 is a device of kind physical, no end of a cable and without ports', { kind: 'physical' }],
    [
      'v0 is a device of kind bridge, no end of a cable and without ports (network lan of topology shop)',
      { kind: 'bridge', topology: 'shop', network: 'lan' },
    ],
    ['v0 leads to device number 4 of a namespace that has neither a name in /run/netns nor a process', { unseen: 4 }],
  ])('%s', (line, given) => expect(whoseText(report(given), plain)).toBe(line));

  test('with nothing in it that a terminal acts on', () =>
    expect(whoseText(report({ device: 'v\u001b[2J', peer: peer() }), plain)).toMatch(/^v\\x1b\[2J belongs/));
});

const ports = [
  report({ device: 'p0', master: 'br0', topology: 'shop', peer: peer({ ...inShop, container: web }, ['10.0.0.2/24']) }),
  report({ device: 'eth1', kind: 'physical', master: 'br0' }),
];

test('the ports of a bridge, a line each', () =>
  expect(whoseText(report({ device: 'br0', kind: 'bridge', ports }), plain).split('\n')).toEqual([
    'br0 is a device of kind bridge with 2 ports:',
    '',
    'DEVICE  FAR END       IN                                ADDRESSES    PORT OF  TOPOLOGY',
    'p0      eth0          node web: container web (docker)  10.0.0.2/24  br0      shop',
    'eth1    - (physical)  -                                 -            br0      -',
  ]));

test('all cables', () => {
  const cables = [report({ peer: peer(null) }), report({ device: 'v1', unseen: 4 })];
  expect(cables.every(isCable)).toBe(true);
  expect(cablesText(cables, plain).split('\n')).toEqual([
    'DEVICE  FAR END   IN         ADDRESSES  PORT OF  TOPOLOGY',
    'v0      eth0      this host  -          -        -',
    'v1      number 4  unknown    -          -        -',
  ]);
  expect(cablesText([], plain)).toBe('No device of this host leads to another one.');
});

test('what has no other end is no cable', () => expect(isCable(report({ parent: 'eth1' }))).toBe(false));
