import { type DeviceAttrs, type HostFacts, isDiagnostic, type Nic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { phys } from './index.js';

pluginSuite(plugin, { options: { phys: { parent: 'eth1' } } });

const DEVICES: HostFacts['devices'] = [
  { name: 'lo', kind: 'loopback', mtu: 65_536 },
  { name: 'eth1', kind: 'physical', mtu: 9000, mac: '02:00:00:00:aa:01' },
  { name: 'br0', kind: 'bridge', mtu: 1500 },
  { name: 'port0', kind: 'physical', mtu: 1500, master: 'br0' },
];

function compile(options: Record<string, unknown>, members: readonly Nic[] = [nic()]) {
  const { facts } = context();
  return phys.compile(
    networkSpec({ members, options: phys.options.parse(options) }),
    context({ facts: { ...facts, devices: DEVICES } }),
  );
}

test('the nic is the device of the host, in its node under its own name', () => {
  const [own, ...more] = compile({ parent: 'eth1' }) as readonly Resource<DeviceAttrs>[];
  expect(own).toMatchObject({ on: nic().on, id: nic().id, moved: { name: 'eth1' } });
  expect(own?.attrs).toEqual({ name: nic().device, kind: 'physical', up: true });
  expect(more).toEqual([]);
});

test('it keeps its MAC address and its MTU, unless the file says otherwise', () => {
  const given = { mac: '02:00:00:00:00:07', mtu: 1400 };
  expect(compile({ parent: 'eth1' }, [nic({ given })])).toMatchObject([{ attrs: given }]);
});

test('found by its MAC address', () =>
  expect(compile({ mac: '02:00:00:00:AA:01' })).toMatchObject([{ moved: { mac: '02:00:00:00:AA:01' } }]));

test.each([
  ['a NIC', { name: 'eth1', kind: 'physical', asked: true } as const, { parent: 'eth1' }],
  ['a NIC, where no kind is named: others share it', { name: 'eth1', kind: 'physical' } as const, undefined],
  ['a bridge', { name: 'br0', kind: 'bridge', asked: true } as const, undefined],
])('joined by %s', (_, joined, options) => expect(phys.join?.(joined)).toEqual(options));

test.each<[string, Record<string, unknown>, readonly Nic[], string, RegExp]>([
  ['no device', {}, [nic()], 'WHICH_DEVICE', /parent: eth1/],
  ['a name and a MAC address', { parent: 'eth1', mac: '02:00:00:00:aa:01' }, [nic()], 'WHICH_DEVICE', /not both/],
  ['a bridge', { parent: 'br0' }, [nic()], 'UNFIT', /"br0".*bridge/],
  ['a port', { parent: 'port0' }, [nic()], 'PORT', /"port0".*"br0"/],
  ['two nics', { parent: 'eth1' }, [nic({ node: 'a' }), nic({ node: 'b' })], 'TAKEN', /a\/eth0, b\/eth0/],
  ['a nic of the host', { parent: 'eth1' }, [nic({ on: { host: 'local' } })], 'ON_HOST', /namespace of its own/],
  ['a host end', { parent: 'eth1' }, [nic({ hostDevice: 'p0' })], 'NO_HOST_DEVICE', /"p0"/],
])('a complaint: %s', (_, options, members, code, says) => {
  const [found, ...more] = compile(options, members).filter(isDiagnostic);
  expect(found?.code).toBe(`PW_PHYS_${code}`);
  expect(`${found?.message ?? ''} ${found?.fix ?? ''}`).toMatch(says);
  expect(more).toEqual([]);
});
