import {
  definePlugin,
  device,
  featureDriver,
  networkDriver,
  PipewrightError,
  PLUGIN_API,
  type PluginDefinition,
  processIn,
  type Resource,
  resource,
  sysctl,
  z,
} from '@pipewright/plugin';
import { resourceTypes } from '@pipewright/kernel';
import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { parseSource, parseTopology } from '../parse/index.js';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { HAD_NOTHING } from '../resolve/in-use.js';
import { NO_FACTS } from '../resolve/hosts.js';
import { resolve } from '../resolve/resolve.js';
import { compile, type DesiredState } from './compile.js';

const kernel = definePlugin({ name: 'kernel', api: PLUGIN_API, resources: resourceTypes });

function compiled(text: string, ...more: PluginDefinition[]): DesiredState {
  const plugins = [kernel, testPlugin, ...more].map((plugin) => ({ plugin, options: {}, from: 'the test' }));
  const registries = compose([], checkPlugins(plugins)).resolve(Registries);
  const { topology, diagnostics } = parseTopology(
    parseSource(`name: t\n${text}`, { file: 't.yaml', env: {} }),
    registries,
  );
  if (!topology) throw new Error(JSON.stringify(diagnostics));
  const { model, contextOn } = resolve(topology, registries, { facts: NO_FACTS }, HAD_NOTHING);
  return compile(topology, model, registries, contextOn);
}

const ids = ({ resources }: DesiredState): readonly string[] => resources.map((it) => `${it.type} ${it.id}`);

const LAN = 'networks: { lan: { kind: segment, subnet: 10.0.0.0/24 } }\n';

test('a nic: two devices, its address, its default route, in the order in which they can be made', () => {
  const lan = 'networks: { lan: { kind: segment, subnet: 10.0.0.0/24, gateway: 10.0.0.1 } }\n';
  expect(ids(compiled(`${lan}nodes: { a: { networks: [lan] } }`))).toEqual([
    'namespace a',
    'device lan',
    'device a/eth0:host',
    'device a/eth0',
    'address a/eth0/10.0.0.2/24',
    'route a/default',
  ]);
});

test('a gateway outside the subnet is reached by a route of its own first', () => {
  const { resources } = compiled(
    `networks: { lan: { kind: segment } }\nnodes: { a: { networks: { lan: { address: 10.0.0.2/24, gateway: 192.0.2.1 } } } }`,
  );
  const [toGateway, byDefault] = resources.filter((it) => it.type === 'route');
  expect(toGateway?.attrs).toMatchObject({ to: '192.0.2.1/32' });
  expect(byDefault?.attrs).toMatchObject({ to: 'default', via: '192.0.2.1' });
  expect(byDefault?.needs).toContainEqual({ ref: toGateway?.key });
});

test('and one written without a gateway comes before those it leads to, wherever it is written', () => {
  const routes = 'routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }, { to: 192.0.2.0/24 }]';
  const { resources } = compiled(`${LAN}nodes: { a: { networks: { lan: { ${routes} } } } }`);
  const [byGateway, direct] = resources.filter((it) => it.type === 'route');
  expect(byGateway?.needs).toContainEqual({ ref: direct?.key });
});

test('everything the kernel can mark carries the mark', () => {
  const { resources } = compiled(`${LAN}nodes: { a: { networks: [lan], rules: [{ from: 10.0.0.2/32, table: 100 }] } }`);
  expect(resources.find((it) => it.id === 'a/eth0')?.attrs).toMatchObject({ alias: 'pipewright:t:a/eth0' });
  expect(resources.find((it) => it.type === 'rule')?.attrs).toMatchObject({ protocol: 201, priority: 1000 });
});

