import { type DeviceAttrs, type HostFacts, isDiagnostic, type Resource } from '@pipewright/plugin';
import { context, fabricSpec, featureContext, model, networkSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { greFabric } from './fabric.js';
import plugin, { gre } from './index.js';
import { fabricOptions } from './options.js';

pluginSuite(plugin, { options: { gre: { remotes: '198.51.100.2' } } });

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
  ],
};

interface Given {
  readonly mtu?: number;
  readonly subnets?: readonly string[];
}

const parsed = (options: Record<string, unknown>) => gre.options.parse(options);

const compile = (options: Record<string, unknown>, { mtu = 1400, subnets = [] }: Given = {}) =>
  gre.compile(networkSpec({ mtu, subnets, options: parsed(options) }), context({ facts: FACTS }));

const devices = (options: Record<string, unknown>): readonly Resource<DeviceAttrs>[] =>
  compile(options).flatMap((it) => (!isDiagnostic(it) && it.type === 'device' ? [it as Resource<DeviceAttrs>] : []));

test('a tunnel to each of the other machines, none of which sends into another', () => {
  const [box, , , ...tunnels] = devices({ remotes: ['198.51.100.2', '198.51.100.3'], key: 42 });
  const common = { kind: 'gretap', key: 42, local: null, ttl: 64, link: null, mtu: 1400, master: { ref: box?.key } };
  expect(tunnels).toMatchObject([
    { id: 'lan:198.51.100.2', attrs: { ...common, remote: '198.51.100.2', asPort: { of: 'bridge', isolated: true } } },
    { id: 'lan:198.51.100.3', attrs: { ...common, remote: '198.51.100.3', asPort: { of: 'bridge', isolated: true } } },
  ]);
});

test('over IPv6, and over a device that is named', () => {
  const [under, , , , tunnel] = devices({ remotes: 'fd00:0::2', local: 'fd00::1', dev: 'eth0' });
  expect(under).toMatchObject({ adopt: true, attrs: { name: 'eth0' } });
  expect(tunnel).toMatchObject({
    attrs: { kind: 'ip6gretap', remote: 'fd00::2', local: 'fd00::1', key: null, link: { ref: under?.key } },
  });
  expect(tunnel?.attrs.name).not.toContain(':');
});

describe('the MTU is what is left of the underlay', () => {
  test.each([
    ['by the route of the remote', { remotes: '198.51.100.2' }, 8962],
    ['of the narrowest', { remotes: ['198.51.100.2', '203.0.113.2'] }, 1462],
    ['with a key', { remotes: '203.0.113.2', key: 1 }, 1458],
    ['with a key and checksums', { remotes: '203.0.113.2', key: 1, csum: true }, 1454],
    ['over IPv6', { remotes: 'fd00::2', key: 1 }, 1438],
  ])('%s', (_, options, mtu) => expect(gre.mtu?.(parsed(options), FACTS)).toBe(mtu));
});

test.each([0, 2 ** 32, -1, '7'])('%o is no key', (key) =>
  expect(gre.options.safeParse({ remotes: '198.51.100.2', key }).error?.issues[0]?.message).toBe(
    'a GRE key from 1 to 4294967295',
  ),
);

test.each<[string, Record<string, unknown>, Given, string, RegExp]>([
  ['a group as a remote', { remotes: '239.1.1.1' }, {}, 'REMOTE_ADDRESS', /kind: vxlan/],
  ['a remote twice', { remotes: ['fd00::2', 'fd00:0::2'] }, {}, 'REMOTE_TWICE', /fd00::2/],
  ['itself', { remotes: '198.51.100.2', local: '198.51.100.2' }, {}, 'REMOTE_IS_LOCAL', /local/],
  ['through itself', { remotes: '10.0.0.2' }, { subnets: ['10.0.0.0/24'] }, 'REMOTE_INSIDE', /10\.0\.0\.0\/24/],
  ['two families', { remotes: ['198.51.100.2', 'fd00::2'] }, {}, 'FAMILIES', /198\.51\.100\.2, fd00::2/],
  ['no such device', { remotes: '198.51.100.2', dev: 'eth7' }, {}, 'NO_DEVICE', /"eth7".*eth0, jumbo0\.$/],
  ['too large', { remotes: '203.0.113.2' }, { mtu: 1500 }, 'MTU_OVER_UNDERLAY', /1500.*1462.*"eth0".*mtu 1538/],
])('a complaint: %s', (_, options, given, code, says) => {
  const found = compile(options, given).filter(isDiagnostic);
  expect(found.map((it) => it.code)).toContain(`PW_GRE_${code}`);
  expect(found.map((it) => `${it.message} ${it.fix}`).join('\n')).toMatch(says);
});

