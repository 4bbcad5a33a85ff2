import { describe, expect, test } from 'vitest';
import { networkFor } from './host-interface.js';
import type { AttachmentRequest, HostInterface } from './request.js';

const DEVICES = [
  { name: 'br-vlan', kind: 'bridge', mac: '02:00:00:00:00:01' },
  { name: 'eth0', kind: 'physical', mac: '02:00:00:00:00:01' },
  { name: 'lan0', kind: 'bridge', mac: '02:00:00:00:00:02' },
  { name: 'ovs0', kind: 'openvswitch' },
  { name: 'brveth', kind: 'veth' },
  { name: 'dummy0', kind: 'dummy' },
];

const asked = (hostInterface: HostInterface, more: Partial<AttachmentRequest> = {}): AttachmentRequest => ({
  form: 'attach',
  hostInterface,
  directPhys: false,
  nic: 'eth1',
  hostDevice: undefined,
  guest: 'web',
  addressing: { by: 'static' },
  mac: undefined,
  vlan: undefined,
  ...more,
});

test.each([
  ['a bridge of whatever name', { name: 'lan0' }, 'lan0'],
  ['a bridge by its MAC address', { mac: '02:00:00:00:00:02' }, 'lan0'],
  ['a new bridge', { name: 'br7' }, 'br7'],
  ['hardware', { name: 'eth0' }, 'eth0'],
  ['hardware before what is on it', { mac: '02:00:00:00:00:01' }, 'eth0'],
  ['a device that is called like a bridge', { name: 'brveth' }, 'brveth'],
  ['a device that is called like a form', { name: 'dummy0' }, 'dummy0'],
])('%s is joined', (_, hostInterface, expected) =>
  expect(networkFor(asked(hostInterface), DEVICES)).toEqual({ network: expected }),
);

test('a VLAN of hardware is joined', () =>
  expect(networkFor(asked({ name: 'eth0' }, { vlan: 10 }), DEVICES)).toEqual({ network: 'eth0.10' }));

test.each([
  ['hardware', { name: 'eth0' }, {}, 'phys:eth0'],
  ['hardware by its MAC address', { mac: '02:00:00:00:00:01' }, {}, 'phys:eth0'],
  ['what the guest may have already', { name: 'eth9' }, {}, 'phys:eth9'],
  ['a VLAN that is not there: it is made in the guest', { name: 'eth0' }, { vlan: 10 }, 'vlan:eth0.10'],
])('--direct-phys moves %s', (_, hostInterface, more, expected) =>
  expect(networkFor(asked(hostInterface, { directPhys: true, ...more }), DEVICES)).toEqual({ network: expected }),
);

describe('what a nic is to be made on is set up where it is down:', () => {
  const down = (...names: readonly string[]) => DEVICES.map((it) => ({ ...it, up: !names.includes(it.name) }));
  const eth0 = { name: 'eth0' };
  test.each([
    ['hardware', eth0, {}, ['eth0'], ['eth0']],
    ['hardware by its MAC address', { mac: '02:00:00:00:00:01' }, {}, ['eth0'], ['eth0']],
    ['that of a VLAN', eth0, { vlan: 10 }, ['eth0'], ['eth0']],
    ['that of a VLAN that is made in the guest', eth0, { vlan: 10, directPhys: true }, ['eth0'], ['eth0']],
    ['nothing that is up', eth0, {}, ['brveth'], undefined],
    ['nothing that moves', eth0, { directPhys: true }, ['eth0'], undefined],
    ['no bridge', { name: 'lan0' }, {}, ['lan0'], undefined],
  ])('%s', (_, hostInterface, more, names, raised) =>
    expect(networkFor(asked(hostInterface, more), down(...names)).raised).toEqual(raised),
  );
});

test('a VLAN of a bridge is one of the nic', () =>
  expect(networkFor(asked({ name: 'br7' }, { vlan: 10 }), DEVICES)).toEqual({ network: 'br7', vlan: 10 }));

test('what the guest has already is found by its MAC address, where it is to be moved', () => {
  const moved = [{ name: 'nic0', kind: 'physical', mac: '02:00:00:00:00:99' }];
  const wanted = { mac: '02:00:00:00:00:99' };
  expect(networkFor(asked(wanted, { directPhys: true }), DEVICES, moved)).toEqual({ network: 'phys:nic0' });
  expect(() => networkFor(asked(wanted), DEVICES, moved)).toThrow();
});

test('to move a bridge is not meant by --direct-phys', () =>
  expect(networkFor(asked({ name: 'lan0' }, { directPhys: true }), DEVICES)).toEqual({ network: 'lan0' }));

test.each([
  ['a name that is nobody', { name: 'nosuch0' }, {}, 'PW_PIPEWORK_UNKNOWN_INTERFACE', /"nosuch0"/],
  ['a MAC address that nobody has', { mac: '02:00:00:00:00:99' }, {}, 'PW_PIPEWORK_NO_SUCH_MAC', /:99"/],
  ['Open vSwitch', { name: 'ovs0' }, {}, 'PW_PIPEWORK_NOT_YET', /Open vSwitch bridge ovs0/],
  ['a new bridge of Open vSwitch', { name: 'ovs1' }, {}, 'PW_PIPEWORK_NOT_YET', /Open vSwitch bridge ovs1/],
  ['a dummy', { name: 'dummy' }, {}, 'PW_PIPEWORK_NOT_YET', /dummy/],
] as const)('%s is refused with 1', (_, hostInterface, more, code, says) =>
  expect(() => networkFor(asked(hostInterface, more), DEVICES)).toThrow(
    expect.objectContaining({ code, exit: 1, message: expect.stringMatching(says) as string }) as Error,
  ),
);