test('addresses are as the kernel prints them, however the file has them', () => {
  const lan = 'networks: { lan: { kind: segment, subnet: "FD00:0::/64", gateway: "fd00:0:0::1" } }\n';
  const routes = '{ to: "FD01:0::/64", via: "fd00:0::9", src: "fd00:0::2" }, { to: "0::/0", via: "fd00::9", table: 7 }';
  const refused = '{ to: 0.0.0.0/0, kind: blackhole, table: 7 }, { to: "::/0", kind: blackhole, table: 8 }';
  const rules = '{ from: 10.0.0.7, table: 7 }, { from: "FD00::7", table: 7 }, { to: "0::/0", table: 7 }';
  const nic = `address: "fd00:0::2", routes: [${routes}], neighbours: [{ to: "fd00:0::9", mac: "02:00:00:00:00:09" }]`;
  const text = `${lan}nodes: { a: { networks: { lan: { ${nic} } }, routes: [${refused}], rules: [${rules}] } }`;
  expect(ids(compiled(text)).filter((it) => !/^(namespace|device)/.test(it))).toEqual([
    'address a/eth0/fd00::2/64',
    'neighbour a/eth0/neighbour fd00::9',
    'route a/::/0 dev eth0',
    'route a/fd01::/64 dev eth0',
    'route a/::/0 dev eth0 table 7',
    'route a/default table 7',
    'route a/::/0 table 8',
    'rule a/v4 1000 from 10.0.0.7/32',
    'rule a/v6 1001 from fd00::7/128',
    'rule a/v6 1002',
  ]);
  const attrs = compiled(text)
    .resources.filter((it) => it.type === 'route')
    .map((it) => it.attrs);
  expect(attrs.map(({ to, via, src }) => [to, via, src])).toEqual([
    ['default', 'fd00::1', undefined],
    ['fd01::/64', 'fd00::9', 'fd00::2'],
    ['default', 'fd00::9', undefined],
    ['default', undefined, undefined],
    ['default', undefined, undefined],
  ]);
});

test('a sysctl of a nic waits for the nic, and goes with it', () => {
  const { resources } = compiled(
    `${LAN}nodes: { a: { networks: [lan], sysctls: { net.ipv4.conf.eth0.rp_filter: 0, net.ipv4.ip_forward: 1 } } }`,
  );
  const [ofNic, ofNode] = resources.filter((it) => it.type === 'sysctl');
  expect(ofNic?.within).toEqual([{ ref: 'device:local/a/eth0' }]);
  expect([ofNode?.needs, ofNode?.within]).toEqual([undefined, []]);
});

describe('a sysctl of a device', () => {
  const node = (more: string) => compiled(`${LAN}nodes: { a: { networks: [lan], ${more} } }`);

  test('that the node will not have is no good', () => {
    expect(node('sysctls: { net.ipv4.conf.eth9.rp_filter: 1 }').diagnostics).toMatchObject([
      { code: 'PW_SYSCTL_OF_NO_DEVICE', path: ['nodes', 'a', 'sysctls', 'net.ipv4.conf.eth9.rp_filter'] },
    ]);
  });

  test.each([
    ['a nic', 'sysctls: { net.ipv6.neigh.eth0.app_solicit: 1 }'],
    ['all of them', 'sysctls: { net.ipv4.conf.all.rp_filter: 1, net.mpls.conf.default.input: 1 }'],
    ['its loopback', 'sysctls: { net.ipv4.conf.lo.rp_filter: 1 }'],
    ["the kernel's first tunnel", 'sysctls: { net.ipv6.conf.sit0.forwarding: 1 }'],
    [
      'what its commands make',
      'sysctls: { net.ipv4.conf.br0.rp_filter: 1 }, commands: ["ip link add br0 type bridge"]',
    ],
    ['what it has already', 'kind: found, sysctls: { net.ipv4.conf.br0.rp_filter: 1 }'],
  ])('%s', (_, more) => expect(node(more).diagnostics).toEqual([]));

  test('that a process makes', () => {
    const { diagnostics } = compiled(
      'networks: { one: { kind: upon } }\nnodes: { a: { sysctls: { net.ipv4.conf.tun0.rp_filter: 1 } } }',
      onDevices(processIn({ host: 'local', node: 'a' }, 't', 'a/vpn', { argv: ['openvpn'] })),
    );
    expect(diagnostics).toEqual([]);
  });
});

test('a loopback has its addresses, and nobody makes it', () => {
  const { resources } = compiled(`${LAN}nodes: { a: { networks: [lan], loopback: 10.255.0.1 } }`);
  const own = resources.find((it) => it.id === 'a/lo/10.255.0.1/32');
  expect(own?.attrs['dev']).toEqual({ ref: 'device:local/a/lo' });
  expect(resources.filter((it) => it.key === 'device:local/a/lo')).toEqual([]);
});