test.each([
  ['to one machine, without keys', {}, ['PW_GRE_SAME_KEY']],
  ['with keys of their own', { key: 43 }, []],
  ['to another machine', { remotes: '198.51.100.3' }, []],
])('two networks %s', (_, options, codes) => {
  const drivers = plugin.drivers as Exclude<typeof plugin.drivers, undefined | ((...args: never[]) => unknown)>;
  const networks = [parsed({ remotes: '198.51.100.2' }), parsed({ remotes: '198.51.100.2', ...options })].map(
    (it, index) => networkSpec({ name: `n${String(index)}`, kind: 'gre', options: it }),
  );
  const whole = model({ networks });
  const found = drivers.features?.[0]?.compile(whole, featureContext()).resources.filter(isDiagnostic);
  expect(found?.map((it) => it.code)).toEqual(codes);
});

describe('a fabric', () => {
  const others = [
    { host: 'h2', underlay: 'fd00::2' },
    { host: 'h3', underlay: 'fd00::3' },
  ];
  const here = { host: 'local', underlay: 'fd00::1' };

  test('is a tunnel to each of the other hosts, with the key of the network; no frame goes from one into another', () => {
    const made = greFabric.compile(
      fabricSpec({ kind: 'gre', options: fabricOptions.parse({}), here, others }),
      context(),
    );
    expect(made).toMatchObject(
      others.map(({ host, underlay: remote }) => ({
        id: `lan:${host}`,
        attrs: {
          ...{ kind: 'ip6gretap', key: 42, local: 'fd00::1', remote, mtu: 1450 },
          ...{ master: { ref: 'device:local//shop-lan' }, asPort: { isolated: true } },
        },
      })),
    );
  });

  test('with a hub is one tunnel on each of the others, and the hub passes on', () => {
    const options = fabricOptions.parse({ hub: 'h3' });
    const made = (at: typeof here, rest: typeof others) =>
      greFabric.compile(fabricSpec({ kind: 'gre', options, here: at, others: rest }), context());
    const [h2, h3] = others as [typeof here, typeof here];
    expect(made(here, others)).toMatchObject([{ attrs: { remote: 'fd00::3' } }]);
    expect(made(h3, [here, h2])).toMatchObject(
      ['fd00::1', 'fd00::2'].map((remote) => ({ attrs: { remote, asPort: { isolated: false } } })),
    );
  });

  test('whose hub has no node of the network is refused', () => {
    const drivers = plugin.drivers as Exclude<typeof plugin.drivers, undefined | ((...args: never[]) => unknown)>;
    const options = fabricOptions.parse({ hub: 'h9' });
    const fabrics = [fabricSpec({ kind: 'gre', options, here, others })];
    const found = drivers.features?.[0]?.compile(model({ fabrics }), featureContext()).resources.filter(isDiagnostic);
    expect(found).toMatchObject([{ code: 'PW_GRE_NO_HUB', path: ['networks', 'lan', 'fabric', 'hub'] }]);
    expect(found?.[0]?.message).toContain('local, h2, h3');
  });

  test('takes 42 bytes of each frame over IPv4, 62 over IPv6, four more for a checksum', () => {
    expect([4, 6].map((family) => greFabric.overhead(fabricOptions.parse({}), family as 4 | 6))).toEqual([42, 62]);
    expect(greFabric.overhead(fabricOptions.parse({ csum: true }), 4)).toBe(46);
  });
});
