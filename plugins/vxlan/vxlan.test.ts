import {
  type DeviceAttrs,
  type FabricEnd,
  type FabricSpec,
  type FdbAttrs,
  type HostFacts,
  isDiagnostic,
  type Nic,
  type Resource,
} from '@pipewright/plugin';
import { context, fabricSpec, featureContext, model, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { vxlanFabric } from './fabric.js';
import plugin, { vxlan } from './index.js';
import { fabricOptions } from './options.js';

pluginSuite(plugin, { options: { vxlan: { id: 42, remotes: '198.51.100.2' } } });

const FACTS: HostFacts = {
  ...context().facts,
  devices: [
    { name: 'lo', kind: 'loopback', mtu: 65_536 },
    { name: 'eth0', kind: 'physical', mtu: 1500, up: true },
    { name: 'jumbo0', kind: 'physical', mtu: 9000, up: true },
  ],
  routes: [
    { to: '0.0.0.0/0', dev: 'eth0', metric: 100 },
    { to: '198.51.100.0/24', dev: 'jumbo0', metric: 0 },
    { to: 'fd00::/64', dev: 'jumbo0', metric: 256 },
  ],
};

interface Given {
  readonly members?: readonly Nic[];
  readonly facts?: HostFacts;
  readonly mtu?: number;
  readonly subnets?: readonly string[];
}

const parsed = (options: Record<string, unknown>) => vxlan.options.parse({ id: 42, ...options });

function compile(options: Record<string, unknown>, { facts = FACTS, mtu = 1450, ...more }: Given = {}) {
  return vxlan.compile(networkSpec({ mtu, ...more, options: parsed(options) }), context({ facts }));
}

const made = <A extends object>(type: string, options: Record<string, unknown>, given?: Given) =>
  compile(options, given).flatMap((it) =>
    !isDiagnostic(it) && it.type === type ? [it as Resource<A & DeviceAttrs>] : [],
  );

const REMOTES = ['198.51.100.2', '198.51.100.3'];

test('a bridge that has the tunnel for a port, which floods to each of the other machines', () => {
  const [box, , , tunnel] = made('device', { remotes: REMOTES });
  expect(box?.attrs).toMatchObject({ name: 'lan', kind: 'bridge', mtu: 1450, up: true });
  expect(tunnel).toMatchObject({
    id: 'lan:vxlan',
    on: { host: 'local' },
    attrs: { kind: 'vxlan', id: 42, port: 4789, remote: null, link: null, mtu: 1450, master: { ref: box?.key } },
  });
  expect(made<FdbAttrs>('fdb', { remotes: REMOTES }).map(({ attrs: { mac, dst, dev } }) => [mac, dst, dev])).toEqual(
    REMOTES.map((it) => ['00:00:00:00:00:00', it, { ref: tunnel?.key }]),
  );
});

test('to a group it goes over the device that is named', () => {
  const [under, , , , tunnel] = made('device', { group: '239.1.1.1', dev: 'eth0' });
  expect(under).toMatchObject({ adopt: true, attrs: { name: 'eth0' } });
  expect(tunnel?.attrs).toMatchObject({ remote: '239.1.1.1', link: { ref: under?.key } });
  expect(made('fdb', { group: '239.1.1.1', dev: 'eth0' })).toEqual([]);
});

test('direct: the nic is the tunnel, in its node under its own name', () => {
  const [own, ...more] = made('device', { remotes: '198.51.100.2', local: '198.51.100.1', direct: true });
  expect(own).toMatchObject({
    on: nic().on,
    attrs: { name: 'eth0', kind: 'vxlan', mac: nic().mac, remote: '198.51.100.2', local: '198.51.100.1' },
  });
  expect(more).toEqual([]);
});

describe('the MTU is what is left of the underlay', () => {
  test.each([
    ['by the route of the remote', { remotes: '198.51.100.2' }, 8950],
    ['of the narrowest', { remotes: ['198.51.100.2', '203.0.113.2'] }, 1450],
    ['over IPv6', { remotes: 'fd00::2' }, 8930],
    ['of the device that is named', { remotes: '203.0.113.2', dev: 'jumbo0' }, 8950],
    ['of Ethernet where no route leads there', { remotes: '2001:db8::2' }, 1430],
  ])('%s', (_, options, mtu) => expect(vxlan.mtu?.(parsed(options), FACTS)).toBe(mtu));

  test('of Ethernet where nothing is known', () =>
    expect(vxlan.mtu?.(parsed({ remotes: REMOTES }), context().facts)).toBe(1450));
});

test.each([0, 16_777_216, -1, 1.5, '42'])('%o is no VXLAN id', (id) =>
  expect(vxlan.options.safeParse({ id, remotes: REMOTES }).error?.issues[0]?.message).toBe(
    'a VXLAN id (VNI) from 1 to 16777215',
  ),
);

const TWO = [nic({ node: 'a' }), nic({ node: 'b' })];

test.each<[string, Record<string, unknown>, Given, string, RegExp]>([
  ['nothing at the other end', {}, {}, 'NOWHERE', /`remotes: \[/],
  ['remotes and a group', { remotes: REMOTES, group: '239.1.1.1', dev: 'eth0' }, {}, 'BOTH_WAYS', /both/],
  ['a group that is none', { group: '198.51.100.2', dev: 'eth0' }, {}, 'GROUP_ADDRESS', /239\.0\.0\.0\/8/],
  ['a group and no device', { group: '239.1.1.1' }, {}, 'GROUP_DEVICE', /eth0, jumbo0\.$/],
  ['a group as a remote', { remotes: '239.1.1.1' }, {}, 'REMOTE_ADDRESS', /`group: 239\.1\.1\.1`/],
  ['a remote twice', { remotes: ['fd00::2', 'fd00:0::2'], local: 'fd00::1' }, {}, 'REMOTE_TWICE', /fd00::2/],
  ['itself', { remotes: '198.51.100.2', local: '198.51.100.2' }, {}, 'REMOTE_IS_LOCAL', /local/],
  ['through itself', { remotes: '10.0.0.2' }, { subnets: ['10.0.0.0/24'] }, 'REMOTE_INSIDE', /10\.0\.0\.0\/24/],
  ['two families', { remotes: ['198.51.100.2', 'fd00::2'] }, {}, 'FAMILIES', /198\.51\.100\.2, fd00::2/],
  ['families of its ends', { remotes: 'fd00::2', local: '198.51.100.2' }, {}, 'FAMILIES', /fd00::2, 198\.51\.100\.2/],
  ['over IPv6, from nowhere', { remotes: 'fd00::2' }, {}, 'NO_LOCAL', /local: "fd00::1"/],
  ['no such device', { remotes: REMOTES, dev: 'eth7' }, {}, 'NO_DEVICE', /"eth7".*eth0, jumbo0\.$/],
  ['too large', { remotes: '203.0.113.2' }, { mtu: 1500 }, 'MTU_OVER_UNDERLAY', /1500.*1450.*"eth0".*mtu 1550/],
  [
    'direct, with an address',
    { remotes: '198.51.100.2', direct: true, address: '10.0.0.1/24' },
    {},
    'NOT_DIRECT',
    /address/,
  ],
  ['direct, to several', { remotes: REMOTES, direct: true }, {}, 'DIRECT_REMOTES', /198\.51\.100\.2, 198\.51\.100\.3/],
  ['direct, of two', { remotes: '198.51.100.2', direct: true }, { members: TWO }, 'DIRECT_TAKEN', /a\/eth0, b\/eth0/],
  [
    'a host end',
    { remotes: '198.51.100.2', direct: true },
    { members: [nic({ hostDevice: 'p0' })] },
    'NO_HOST_DEVICE',
    /"p0"/,
  ],
])('a complaint: %s', (_, options, given, code, says) => {
  const found = compile(options, given).filter(isDiagnostic);
  expect(found).toMatchObject([{ code: `PW_VXLAN_${code}` }]);
  expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
});

test.each([
  ['one id and port', { id: 42 }, ['PW_VXLAN_SAME_ID']],
  ['another id', { id: 43 }, []],
  ['another port', { id: 42, port: 8472 }, []],
])('two networks of %s', (_, options, codes) => {
  const drivers = plugin.drivers as Exclude<typeof plugin.drivers, undefined | ((...args: never[]) => unknown)>;
  const networks = [parsed({ remotes: REMOTES }), parsed({ remotes: REMOTES, ...options })].map((it, index) =>
    networkSpec({ name: `n${String(index)}`, kind: 'vxlan', options: it }),
  );
  const whole = model({ networks });
  const found = drivers.features?.[0]?.compile(whole, featureContext()).resources.filter(isDiagnostic);
  expect(found?.map((it) => it.code)).toEqual(codes);
});

describe('a fabric', () => {
  const joined = (options: Record<string, unknown> = {}, ends: Partial<FabricSpec> = {}) =>
    vxlanFabric.compile(fabricSpec({ ...ends, kind: 'vxlan', options: fabricOptions.parse(options) }), context());

  test('is one tunnel, a port of the bridge, that floods to each of the other hosts', () => {
    expect(joined({ port: 8472, ttl: 9 })).toMatchObject([
      {
        id: 'lan:vxlan',
        attrs: {
          ...{ kind: 'vxlan', id: 42, port: 8472, ttl: 9, local: '198.51.100.1', remote: null, mtu: 1450 },
          master: { ref: 'device:local//shop-lan' },
        },
      },
      { type: 'fdb', attrs: { mac: '00:00:00:00:00:00', dst: '198.51.100.2' } },
    ]);
  });

  test('sends to a group over the device that leads to the others', () => {
    const spec = fabricSpec({ kind: 'vxlan', options: fabricOptions.parse({ group: '239.1.1.1' }) });
    const [under, tunnel, ...more] = vxlanFabric.compile(spec, context({ facts: FACTS }));
    expect(under).toMatchObject({ adopt: true, attrs: { name: 'jumbo0' } });
    expect(tunnel).toMatchObject({ attrs: { remote: '239.1.1.1', link: { ref: 'device:local//jumbo0' } } });
    expect(more).toEqual([]);
  });

  test.each([
    ['is no multicast address', '198.51.100.9', ['PW_VXLAN_GROUP_ADDRESS']],
    ['is of the other family', 'ff05::1', ['PW_VXLAN_FAMILIES']],
  ])('a group that %s is refused, once', (_, group, codes) => {
    const [h1, h2] = ['1', '2'].map((it) => ({ host: `h${it}`, underlay: `198.51.100.${it}` })) as [
      FabricEnd,
      FabricEnd,
    ];
    const said = [
      { here: h1, others: [h2] },
      { here: h2, others: [h1] },
    ].flatMap((ends) => joined({ group }, ends).filter(isDiagnostic));
    expect(said.map(({ code }) => code)).toEqual(codes);
  });

  test('makes a nic that is the tunnel to the other end of its link', () => {
    const end = nic({ mtu: 1450 });
    const made = vxlanFabric.link?.(
      {
        ...{ link: 'a:eth0--b:eth0', kind: 'vxlan', options: fabricOptions.parse({}), id: 42, nic: end, path: [] },
        here: { host: 'local', underlay: '198.51.100.1' },
        other: { host: 'h2', underlay: '198.51.100.2' },
      },
      context(),
    );
    expect(made).toMatchObject([
      {
        id: end.id,
        on: end.on,
        attrs: { kind: 'vxlan', id: 42, local: '198.51.100.1', remote: '198.51.100.2', mtu: 1450, mac: end.mac },
      },
    ]);
  });

  test.each([
    ['the id and the port of a network', { id: 42 }, ['PW_VXLAN_SAME_ID']],
    ['another id', { id: 43 }, []],
  ])('with %s', (_, options, codes) => {
    const drivers = plugin.drivers as Exclude<typeof plugin.drivers, undefined | ((...args: never[]) => unknown)>;
    const whole = model({
      networks: [networkSpec({ name: 'own', kind: 'vxlan', options: parsed({ remotes: REMOTES, ...options }) })],
      fabrics: [fabricSpec({ kind: 'vxlan', options: fabricOptions.parse({}) })],
    });
    const found = drivers.features?.[0]?.compile(whole, featureContext()).resources.filter(isDiagnostic);
    expect(found?.map((it) => it.code)).toEqual(codes);
  });
});