describe('a nic with an IPv6 address has IPv6 on', () => {
  const SWITCH = 'net.ipv6.conf.eth1.disable_ipv6';
  const inOther = (nic: string, more = '') =>
    compiled(
      `networks: { lan: { kind: segment } }\nnodes: { a: { kind: found, networks: { lan: { ${nic} } }${more} } }`,
    ).resources;
  const switches = (all: readonly Resource[]) =>
    all.flatMap(({ type, attrs }) => (type === 'sysctl' ? [[attrs['name'], attrs['value']]] : []));

  test('before it gets the address, where somebody else made the namespace', () => {
    const all = inOther('address: [10.0.0.2/24, "fd00::2/64"]');
    expect(switches(all)).toEqual([[SWITCH, '0']]);
    const [ipv4, ipv6] = all.filter((it) => it.type === 'address');
    expect(ipv6?.needs).toEqual([{ ref: all.find((it) => it.type === 'sysctl')?.key }]);
    expect(ipv4?.needs).toBeUndefined();
  });

  test('in a namespace of our own, too, where devices are born without', () =>
    expect(
      switches(
        compiled(
          'networks: { lan: { kind: segment, subnet: "fd00::/64" } }\nnodes: { a: { sysctls: { net.ipv6.conf.default.disable_ipv6: 1 }, networks: [lan] } }',
        ).resources,
      ),
    ).toEqual([
      ['net.ipv6.conf.eth0.disable_ipv6', '0'],
      ['net.ipv6.conf.default.disable_ipv6', '1'],
    ]));

  test.each([
    ['without such an address', inOther('address: 10.0.0.2/24')],
    [
      'in a namespace of our own',
      compiled('networks: { lan: { kind: segment, subnet: "fd00::/64" } }\nnodes: { a: { networks: [lan] } }')
        .resources,
    ],
  ])('nothing is said of it %s', (_, all) => expect(switches(all)).toEqual([]));

  test.each([
    ['the nic', inOther('address: "fd00::2/64", sysctls: { net.ipv6.conf.IFNAME.disable_ipv6: 1 }')],
    ['the node', inOther('address: "fd00::2/64"', `, sysctls: { ${SWITCH}: 1 }`)],
  ])('unless %s says otherwise', (_, all) => expect(switches(all)).toEqual([[SWITCH, '1']]));

  test.each([
    ['the nic', '{ lan: { sysctls: { net.ipv6.conf.IFNAME.disable_ipv6: 0 } } }', '', ['eth0']],
    ['the node', '[lan]', ', sysctls: { net.ipv6.conf.eth0.disable_ipv6: 0 }', ['eth0']],
    ['the node as a whole', '[lan]', ', sysctls: { net.ipv6.conf.all.disable_ipv6: 1 }', ['eth0', 'all']],
  ])('also in a namespace of our own, after what %s says of it', (_, networks, more, devices) => {
    const { resources } = compiled(
      `networks: { lan: { kind: segment, subnet: "fd00::/64" } }\nnodes: { a: { networks: ${networks}${more} } }`,
    );
    const keys = devices.map((it) => ({ ref: `sysctl:local/a/net.ipv6.conf.${it}.disable_ipv6` }));
    expect(resources.find((it) => it.type === 'address')?.needs).toEqual(keys);
    expect(switches(resources)).toContainEqual(['net.ipv6.conf.eth0.disable_ipv6', '0']);
  });
});

test('what a nic is set to is set on its device, whatever made that', () => {
  const { resources } = compiled(
    `${LAN}nodes: { a: { networks: { lan: { name: eth0.7, up: false, promisc: true, sysctls: { net.ipv4.conf.IFNAME.rp_filter: 0 } } } } }`,
  );
  expect(resources.find((it) => it.id === 'a/eth0.7')?.attrs).toMatchObject({ up: false, promisc: true });
  expect(resources.find((it) => it.id === 'a/eth0.7:host')?.attrs).toMatchObject({ up: true });
  expect(resources.find((it) => it.type === 'sysctl')).toMatchObject({
    attrs: { name: 'net.ipv4.conf.eth0/7.rp_filter', value: '0' },
    within: [{ ref: 'device:local/a/eth0.7' }],
  });
});

