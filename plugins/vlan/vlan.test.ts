import { type DeviceAttrs, type HostFacts, isDiagnostic, type Nic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { vlan } from './index.js';

pluginSuite(plugin, { options: { vlan: { parent: 'eth1', id: 20 } } });

const DEVICES: HostFacts['devices'] = [
  { name: 'lo', kind: 'loopback', mtu: 65_536 },
  { name: 'eth1', kind: 'physical', mtu: 1500, up: true },
  { name: 'slow0', kind: 'physical', mtu: 1400, up: true },
  { name: 'down0', kind: 'physical', mtu: 1500, up: false },
];

interface Given {
  readonly members?: readonly Nic[];
  readonly devices?: HostFacts['devices'];
}

function compile(options: Record<string, unknown>, { members = [nic()], devices = DEVICES }: Given = {}) {
  const given = vlan.options.parse({ parent: 'eth1', id: 20, ...options });
  const { facts } = context();
  return vlan.compile(networkSpec({ members, options: given }), context({ facts: { ...facts, devices } }));
}

test('the nic is the VLAN, in its node under its own name; the parent is left as it is', () => {
  const [parent, own, ...more] = compile({}) as readonly Resource<DeviceAttrs>[];
  expect(parent).toMatchObject({ adopt: true, attrs: { name: 'eth1', kind: 'physical' } });
  expect(own).toMatchObject({
    on: nic().on,
    attrs: { name: nic().device, kind: 'vlan', link: { ref: parent?.key }, id: 20, protocol: '802.1Q', mac: nic().mac },
  });
  expect(more).toEqual([]);
});

test('the outer tag of two', () =>
  expect(compile({ protocol: '802.1ad' })[1]).toMatchObject({ attrs: { protocol: '802.1ad' } }));

describe('of nics', () => {
  const eth0 = { ref: 'device:local/a/eth0' };
  const onNics = (members: readonly Nic[], options: Record<string, unknown> = {}) =>
    compile({ parent: undefined, ...options }, { members });

  test('each is a VLAN of its own, in its node, and nothing of the host is needed', () => {
    const own = nic({ node: 'a', parent: eth0, given: { mtu: 1400 } });
    const [made, ...more] = onNics([own], { protocol: '802.1ad' }) as readonly Resource<DeviceAttrs>[];
    expect(made).toMatchObject({
      on: own.on,
      attrs: { name: own.device, kind: 'vlan', link: eth0, id: 20, protocol: '802.1ad', up: true, mtu: 1400 },
      within: [eth0],
    });
    expect(made?.attrs).not.toHaveProperty('mac');
    expect(more).toEqual([]);
  });

  test('it is called as everybody calls it', () => expect(vlan.nicOn?.('eth0', { id: 20 })).toBe('eth0.20'));

  test.each<[string, readonly Nic[], Record<string, unknown>, string]>([
    ['of what is not said', [nic()], {}, 'WHICH_PARENT'],
    ["of a nic and of the host's", [nic({ parent: eth0 })], { parent: 'eth1' }, 'TWO_PARENTS'],
    ['one twice', [nic({ parent: eth0 }), nic({ parent: eth0, name: 'x' })], {}, 'TWICE'],
  ])('a complaint: %s', (_, members, options, code) =>
    expect(onNics(members, options).filter(isDiagnostic)).toMatchObject([{ code: `PW_VLAN_${code}` }]),
  );
});

test.each(['802.1ad', '[34984]'])('ip prints the outer tag as %s', (printed) =>
  expect(plugin.deviceKinds?.[0]?.attributes['protocol']?.read?.(printed)).toBe('802.1ad'),
);

test.each([0, 4095, -1, 1.5, '20'])('%o is no VLAN id', (id) =>
  expect(vlan.options.safeParse({ parent: 'eth1', id }).error?.issues[0]?.message).toBe('a VLAN id from 1 to 4094'),
);

test.each<[string, Record<string, unknown>, Given, string, RegExp]>([
  ['no such parent', { parent: 'eth7' }, {}, 'NO_PARENT', /"eth7".*eth1, slow0, down0\.$/],
  ['a parent that is down', { parent: 'down0' }, {}, 'PARENT_DOWN', /ip link set dev down0 up/],
  ['a smaller parent', { parent: 'slow0' }, {}, 'MTU_OVER_PARENT', /1500.*1400.*`mtu: 1400`/],
  ['two nics', {}, { members: [nic({ node: 'a' }), nic({ node: 'b' })] }, 'TAKEN', /a\/eth0, b\/eth0/],
  ['a host end', {}, { members: [nic({ hostDevice: 'p0' })] }, 'NO_HOST_DEVICE', /"p0"/],
])('a complaint: %s', (_, options, given, code, says) => {
  const found = compile(options, given).filter(isDiagnostic);
  expect(found).toMatchObject([{ code: `PW_VLAN_${code}` }]);
  expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
});

test('where nothing is known of the host, nothing is missed', () =>
  expect(compile({ parent: 'eth7' }, { devices: [] }).filter(isDiagnostic)).toEqual([]));
