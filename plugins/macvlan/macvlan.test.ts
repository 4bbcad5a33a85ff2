import { type DeviceAttrs, type HostFacts, isDiagnostic, type Nic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { macvlan } from './index.js';

pluginSuite(plugin, { options: { macvlan: { parent: 'eth1', address: '10.0.0.1/24' } } });

const DEVICES: HostFacts['devices'] = [
  { name: 'lo', kind: 'loopback', mtu: 65_536 },
  { name: 'eth1', kind: 'physical', mtu: 1500 },
  { name: 'slow0', kind: 'vlan', mtu: 1400 },
  { name: 'wlp2s0', kind: 'physical', mtu: 1500 },
  { name: 'wlan-br', kind: 'bridge', mtu: 1500 },
  { name: 'mv0', kind: 'macvlan', mtu: 1500 },
  { name: 'wg0', kind: 'wireguard', mtu: 1420 },
  { name: 'port0', kind: 'physical', mtu: 1500, up: true, master: 'br0' },
  { name: 'down0', kind: 'physical', mtu: 1500, up: false },
  { name: 'much-longer0', kind: 'physical', mtu: 1500, up: true },
];
const MEMBERS = [nic({ node: 'web' }), nic({ node: 'db' })];

interface Given {
  readonly members?: readonly Nic[];
  readonly devices?: HostFacts['devices'];
}

function compile(options: Record<string, unknown>, { members = MEMBERS, devices = DEVICES }: Given = {}) {
  const given = macvlan.options.parse({ parent: 'eth1', ...options });
  const addresses = macvlan.addresses?.(given) ?? [];
  const { facts } = context();
  return macvlan.compile(
    networkSpec({ members, addresses, options: given }),
    context({ facts: { ...facts, devices } }),
  );
}

const made = (options: Record<string, unknown>, given?: Given): readonly Resource<DeviceAttrs>[] =>
  compile(options, given).flatMap((it) =>
    !isDiagnostic(it) && it.type === 'device' ? [it as Resource<DeviceAttrs>] : [],
  );

const complaints = (options: Record<string, unknown>, given?: Given) => compile(options, given).filter(isDiagnostic);

/** A nic with a MAC address made from its names. */
const lone = nic({ mac: context().names.mac('web', 'eth0') });

test('each nic is one device, in its node under its own name, on the parent, which is left as it is', () => {
  const [parent, ...nics] = made({});
  expect(parent).toMatchObject({ adopt: true, on: { host: 'local' }, attrs: { name: 'eth1', kind: 'physical' } });
  expect(Object.keys(parent?.attrs ?? {}).sort()).toEqual(['kind', 'name']);
  const attrs = { kind: 'macvlan', mode: 'bridge', link: { ref: parent?.key }, mtu: 1500, up: true };
  expect(nics).toMatchObject([
    { id: 'web/eth0', on: { node: 'web' }, attrs: { ...attrs, name: 'eth0', mac: MEMBERS[0]?.mac } },
    { id: 'db/eth0', on: { node: 'db' }, attrs: { ...attrs, name: 'eth0', mac: MEMBERS[1]?.mac } },
  ]);
});

test.each([
  ['with host-access', { 'host-access': true }, []],
  ['with an address', { address: ['10.0.0.1/24', 'fd00::1/64'] }, ['lan:host/10.0.0.1/24', 'lan:host/fd00::1/64']],
])('the host has a device of its own %s', (_, options, expected) => {
  const [parent, own] = made(options);
  expect(own).toMatchObject({
    on: { host: 'local' },
    attrs: { name: 'lan', mode: 'bridge', link: { ref: parent?.key } },
  });
  expect(own?.on).not.toHaveProperty('node');
  expect(compile(options).flatMap((it) => ('type' in it && it.type === 'address' ? [it.id] : []))).toEqual(expected);
});

test.each([
  [{}, []],
  [{ 'host-access': true }, ['10.0.0.2/32']],
  [{ address: ['fd00::1/64'] }, ['10.0.0.2/32', 'fd00::2/128']],
])('the host has a route to nodes by that, over IPv6 where it has an address: %o', (options, routes) => {
  const members = [nic({ addresses: ['10.0.0.2/24', 'fd00::2/64'] })];
  const all = compile(options, { members });
  expect(all.flatMap((it) => ('type' in it && it.type === 'route' ? [it.attrs['to']] : []))).toEqual(routes);
});

test('its addresses are known as the way out', () =>
  expect(macvlan.addresses?.(macvlan.options.parse({ parent: 'eth1', address: '10.0.0.1/24' }))).toEqual([
    '10.0.0.1/24',
  ]));

test('in a VLAN they are on its device, which is made where it is missing, for whoever is in it', () => {
  const [tagged, parent, own] = made({ vlan: 30 });
  expect(tagged).toMatchObject({
    shared: true,
    on: { host: 'local' },
    attrs: { name: 'eth1.30', kind: 'vlan', id: 30, link: { ref: parent?.key }, up: true },
  });
  expect(parent).toMatchObject({ adopt: true, attrs: { name: 'eth1' } });
  expect(own?.attrs).toMatchObject({ kind: 'macvlan', link: { ref: tagged?.key } });
});

test.each([0, 4095, '30'])('%o is no VLAN id', (vlan) =>
  expect(macvlan.options.safeParse({ parent: 'eth1', vlan }).error?.issues[0]?.message).toBe(
    'a VLAN id from 1 to 4094',
  ),
);

test('joined as a VLAN of a device', () =>
  expect(macvlan.join?.({ name: 'eth1', kind: 'physical', vlan: 30 })).toEqual({ parent: 'eth1', vlan: 30 }));

test("in passthru a nic has the parent's MAC address", () => {
  const [, own] = made({ mode: 'passthru' }, { members: [lone] });
  expect(own?.attrs).toMatchObject({ name: 'eth0', mode: 'passthru' });
  expect(own?.attrs).not.toHaveProperty('mac');
  expect(complaints({ mode: 'passthru' }, { members: [lone] })).toEqual([]);
});

test.each([
  ['physical', { parent: 'x0' }],
  ['veth', { parent: 'x0' }],
  ['vlan', { parent: 'x0' }],
  ['bond', { parent: 'x0' }],
  ['dummy', { parent: 'x0' }],
  ['tun', { parent: 'x0' }],
  ['bridge', undefined],
  ['openvswitch', undefined],
  ['loopback', undefined],
  ['macvlan', undefined],
  [undefined, undefined],
])('joined by a device of kind %s: %o', (kind, options) =>
  expect(macvlan.join?.({ name: 'x0', ...(kind === undefined ? {} : { kind }) })).toEqual(options),
);

test.each<[string, Record<string, unknown>, Given, readonly [string, 'error' | 'warning'], RegExp]>([
  [
    'no such parent',
    { parent: 'eth7' },
    {},
    ['NO_PARENT', 'error'],
    /"eth7".*eth1, slow0, wlp2s0, port0, down0, much-longer0\.$/,
  ],
  ['a parent of its own kind', { parent: 'mv0' }, {}, ['UNFIT_PARENT', 'error'], /"mv0".*macvlan/],
  ['a parent without Ethernet', { parent: 'wg0' }, {}, ['UNFIT_PARENT', 'error'], /"wg0".*wireguard/],
  ['a smaller parent', { parent: 'slow0' }, {}, ['MTU_OVER_PARENT', 'error'], /1500.*1400.*`mtu: 1400`/],
  ['a port as parent', { parent: 'port0' }, {}, ['PARENT_IS_PORT', 'error'], /a port of "br0"/],
  ['a parent that is down', { parent: 'down0' }, {}, ['PARENT_DOWN', 'warning'], /ip link set dev down0 up/],
  ['a VLAN of a parent that is down', { parent: 'down0', vlan: 7 }, {}, ['PARENT_DOWN', 'error'], /down0 up/],
  ['a long name', { parent: 'much-longer0', vlan: 4000 }, {}, ['LONG_VLAN', 'error'], /"much-longer0\.4000"/],
  ['a wireless parent', { parent: 'wlp2s0' }, {}, ['WIRELESS', 'warning'], /access points/],
  [
    'two in passthru',
    { mode: 'passthru' },
    { members: [lone, nic({ node: 'db', mac: context().names.mac('db', 'eth0') })] },
    ['PASSTHRU_TAKEN', 'error'],
    /web\/eth0, db\/eth0/,
  ],
  ['a MAC in passthru', { mode: 'passthru' }, { members: [nic()] }, ['PASSTHRU_MAC', 'error'], /02:00:00:00:00:01/],
  ['access kept apart', { mode: 'private', 'host-access': true }, {}, ['HOST_APART', 'error'], /host-access/],
  ['an address kept apart', { mode: 'vepa', address: '10.0.0.1/24' }, {}, ['HOST_APART', 'error'], /vepa/],
  ['a host end', {}, { members: [nic({ hostDevice: 'p0' })] }, ['NO_HOST_DEVICE', 'warning'], /"p0"/],
])('a complaint: %s', (_, options, given, [code, severity], says) => {
  const found = complaints(options, given);
  expect(found).toMatchObject([{ code: `PW_MACVLAN_${code}`, severity }]);
  expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
});

test('any bridge will do as a parent for a file that names it', () =>
  expect(complaints({ parent: 'wlan-br' })).toEqual([]));

test('where nothing is known of the host, nothing is missed', () =>
  expect(complaints({ parent: 'eth7' }, { devices: [] })).toEqual([]));