test('what is made on another nic has the MAC and MTU of that one, if those are known, and goes with it', () => {
  const networks =
    'networks: { lan: { kind: segment, mtu: 1400 }, up: { kind: upper }, upper: { kind: upper, tag: 2 } }\n';
  const { resources } = compiled(
    `${networks}nodes: { a: { networks: [{ network: upper, parent: eth0.1 }, lan, { network: up, parent: eth0, mtu: 1300 }] } }`,
  );
  const [eth0, one, two] = ['a/eth0', 'a/eth0.1', 'a/eth0.1.2'].map((id) => resources.find((it) => it.id === id));
  expect(one).toMatchObject({ attrs: { mac: eth0?.attrs['mac'], mtu: 1300 }, within: [{ ref: eth0?.key }] });
  expect(two).toMatchObject({ attrs: { mac: eth0?.attrs['mac'], mtu: 1300 }, within: [{ ref: one?.key }] });
});

test('nics that are each on the other are not looked through for ever', () => {
  const { resources } = compiled(
    'networks: { up: { kind: upper } }\nnodes: { a: { networks: [{ network: up, name: x, parent: y }, { network: up, name: y, parent: x }] } }',
  );
  expect(resources.filter(({ type }) => type === 'device').map(({ id }) => id)).toEqual(['a/x', 'a/y']);
});

test('a feature adds resources and fills slots; two that fill one key are named', () => {
  const feature = (kind: string) =>
    definePlugin({
      name: kind,
      api: PLUGIN_API,
      drivers: {
        features: [
          featureDriver({
            kind,
            summary: 'For a test.',
            compile: (model) => ({
              resources: model.nodes.map((it) => sysctl(it.on, `net.${kind}`, '1')),
              slots: { a: { env: { WHO: kind } } },
            }),
          }),
        ],
      },
    });
  const one = compiled('nodes: { a: {} }', feature('one'));
  expect(ids(one)).toContain('sysctl a/net.one');
  expect(one.diagnostics).toEqual([]);
  const [complaint] = compiled('nodes: { a: {} }', feature('one'), feature('two')).diagnostics;
  expect(complaint).toMatchObject({
    code: 'PW_TWO_WRITERS',
    message: 'Features "one" and "two" both set env WHO of node "a".',
  });
});

test.each([
  [
    'two things of one name',
    `${LAN}nodes: { a: { networks: [{ network: lan, name: x0 }] }, b: {} }\nlinks: [[a:y0, b:y0], { endpoints: [a:z0, b:y1] }]`,
    undefined,
  ],
  [
    'one nic name on two links of the host',
    'nodes: { a: {}, b: {} }\nlinks: [[a:x0, outside:w0], [b:x0, outside:w1]]',
    undefined,
  ],
  [
    'more ports than the kernel gives',
    `${LAN}nodes: { ${Array.from({ length: 9 }, (_, i) => `n${String(i)}: { networks: [lan] }`).join(', ')} }`,
    'PW_TOO_MANY_PORTS',
  ],
])('%s', (_, text, code) => {
  expect(compiled(text).diagnostics.map((it) => it.code)).toEqual(code === undefined ? [] : [code]);
});

const bad = (compile: () => never[]) =>
  definePlugin({
    name: 'bad',
    api: PLUGIN_API,
    drivers: { networks: [networkDriver({ kind: 'bad', summary: 'Bad.', options: z.object({}), compile })] },
  });

test('a thing that the file wants twice is named', () => {
  const routes = 'routes: [{ to: 10.9.0.0/16, via: 10.0.0.200 }, { to: 10.9.0.0/16, via: 10.0.0.201 }]';
  const { diagnostics } = compiled(`${LAN}nodes: { a: { networks: { lan: { ${routes} } } } }`);
  expect(diagnostics.map(({ message }) => message)).toEqual(['The topology wants route 10.9.0.0/16 in a twice.']);
});

