import { PipewrightError } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { attachRequest, type NicOptions } from './from-nic-options.js';

const NOTHING: NicOptions = {
  name: undefined,
  network: 'br9',
  address: [],
  nic: undefined,
  mac: undefined,
  mtu: undefined,
  parent: undefined,
  'host-device': undefined,
  vlan: undefined,
  trunk: undefined,
  down: false,
  promisc: false,
  sysctl: [],
  qdisc: [],
  offload: [],
};

const asked = (more: Partial<NicOptions> = {}) => attachRequest('pid:4711', { ...NOTHING, ...more }, '/work');

test('a network alone is enough', () =>
  expect(asked()).toEqual({
    topology: 'adhoc',
    base: '/work',
    guest: 'pid:4711',
    network: 'br9',
    nic: undefined,
    addresses: [],
    dynamic: [],
    gateways: [],
    mac: undefined,
    mtu: undefined,
    settings: {},
  }));

test.each([
  ['one', ['10.0.0.2/24'], ['10.0.0.2/24'], [], []],
  ['with a gateway', ['10.0.0.2/24@10.0.0.1'], ['10.0.0.2/24'], ['10.0.0.1'], []],
  ['of both families', ['10.0.0.2/24', 'fd00::2/64@fe80::1'], ['10.0.0.2/24', 'fd00::2/64'], ['fe80::1'], []],
  ['none', ['none'], [], [], []],
  ['what finds one', ['dhcp'], [], [], ['dhcp']],
  ['what finds some, and one more', ['dhcp', '10.0.0.2/24', 'slaac'], ['10.0.0.2/24'], [], ['dhcp', 'slaac']],
])('addresses: %s', (_, address, addresses, gateways, dynamic) =>
  expect(asked({ address })).toMatchObject({ addresses, gateways, dynamic: dynamic.map((by) => ({ by })) }),
);

test('the rest is taken as it is', () =>
  expect(
    asked({ name: 'shop', nic: 'wan0', mac: '02:00:00:00:00:01', mtu: '1400', 'host-device': 'v0' }),
  ).toMatchObject({
    topology: 'shop',
    nic: 'wan0',
    mac: '02:00:00:00:00:01',
    mtu: 1400,
    hostDevice: 'v0',
  }));

const faultOf = (more: Partial<NicOptions>): PipewrightError => {
  try {
    asked(more);
  } catch (error) {
    if (error instanceof PipewrightError) return error;
  }
  throw new Error('it is no mistake');
};

describe('a mistake, with what is allowed', () => {
  test.each([
    ['no network', { network: undefined }, '--network'],
    ['no name of a device', { 'host-device': 'more than a name' }, 'device name'],
    ['no prefix length', { address: ['10.0.0.2'] }, '10.0.0.2/24'],
    ['none beside another', { address: ['none', '10.0.0.2/24'] }, '10.0.0.2/24'],
    ['no address', { address: ['10.0.0.256/24'] }, '10.0.0.2/24'],
    ['a gateway that is no address', { address: ['10.0.0.2/24@gw'] }, '10.0.0.2/24@10.0.0.1'],
    ['a gateway with a prefix length', { address: ['10.0.0.2/24@10.0.0.1/24'] }, '10.0.0.2/24@10.0.0.1'],
    ['two gateways of one address', { address: ['10.0.0.2/24@10.0.0.1@10.0.0.3'] }, '10.0.0.2/24@10.0.0.1'],
    ['none and one', { address: ['none', '10.0.0.2/24'] }, '10.0.0.2/24'],
    ['a multicast MAC address', { mac: '01:00:5e:00:00:01' }, 'unicast MAC'],
    ['an MTU that is no number', { mtu: '1e3' }, '68 to 65535'],
    ['an MTU too small', { mtu: '67' }, '68 to 65535'],
    ['a nic name of iproute2', { nic: 'dev' }, 'nic name'],
    ['a nic name that the kernel counts up', { nic: 'eth%d' }, 'nic name'],
    ['a topology name', { name: '../x' }, 'letters'],
  ])('%s', (_, more, allowed) => {
    const { exit, message, fix } = faultOf(more);
    expect(exit).toBe(2);
    expect(message + fix).toContain(allowed);
  });

  test('all at once', () => {
    const { code, diagnostics } = faultOf({ address: ['10.0.0.2', '1'], mac: 'x', mtu: 'x', nic: '', name: '' });
    expect(code).toBe('PW_BAD_COMMAND_LINE');
    expect(diagnostics).toHaveLength(6);
  });
});
