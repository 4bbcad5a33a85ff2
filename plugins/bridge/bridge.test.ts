import { type DeviceAttrs, type HostFacts, isDiagnostic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { bridge } from './index.js';

pluginSuite(plugin);

const compile = (options: Record<string, unknown>, members = [nic({ node: 'web' }), nic({ node: 'redis' })]) =>
  bridge.compile(networkSpec({ name: 'front', members, options: bridge.options.parse(options) }), context());

const devices = (options: Record<string, unknown>): readonly Resource<DeviceAttrs>[] =>
  compile(options).flatMap((it) => (!isDiagnostic(it) && it.type === 'device' ? [it as Resource<DeviceAttrs>] : []));

test('one bridge, and a cable from each nic into it', () => {
  const [box, ...ends] = devices({});
  expect(box?.attrs).toMatchObject({ name: 'front', kind: 'bridge', mtu: 1500, up: true });
  expect(ends.map((it) => [it.attrs.name, it.on.node, it.attrs.master?.ref])).toEqual([
    ['web-eth0', undefined, box?.key],
    ['eth0', 'web', undefined],
    ['redis-eth0', undefined, box?.key],
    ['eth0', 'redis', undefined],
  ]);
});

test('options become attributes of the bridge, what is not given is left to the kernel', () => {
  const [box] = devices({ bridge: 'br1', stp: true, ageing: 30, 'forward-delay': 2 });
  expect(box?.attrs).toMatchObject({ name: 'br1', stp: true, ageing: 30, forwardDelay: 2 });
  expect(box?.attrs).not.toHaveProperty('priority');
});

test('its own addresses are on the bridge, and known as the way out', () => {
  const addresses = ['10.0.0.1/24', 'fd00::1/64'];
  const options = bridge.options.parse({ address: ['10.0.0.1', 'fd00::1'] });
  expect(bridge.addresses?.(options)).toEqual(['10.0.0.1', 'fd00::1']);
  const all = bridge.compile(networkSpec({ name: 'front', addresses, options }), context());
  expect(all.flatMap((it) => ('type' in it && it.type === 'address' ? [it.id] : []))).toEqual([
    'front/10.0.0.1/24',
    'front/fd00::1/64',
  ]);
});

describe('VLANs', () => {
  const vlans = (options: Record<string, unknown>, members = [nic({ node: 'web' })]) =>
    compile(options, members).flatMap((it) => ('type' in it && it.type === 'bridge-vlan' ? [[it.id, it.attrs]] : []));

  test('of a nic are those of its port, and the bridge tells them apart', () => {
    const members = [nic({ node: 'web', vlans: { untagged: 5, tagged: ['10'] } }), nic({ node: 'redis' })];
    expect(vlans({}, members)).toMatchObject([['web/eth0:host/vlans', { untagged: 5, tagged: ['10'] }]]);
    const [box] = compile({}, members);
    expect(box).toMatchObject({ attrs: { vlanFiltering: true } });
    expect(devices({})[0]?.attrs).not.toHaveProperty('vlanFiltering');
  });

  test('of the network are those of all its ports, and of the host where it has an address', () =>
    expect(vlans({ vlan: 10, address: '10.0.0.1/24', uplink: 'nic0.7' })).toMatchObject([
      ['front:uplink/vlans', { untagged: 10 }],
      ['front/vlans', { untagged: 10, self: true }],
      ['web/eth0:host/vlans', { untagged: 10, tagged: [] }],
    ]));

  const there = (attributes: Record<string, unknown>) => ({
    devices: [{ name: 'br0', kind: 'bridge', attributes }],
  });
  const codes = (options: Record<string, unknown>, facts: Partial<HostFacts>) => {
    const network = networkSpec({
      members: [nic({ vlans: { untagged: 5, tagged: [] } })],
      options: bridge.options.parse({ bridge: 'br0', shared: true, ...options }),
    });
    const all = bridge.compile(network, context({ facts: { ...context().facts, ...facts } }));
    return all.flatMap((it) => (isDiagnostic(it) ? [it.code] : []));
  };

  test('are asked of a bridge: another device is not adopted', () => {
    const devices = [
      { name: 'br0', kind: 'veth' },
      { name: 'br7', kind: 'bridge' },
    ];
    expect(codes({ adopt: true, shared: false }, { devices })).toContain('PW_BRIDGE_NO_BRIDGE');
  });

  test('take a bridge that tells them apart, if it is there', () => {
    expect(codes({}, there({ vlanFiltering: false }))).toEqual(['PW_BRIDGE_VLANS_NOT_TOLD']);
    expect(codes({}, there({ vlanFiltering: true }))).toEqual([]);
    expect(codes({}, {})).toEqual([]);
  });

  test('are not carried to other hosts', () => {
    const network = networkSpec({ fabric: 'vxlan', options: bridge.options.parse({ vlan: 10 }) });
    const all = bridge.compile(network, context());
    expect(all.flatMap((it) => (isDiagnostic(it) ? [it.code] : []))).toEqual(['PW_BRIDGE_VLANS_ACROSS']);
  });

  test('of a shared bridge have no address of the host', () =>
    expect(codes({ vlan: 7, address: '10.0.0.1/24' }, {})).toEqual(['PW_BRIDGE_SHARED_ADDRESS']));
});

test('an adopted bridge is only referred to', () => {
  const [box] = devices({ bridge: 'br0', adopt: true });
  expect(box).toMatchObject({ adopt: true, attrs: { name: 'br0', kind: 'bridge' } });
  expect(Object.keys(box?.attrs ?? {}).sort()).toEqual(['kind', 'name']);
});

test('a shared bridge is made where it is missing, for anybody', () => {
  const [box] = devices({ shared: true, bridge: 'br9' });
  expect(box).toMatchObject({ shared: true, attrs: { name: 'br9', kind: 'bridge', up: true } });
});

test.each([
  ['a bridge', 'bridge', { bridge: 'br9', shared: true }],
  ['what is not there', undefined, { bridge: 'br9', shared: true }],
  ['no other device', 'physical', undefined],
])('is joined by its name: %s', (_, kind, options) =>
  expect(bridge.join?.({ name: 'br9', ...(kind === undefined ? {} : { kind }) })).toEqual(options),
);

test.each([
  ['adopted, unnamed', { adopt: true }, 'PW_BRIDGE_UNNAMED'],
  ['adopted, and to be changed', { adopt: true, bridge: 'br0', stp: true }, 'PW_BRIDGE_LEFT_AS_IT_IS'],
  ['shared, unnamed', { shared: true }, 'PW_BRIDGE_UNNAMED'],
  ['shared, and to be changed', { shared: true, bridge: 'br0', ageing: 9 }, 'PW_BRIDGE_LEFT_AS_IT_IS'],
])('a mistake: %s', (_, options, code) => {
  expect(
    compile(options)
      .filter(isDiagnostic)
      .map((it) => it.code),
  ).toEqual([code]);
});

describe('the uplink', () => {
  const NICS: HostFacts['devices'] = [
    { name: 'lo', kind: 'loopback' },
    { name: 'eth0', kind: 'physical', up: true },
    { name: 'down0', kind: 'physical', up: false },
    { name: 'eth1', kind: 'physical', up: false, mtu: 9000 },
    { name: 'small0', kind: 'physical', up: true, mtu: 1400 },
    { name: 'br0', kind: 'bridge', up: true },
    { name: 'port0', kind: 'physical', up: true, master: 'br0' },
  ];
  const ROUTES: HostFacts['routes'] = [
    { to: 'fe80::/64', dev: 'eth1', metric: 256 },
    { to: '192.0.2.0/24', dev: 'eth0', metric: 0 },
  ];
  const onNics = (uplink: string, devices = NICS) => {
    const { facts } = context();
    const spec = networkSpec({ name: 'front', members: [], options: bridge.options.parse({ uplink }) });
    return bridge.compile(spec, context({ facts: { ...facts, devices, routes: ROUTES } }));
  };

  test('is a VLAN of a device of the host, which is left as it is, and a port', () => {
    const [box, parent, tagged] = onNics('eth0.63') as readonly Resource<DeviceAttrs>[];
    expect(parent).toMatchObject({ adopt: true, attrs: { name: 'eth0' } });
    expect(tagged?.attrs).toEqual({
      name: 'eth0.63',
      kind: 'vlan',
      link: { ref: parent?.key },
      id: 63,
      up: true,
      master: { ref: box?.key },
    });
  });

  test.each([
    ['eth7.63', 'NO_UPLINK', /"eth7".*eth0, down0/],
    ['down0.63', 'UPLINK_DOWN', /ip link set dev down0 up/],
    ['eth0.0', 'BAD_VLAN', /1 to 4094/],
    ['eth0.4095', 'BAD_VLAN', /"eth0\.4095"/],
    ['small0.7', 'MTU_OVER_UPLINK', /MTU of 1500, .* small0 one of 1400.*`mtu: 1400`/],
    ['small0', 'MTU_OVER_UPLINK', /1400/],
    ['eth7', 'NO_UPLINK_DEVICE', /"eth7".*eth0, down0/],
    ['lo', 'UPLINK_UNFIT', /kind loopback.*NIC of the host/],
    ['br0', 'UPLINK_UNFIT', /kind bridge.*`bridge: br0, adopt: true`/],
    ['port0', 'UPLINK_PORT', /a port of "br0" already.*`bridge: br0, adopt: true`/],
    ['eth0', 'UPLINK_IN_USE', /the host's own way to 192\.0\.2\.0\/24.*macvlan/],
  ])('cannot be %s', (uplink, code, says) => {
    const found = onNics(uplink).filter(isDiagnostic);
    expect(found).toMatchObject([{ code: `PW_BRIDGE_${code}`, severity: 'error' }]);
    expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
  });

  test('is a device of the host itself, lent to the bridge', () => {
    const [box, port, ...others] = onNics('eth1') as readonly Resource<DeviceAttrs>[];
    expect(port).toMatchObject({ id: 'front:uplink', moved: { name: 'eth1' } });
    expect(port?.attrs).toEqual({ name: 'eth1', kind: 'physical', up: true, master: { ref: box?.key } });
    expect(others).toEqual([]);
  });

  test('may be a port of that bridge already', () => {
    const [box] = onNics('eth1') as readonly Resource<DeviceAttrs>[];
    const own = NICS.map((it) => (it.name === 'port0' ? { ...it, master: box?.attrs.name ?? '' } : it));
    expect(onNics('port0', own).filter(isDiagnostic)).toEqual([]);
  });

  test.each(['', 'eth 0', '../eth0', 'a-name-that-is-too-long'])('is no %o', (uplink) =>
    expect(bridge.options.safeParse({ uplink }).success).toBe(false),
  );
});

describe('what iptables does to bridged frames', () => {
  const filtered = (bridgeFilter: HostFacts['bridgeFilter'], options: Record<string, unknown> = {}) => {
    const { facts } = context();
    return bridge
      .compile(
        networkSpec({ name: 'front', options: bridge.options.parse(options) }),
        context({ facts: bridgeFilter ? { ...facts, bridgeFilter } : facts }),
      )
      .flatMap((it) => (isDiagnostic(it) || it.type === 'iptables-rule' ? [it] : []));
  };
  const DOCKER = { policy: 'drop', chains: ['FORWARD', 'DOCKER-USER'] } as const;
  const front = { ref: 'device:local//front' };

  test.each([
    ['nothing: they never reach it', undefined],
    ['nothing: it accepts them', { policy: 'accept', chains: ['FORWARD'] } as const],
  ])('%s', (_, given) => expect(filtered(given)).toEqual([]));

  test.each(['drop', 'accept'] as const)('beside Docker they are let through, its policy being %s', (policy) =>
    expect(filtered({ ...DOCKER, policy })).toMatchObject([
      { id: 'front', attrs: { chain: 'DOCKER-USER', in: front, out: front, jump: 'ACCEPT', topology: 'shop' } },
    ]),
  );

  test('on a bridge that a user had, too', () =>
    expect(filtered(DOCKER, { adopt: true, bridge: 'br0' })).toMatchObject([
      { attrs: { in: { ref: 'device:local//br0' }, topology: 'shop' } },
    ]));

  test('on a shared bridge for anybody', () => {
    const [rule, ...more] = filtered(DOCKER, { shared: true, bridge: 'br9' });
    expect(rule).toMatchObject({ shared: true, attrs: { in: { ref: 'device:local//br9' } } });
    expect(rule).not.toHaveProperty('attrs.topology');
    expect(more).toEqual([]);
  });

  test('dropped, and nowhere to say otherwise: a warning names what to type', () =>
    expect(filtered({ policy: 'drop', chains: ['FORWARD'] })).toMatchObject([
      {
        code: 'PW_BRIDGE_FORWARD_DROPS',
        severity: 'warning',
        path: ['networks', 'front'],
        fix: expect.stringContaining('iptables -I FORWARD -i front -o front -j ACCEPT') as string,
      },
    ]));
});