test.each([
  [
    'on a nic',
    'nodes: { a: { networks: { lan: { routes: [ROUTE, { to: 10.8.0.0/16, via: 10.0.0.9 }, ROUTE] } } } }',
    'nodes a networks lan routes 2',
  ],
  ['on a node', 'nodes: { a: { networks: [lan], routes: [ROUTE, ROUTE] } }', 'nodes a routes 1'],
  [
    'on a node and its nic',
    'nodes: { a: { routes: [ROUTE], networks: { lan: { routes: [ROUTE] } } } }',
    'nodes a networks lan routes 0',
  ],
  [
    'of IPv6',
    'nodes: { a: { networks: { lan: { address: fd00::2/64, routes: [SIX, SIX] } } } }',
    'nodes a networks lan routes 1',
  ],
  ['that leads nowhere', 'nodes: { a: { routes: [NOWHERE, NOWHERE] } }', 'nodes a routes 1'],
  [
    'at the end of a link',
    'nodes: { a: {}, b: {} }\nlinks: [[{ node: a, nic: x, address: 10.0.0.1/24, routes: [ROUTE, ROUTE] }, b:x]]',
    'links 0 endpoints 0 routes 1',
  ],
  [
    'of neighbours',
    'nodes: { a: { networks: { lan: { neighbours: [NEAR, NEAR] } } } }',
    'nodes a networks lan neighbours 1',
  ],
  ['of rules', 'nodes: { a: { rules: [RULE, RULE] } }', 'nodes a rules 1'],
])('an entry that is there twice is shown where it is the second time: %s', (_, text, place) => {
  const entries = {
    ROUTE: '{ to: 10.9.0.0/16, via: 10.0.0.200 }',
    SIX: '{ to: "fd09::/64", via: "fd00::1" }',
    NOWHERE: '{ to: 10.9.0.0/16, kind: blackhole }',
    NEAR: '{ to: 10.0.0.7, mac: "02:00:00:00:00:01" }',
    RULE: '{ from: 10.0.0.0/24, table: 10, priority: 5 }',
  };
  const written = Object.entries(entries).reduce((it, [word, entry]) => it.replaceAll(word, entry), text);
  const { diagnostics } = compiled(`${LAN}${written}`);
  expect(diagnostics.map(({ code, path }) => `${code} ${path.join(' ')}`)).toEqual([`PW_RESOURCE_TWICE ${place}`]);
});

test('a driver that throws is named with its kind and what it was given', () => {
  const plugin = bad(() => {
    throw new TypeError('no such property');
  });
  const run = () => compiled('networks: { lan: { kind: bad } }', plugin);
  expect(run).toThrow(PipewrightError);
  expect(run).toThrow('The network driver "bad" failed on "lan": no such property');
});

test.each([
  ['a number', 42, 'it gave the number 42, and no list of resources'],
  ['nothing', undefined, 'it gave nothing, and no list of resources'],
  ['a promise', Promise.resolve([]), 'and no list of resources'],
  ['a list with nothing in it', [null], 'it gave nothing among its resources'],
  ['what is no resource', [{ type: 'device' }], 'it gave a map with type among its resources'],
  [
    'a resource that needs what is no reference',
    [{ ...sysctl({ host: 'local' }, 'net.ipv4.ip_forward', '1'), needs: ['x'] }],
    'among its resources',
  ],
])('a driver that gives %s in place of resources is named', (_, given, words) => {
  const run = () =>
    compiled(
      'networks: { lan: { kind: bad } }',
      bad(() => given as never),
    );
  expect(run).toThrow(PipewrightError);
  expect(run).toThrow(`The network driver "bad" failed on "lan": it gave`);
  expect(run).toThrow(words);
});

test.each<[unknown, string]>([
  [5, 'its slots are the number 5'],
  [{ zz: { env: {} } }, 'it fills slots of "zz", and there is no such node'],
  [{ a: null }, 'its slots of "a" are nothing'],
  [{ a: { files: {} } }, 'there is no slot files of "a": slots are env, hosts, mounts'],
  [{ a: { hosts: 5 } }, 'hosts of "a" is the number 5'],
  [{ a: { env: { X: 1 } } }, 'X in env of "a" is the number 1'],
])('a feature that gives slots %j is named', (slots, words) => {
  const feature = featureDriver({
    kind: 'odd',
    summary: 'Odd.',
    compile: () => ({ resources: [], slots: slots as never }),
  });
  const plugin = definePlugin({ name: 'odd', api: PLUGIN_API, drivers: { features: [feature] } });
  expect(() => compiled('nodes: { a: {} }', plugin)).toThrow(`The feature driver "odd" failed on "t": ${words}`);
});

