import { type DeviceAttrs, type HostFacts, isDiagnostic, type Nic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { macvtap } from './index.js';

pluginSuite(plugin, { options: { macvtap: { parent: 'eth1' } } });

const DEVICES: HostFacts['devices'] = [
  { name: 'lo', kind: 'loopback', mtu: 65_536 },
  { name: 'eth1', kind: 'physical', mtu: 1500, up: true },
  { name: 'slow0', kind: 'physical', mtu: 1400, up: true },
  { name: 'down0', kind: 'physical', mtu: 1500, up: false },
  { name: 'port0', kind: 'physical', mtu: 1500, up: true, master: 'br0' },
  { name: 'mv0', kind: 'macvlan', mtu: 1500, up: true },
];

const bare = (more: Partial<Nic> = {}): Nic => nic({ addresses: [], ...more });

interface Given {
  readonly members?: readonly Nic[];
  readonly devices?: HostFacts['devices'];
}

function compile(options: Record<string, unknown>, { members = [bare()], devices = DEVICES }: Given = {}) {
  const given = macvtap.options.parse({ parent: 'eth1', ...options });
  const { facts } = context();
  return macvtap.compile(networkSpec({ members, options: given }), context({ facts: { ...facts, devices } }));
}

test('each nic is one on the parent, in its node under its own name; the parent is left as it is', () => {
  const [parent, own, ...more] = compile({}) as readonly Resource<DeviceAttrs>[];
  expect(parent).toMatchObject({ adopt: true, attrs: { name: 'eth1', kind: 'physical' } });
  expect(own).toMatchObject({
    on: bare().on,
    attrs: { name: bare().device, kind: 'macvtap', link: { ref: parent?.key }, mode: 'bridge', mac: bare().mac },
  });
  expect(more).toEqual([]);
});

test('in passthru the MAC address is that of the parent', () =>
  expect(compile({ mode: 'passthru' })[1]).toMatchObject({
    attrs: expect.not.objectContaining({ mac: bare().mac }) as unknown,
  }));

test.each<[string, Record<string, unknown>, Given, string, RegExp]>([
  ['no such parent', { parent: 'eth7' }, {}, 'NO_PARENT', /"eth7".*eth1, slow0, down0, port0\.$/],
  ['a parent that cannot be', { parent: 'mv0' }, {}, 'UNFIT_PARENT', /kind macvlan/],
  ['a port of a bridge', { parent: 'port0' }, {}, 'PARENT_IS_PORT', /`parent: br0`/],
  ['a parent that is down', { parent: 'down0' }, {}, 'PARENT_DOWN', /ip link set dev down0 up/],
  ['a smaller parent', { parent: 'slow0' }, {}, 'MTU_OVER_PARENT', /1500.*1400.*`mtu: 1400`/],
  [
    'two in passthru',
    { mode: 'passthru' },
    { members: [bare({ node: 'a' }), bare({ node: 'b' })] },
    'PASSTHRU_TAKEN',
    /a\/eth0, b\/eth0/,
  ],
  ['an address', {}, { members: [bare({ addresses: ['10.0.0.2/24'] })] }, 'ADDRESSED', /inside the virtual machine/],
  ['a host end', {}, { members: [bare({ hostDevice: 'p0' })] }, 'NO_HOST_DEVICE', /"p0"/],
])('a complaint: %s', (_, options, given, code, says) => {
  const found = compile(options, given).filter(isDiagnostic);
  expect(found).toMatchObject([{ code: `PW_MACVTAP_${code}` }]);
  expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
});

test('where nothing is known of the host, nothing is missed', () =>
  expect(compile({ parent: 'eth7' }, { devices: [] }).filter(isDiagnostic)).toEqual([]));
