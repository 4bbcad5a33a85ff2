import { describe, expect, test } from 'vitest';
import { deviceTowards, isMulticast } from './underlay.js';

const FACTS = {
  devices: ['eth0', 'eth1', 'eth2'].map((name) => ({ name, kind: 'physical' })),
  routes: [
    { to: '0.0.0.0/0', dev: 'eth0', metric: 100 },
    { to: '10.0.0.0/8', dev: 'eth1', metric: 200 },
    { to: '10.0.0.0/8', dev: 'eth2', metric: 100 },
    { to: '10.1.0.0/16', dev: 'eth0', metric: 500 },
    { to: '10.2.0.0/16', dev: 'gone0', metric: 0 },
    { to: 'fd00::/64', dev: 'eth1', metric: 256 },
  ],
};

describe('the device towards', () => {
  test.each([
    ['the default', '192.0.2.1', 'eth0'],
    ['the lowest metric', '10.9.0.1', 'eth2'],
    ['the longest prefix', '10.1.2.3', 'eth0'],
    ['IPv6', 'fd00::2', 'eth1'],
    ['a device that has gone', '10.2.0.1', undefined],
    ['nowhere', '2001:db8::1', undefined],
    ['no address', 'web', undefined],
  ])('%s', (_, address, dev) => expect(deviceTowards(address, FACTS)?.name).toBe(dev));

  test('where nobody looked there is none', () =>
    expect(deviceTowards('10.0.0.1', { devices: FACTS.devices })).toBeUndefined());
});

test.each([
  ['224.0.0.1', true],
  ['239.255.255.255', true],
  ['223.255.255.255', false],
  ['240.0.0.1', false],
  ['ff02::1', true],
  ['fe80::1', false],
  ['web', false],
])('%s is a group: %o', (address, is) => expect(isMulticast(address)).toBe(is));