test('a driver that forgets a nic is told so', () => {
  const state = compiled(
    'networks: { lan: { kind: bad } }\nnodes: { a: { networks: [lan] } }',
    bad(() => []),
  );
  expect(state.diagnostics[0]).toMatchObject({ code: 'PW_DRIVER_THREW', path: ['nodes', 'a', 'networks', 0] });
});

test('a resource type nobody brings is an error that names it', () => {
  const plugin = bad(() => [resource('nonsense', { host: 'local' }, 'x', {})] as never[]);
  expect(() => compiled('networks: { lan: { kind: bad } }', plugin)).toThrow('"nonsense"');
});

const onDevices = (...made: readonly Resource[]): PluginDefinition =>
  definePlugin({
    name: 'on-devices',
    api: PLUGIN_API,
    drivers: {
      networks: [networkDriver({ kind: 'upon', summary: 'Upon.', options: z.object({}), compile: () => made })],
    },
  });

const UPON = 'networks: { one: { kind: upon }, two: { kind: upon } }\n';
const nic0 = device({ host: 'local' }, 'nic0', { kind: 'physical' }, { adopt: true });
const tagged = device({ host: 'local' }, 'nic0.7', { kind: 'box' }, { shared: true });

test("what several networks are on, and is no one's alone, is there once", () => {
  const { resources, diagnostics } = compiled(UPON, onDevices(nic0, tagged));
  expect(resources.map((it) => it.id)).toEqual(['nic0', 'nic0.7']);
  expect(diagnostics).toEqual([]);
});

const inNode = (node: string) =>
  device({ host: 'local', node }, 'x0', { kind: 'physical' }, { id: `${node}/x0`, moved: { name: 'nic0' } });
const inPlace = device({ host: 'local' }, 'nic0', { kind: 'physical' }, { id: 'up', moved: { name: 'nic0' } });

test.each([
  ['two nodes', [inNode('a'), inNode('b')], 'a/x0 and b/x0'],
  ['a node, and devices made on it', [inNode('a'), nic0], 'a/x0 and nic0'],
  ['a bridge, and devices made on it', [inPlace, nic0], 'up and nic0'],
])('a device of the host that is lent twice, or to one while others need it where it is: %s', (_, made, whom) => {
  const { diagnostics } = compiled('networks: { one: { kind: upon } }\n', onDevices(...made));
  expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['PW_LENT_TWICE', `The host's device "nic0" can be lent once, and ${whom} both want it.`],
  ]);
});

test('what several say of a parameter is there once; what is not the same is a mistake', () => {
  const saying = (value: string) =>
    compiled(
      'networks: { one: { kind: upon } }\nnodes: { a: { sysctls: { net.ipv4.ip_forward: 1 } } }\n',
      onDevices(sysctl({ host: 'local', node: 'a' }, 'net.ipv4.ip_forward', value)),
    );
  expect(ids(saying('1'))).toEqual(['namespace a', 'sysctl a/net.ipv4.ip_forward']);
  expect(saying('1').diagnostics).toEqual([]);
  expect(saying('0').diagnostics).toMatchObject([
    { code: 'PW_VALUE_TWICE', message: expect.stringMatching(/ip_forward in a .*: 0 and 1\./) as string },
  ]);
});

test('a device of a kind that no plugin describes is not made', () => {
  const odd = device({ host: 'local' }, 'odd0', { kind: 'odd', colour: 7 });
  expect(compiled('networks: { one: { kind: upon } }\n', onDevices(nic0, odd)).diagnostics).toMatchObject([
    { code: 'PW_UNDESCRIBED_KIND', message: expect.stringMatching(/odd0.*kind odd/) as string },
  ]);
});
