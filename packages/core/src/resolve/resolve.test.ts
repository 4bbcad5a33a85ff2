import { definePlugin, featureDriver, type Key, keyOf, type Nic, nodeDriver, PLUGIN_API, z } from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { parseSource, parseTopology } from '../parse/index.js';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { type Had, HAD_NOTHING } from './in-use.js';
import { NO_FACTS } from './hosts.js';
import { resolve } from './resolve.js';

const rental = featureDriver({
  kind: 'rental',
  summary: 'Addresses for hire.',
  addressing: z.object({}),
  compile: () => ({ resources: [] }),
});
/** One that somebody else gives a way out. */
const rented = definePlugin({
  name: 'rented-kinds',
  api: PLUGIN_API,
  drivers: {
    nodes: [
      nodeDriver({
        kind: 'rented',
        summary: 'A node that is made where there is a way out by IPv4.',
        options: z.object({}),
        managed: true,
        leadsOut: () => [4],
        compile: () => [],
        locate: ({ name }) => ({ by: 'name', name }),
        exec: (_, command) => command,
      }),
    ],
  },
});

const plugins = [
  testPlugin,
  rented,
  definePlugin({ name: 'rental', api: PLUGIN_API, drivers: { features: [rental] } }),
];
const registries = compose(
  [],
  checkPlugins(plugins.map((plugin) => ({ plugin, options: {}, from: 'the test' }))),
).resolve(Registries);

function resolved(text: string, had: Partial<Had> = {}) {
  const { topology, diagnostics } = parseTopology(
    parseSource(`name: t\n${text}`, { file: 't.yaml', env: {} }),
    registries,
  );
  if (!topology) throw new Error(JSON.stringify(diagnostics));
  const {
    model,
    allotted,
    diagnostics: found,
  } = resolve(topology, registries, { facts: NO_FACTS }, { ...HAD_NOTHING, ...had });
  const nics = new Map(model.nodes.flatMap((it) => it.nics).map((it): [string, Nic] => [it.id, it]));
  return { model, nics, allotted, codes: [...diagnostics, ...found].map((it) => it.code), found };
}

const addresses = (text: string, had?: Partial<Had>): Record<string, string> =>
  Object.fromEntries([...resolved(text, had).nics.values()].map((it) => [it.id, it.addresses.join(' ')]));

const has = (node: string, nic: string, ...cidrs: string[]): [Key, string[]] => [
  keyOf('device', { host: 'local', node }, nic),
  cidrs,
];

describe('names of nics', () => {
  const lans = 'networks: { x: { kind: segment }, y: { kind: segment }, z: { kind: segment } }\n';
  test.each([
    ['in the order of the node', 'nodes: { a: { networks: [x, y] } }', ['a/eth0', 'a/eth1']],
    [
      'a written one is kept free',
      'nodes: { a: { networks: [x, { network: y, name: eth0 }, z] } }',
      ['a/eth1', 'a/eth0', 'a/eth2'],
    ],
    [
      "a link's end is kept free",
      'nodes: { a: { networks: [x] }, b: {} }\nlinks: [[a:eth0, b:eth7]]',
      ['a/eth1', 'a/eth0', 'b/eth7'],
    ],
    ['eth0 is not ours where the node was there before', 'nodes: { a: { kind: found, networks: [x] } }', ['a/eth1']],
  ])('%s', (_, text, expected) => {
    expect([...resolved(lans + text).nics.keys()]).toEqual(expected);
  });

  test('over 15 bytes: hashed, the full one as altname', () => {
    const nic = resolved(`${lans}nodes: { a: { networks: { x: { name: a-very-long-nic-name } } } }`).nics.get(
      'a/a-very-long-nic-name',
    );
    expect(nic?.device).toMatch(/^pw[a-z2-7]{13}$/);
    expect(nic?.altnames).toEqual(['a-very-long-nic-name']);
  });

  test("on the host itself nothing takes the machine's eth0", () => {
    const [nic] = resolved(`${lans}nodes: { me: { kind: outside, networks: [x] } }`).nics.values();
    expect(nic).toMatchObject({ device: 't-me.eth0', on: { host: 'local' } });
  });
});

describe('addresses', () => {
  const lan = (options = '', subnet = '10.0.0.0/29') =>
    `networks: { lan: { kind: segment, subnet: ${subnet}${options} } }\n`;
  const three = 'nodes: { a: { networks: [lan] }, b: { networks: [lan] }, c: { networks: [lan] } }';

  test.each([
    [
      'lowest free, the first one last',
      `${lan('', '10.0.0.0/30')}nodes: { a: { networks: [lan] }, b: { networks: [lan] } }`,
      ['10.0.0.2/30', '10.0.0.1/30'],
    ],
    [
      'around what is written',
      `${lan()}nodes: { a: { networks: [lan] }, b: { networks: { lan: { address: 10.0.0.2/29 } } } }`,
      ['10.0.0.3/29', '10.0.0.2/29'],
    ],
    [
      "around the network's own",
      `${lan(', address: 10.0.0.2/29')}${three}`,
      ['10.0.0.3/29', '10.0.0.4/29', '10.0.0.5/29'],
    ],
    ['around its gateway', `${lan(', gateway: 10.0.0.3')}${three}`, ['10.0.0.2/29', '10.0.0.4/29', '10.0.0.5/29']],
    [
      'both families',
      `${lan('', '[10.0.0.0/29, "fd00::/64"]')}nodes: { a: { networks: [lan] } }`,
      ['10.0.0.2/29 fd00::2/64'],
    ],
    [
      'one written, the other allotted',
      `${lan('', '[10.0.0.0/29, "fd00::/64"]')}nodes: { a: { networks: { lan: { address: "fd00::9/64" } } } }`,
      ['fd00::9/64 10.0.0.2/29'],
    ],
    ['none', `${lan()}nodes: { a: { networks: { lan: { address: none } } } }`, ['']],
    [
      'several, one of them in the subnet',
      `${lan()}nodes: { a: { networks: { lan: { address: [10.0.0.4/29, 192.0.2.1/32] } } } }`,
      ['10.0.0.4/29 192.0.2.1/32'],
    ],
    [
      'without a prefix length: that of the subnet',
      `${lan()}nodes: { a: { networks: { lan: { address: 10.0.0.4 } } } }`,
      ['10.0.0.4/29'],
    ],
    [
      'a /31 has room for two (RFC 3021)',
      `${lan('', '10.0.0.0/31')}nodes: { a: { networks: [lan] }, b: { networks: [lan] } }`,
      ['10.0.0.1/31', '10.0.0.0/31'],
    ],
  ])('%s', (_, text, expected) => {
    expect(Object.values(addresses(text))).toEqual(expected);
  });

  test('nobody moves: what is in use is kept, a newcomer gets what is free', () => {
    const inUse = new Map([has('b', 'eth0', '10.0.0.2/29'), has('c', 'eth0', '192.0.2.9/24', '10.0.0.3/29')]);
    expect(addresses(lan() + three, { inUse })).toEqual({
      'a/eth0': '10.0.0.4/29',
      'b/eth0': '10.0.0.2/29',
      'c/eth0': '10.0.0.3/29',
    });
  });

  test('what somebody else has is given to nobody who does not ask for it', () => {
    const on = { host: 'local' };
    const theirs = { type: 'address', key: 'x', id: 'x', on, attrs: { address: '10.0.0.2/29' } };
    const text = (address: string) => `${lan()}nodes: { a: { networks: { lan: { address: ${address} } } } }`;
    expect(addresses(text('auto'), { actual: [theirs] })).toEqual({ 'a/eth0': '10.0.0.3/29' });
    expect(addresses(text('auto'), { actual: [{ ...theirs, owner: 't' }] })).toEqual({ 'a/eth0': '10.0.0.2/29' });
    expect(addresses(text('auto'), { given: ['10.0.0.2', 'fd00::2'] })).toEqual({ 'a/eth0': '10.0.0.3/29' });
    expect(addresses(text('10.0.0.2'), { actual: [theirs] })).toEqual({ 'a/eth0': '10.0.0.2/29' });
    const inUse = new Map([has('a', 'eth0', '10.0.0.2/29')]);
    expect(addresses(text('auto'), { actual: [theirs], inUse })).toEqual({ 'a/eth0': '10.0.0.2/29' });
    expect(addresses(text('auto'), { given: ['10.0.0.2'], inUse })).toEqual({ 'a/eth0': '10.0.0.3/29' });
    expect(addresses(text('10.0.0.2'), { given: ['10.0.0.2'], inUse })).toEqual({ 'a/eth0': '10.0.0.2/29' });
  });

  test.each(['somebody has by now', 'another topology may have'])(
    'what a nic was given before it keeps of either family, also what %s',
    (whose) => {
      const kept = ['10.0.0.2/29', 'fd00::2/64'];
      const others = kept.map((address) => ({ address, owner: 'x', meets: true }));
      const on = { host: 'local' };
      const found = kept.map((address) => ({ type: 'address', key: address, id: address, on, attrs: { address } }));
      const had =
        whose === 'somebody has by now'
          ? { actual: found }
          : { beside: new Map([['device:local/a/eth0', others]]), inUse: new Map([has('a', 'eth0', ...kept)]) };
      const text = `${lan('', '[10.0.0.0/29, "fd00::/64"]')}nodes: { a: { networks: [lan] } }`;
      expect(addresses(text, { ...had, allotted: new Map([['a/eth0', kept]]) })).toEqual({ 'a/eth0': kept.join(' ') });
    },
  );

  test('what a nic of another topology has beside it is written for none, but for one that has it already', () => {
    const [nic] = has('a', 'eth0');
    const beside = (meets: boolean) =>
      new Map([[nic, [{ address: '10.0.0.2/24', owner: 'b/eth0 of topology "two"', meets }]]]);
    const text = (address: string) => `${lan()}nodes: { a: { networks: { lan: { address: ${address} } } } }`;
    expect(resolved(text('10.0.0.2'), { beside: beside(true) }).found).toMatchObject([
      {
        code: 'PW_ADDRESS_TWICE',
        message: 'The address 10.0.0.2 is given twice: to b/eth0 of topology "two" and to a/eth0.',
        path: ['nodes', 'a', 'networks', 'lan', 'address'],
      },
    ]);
    const inUse = new Map([has('a', 'eth0', '10.0.0.2/29')]);
    expect(resolved(text('10.0.0.2'), { beside: beside(true), inUse }).found).toEqual([]);
    // Both made on one device, they may be in different VLANs of it.
    expect(resolved(text('10.0.0.2'), { beside: beside(false) }).found).toEqual([]);
    for (const meets of [true, false])
      expect(addresses(text('auto'), { beside: beside(meets) })).toEqual({ 'a/eth0': '10.0.0.3/29' });
  });

  test('in use by one, written for another: the file wins', () => {
    const text = `${lan()}nodes: { a: { networks: [lan] }, b: { networks: { lan: { address: 10.0.0.2/29 } } } }`;
    expect(addresses(text, { inUse: new Map([has('a', 'eth0', '10.0.0.2/29')]) })).toEqual({
      'a/eth0': '10.0.0.3/29',
      'b/eth0': '10.0.0.2/29',
    });
  });
});

describe('allotted before', () => {
  const lan = 'networks: { lan: { kind: segment, subnet: [10.0.0.0/29, "fd00::/64"] } }\n';
  const nodes = (...rest: string[]) => `${lan}nodes: { ${['a: { networks: [lan] }', ...rest].join(', ')} }`;
  const b = 'b: { networks: [lan] }';
  const before = (given: Record<string, string[]>) => ({ allotted: new Map(Object.entries(given)) });
  const four = (text: string, had: Partial<Had>) =>
    Object.values(addresses(text, had)).map((it) => it.replace(/ ?[^ ]*::[^ ]*/, ''));

  test.each([
    [
      'is given again, whatever the order of the file',
      nodes(b),
      { 'b/eth0': ['10.0.0.2/29'] },
      ['10.0.0.3/29', '10.0.0.2/29'],
    ],
    ['of another subnet is dropped', nodes(), { 'a/eth0': ['10.9.0.4/29'] }, ['10.0.0.2/29']],
    ['with another prefix length is dropped', nodes(), { 'a/eth0': ['10.0.0.4/24'] }, ['10.0.0.2/29']],
    ["that is no host's address is dropped", nodes(), { 'a/eth0': ['10.0.0.7/29'] }, ['10.0.0.2/29']],
    ['that is no address at all is dropped', nodes(), { 'a/eth0': ['it'] }, ['10.0.0.2/29']],
    [
      'is dropped where it is written for another',
      nodes('b: { networks: { lan: { address: 10.0.0.4/29 } } }'),
      { 'a/eth0': ['10.0.0.4/29'] },
      ['10.0.0.2/29', '10.0.0.4/29'],
    ],
    ['for a node that is gone is free', nodes(), { 'gone/eth0': ['10.0.0.2/29'] }, ['10.0.0.2/29']],
  ])('what %s', (_, text, allotted, expected) => {
    expect(four(text, before(allotted))).toEqual(expected);
  });

  test('what is in use comes first', () => {
    const inUse = new Map([has('a', 'eth0', '10.0.0.5/29')]);
    const allotted = before({ 'a/eth0': ['10.0.0.4/29'], 'b/eth0': ['10.0.0.5/29'] });
    expect(four(nodes(b), { inUse, ...allotted })).toEqual(['10.0.0.5/29', '10.0.0.2/29']);
  });

  test('is kept family by family', () => {
    const allotted = before({ 'a/eth0': ['10.0.0.4/29', 'fd00::9/64'] });
    expect(addresses(nodes(), allotted)).toEqual({ 'a/eth0': '10.0.0.4/29 fd00::9/64' });
  });
});

test('what is to be kept for the next time is what nobody wrote', () => {
  const { allotted } = resolved(
    'networks: { lan: { kind: segment, subnet: [10.0.0.0/29, "fd00::/64"] } }\nnodes: { a: { networks: [lan] }, b: { networks: { lan: { address: 10.0.0.4/29 } } }, c: { networks: { lan: { address: none } } } }',
    { inUse: new Map([has('a', 'eth0', '10.0.0.5/29')]) },
  );
  expect(Object.fromEntries(allotted)).toEqual({ 'a/eth0': ['10.0.0.5/29', 'fd00::2/64'], 'b/eth0': ['fd00::3/64'] });
});

test("a network's own address has the subnet's prefix length where it has none", () => {
  const { model } = resolved(
    'networks: { lan: { kind: segment, subnet: [10.0.0.0/16, "fd00::/64"], address: [10.0.0.1, "fd00::1"] } }\nnodes: { a: { networks: [lan] } }',
  );
  expect(model.networks[0]?.addresses).toEqual(['10.0.0.1/16', 'fd00::1/64']);
});

describe('default routes', () => {
  const lan = (options: string) =>
    `networks: { lan: { kind: segment, subnet: 10.0.0.0/24${options} }, own: { kind: segment, subnet: 10.9.0.0/24, address: 10.9.0.1/24 }, both: { kind: segment, subnet: [10.8.0.0/24, "fd00::/64"], address: [10.8.0.1/24, "fd00::1/64"] } }\n`;
  test.each([
    ["the network's gateway", lan(', gateway: 10.0.0.254'), 'a: { networks: [lan] }', { 'a/eth0': '10.0.0.254' }],
    ["the network's own address", lan(''), 'a: { networks: [lan, own] }', { 'a/eth1': '10.9.0.1' }],
    [
      'a named gateway before an own address',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [own, lan] }',
      { 'a/eth1': '10.0.0.254' },
    ],
    [
      'what the nic says first of all',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [lan, { network: own, gateway: 10.9.0.7 }] }',
      { 'a/eth1': '10.9.0.7' },
    ],
    ['none where the nic says so', lan(''), 'a: { networks: [{ network: own, gateway: none }] }', {}],
    [
      'none of a network without an address of that family',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [{ network: lan, address: none }] }',
      {},
    ],
    ['an adopted node keeps its own way out', lan(''), 'a: { kind: found, networks: [own] }', {}],
    [
      'so does one that is made with one, in that family',
      lan(''),
      'a: { kind: rented, networks: [both] }',
      { 'a/eth0': 'fd00::1' },
    ],
    [
      'unless the file says gateway',
      lan(', gateway: 10.0.0.254'),
      'a: { kind: found, networks: [lan] }',
      { 'a/eth1': '10.0.0.254' },
    ],
    [
      'a node that is the gateway leads the others out, and leaves by another',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [lan] }, router: { networks: [{ network: lan, address: 10.0.0.254 }, own] }',
      { 'a/eth0': '10.0.0.254', 'router/eth1': '10.9.0.1' },
    ],
    [
      'none that another nic of the node is',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [{ network: lan, name: in, address: 10.0.0.254 }, { network: lan, name: out }] }',
      {},
    ],
    [
      'a default written as a route',
      lan(', gateway: 10.0.0.254'),
      'a: { networks: [lan], routes: [{ to: default, via: 10.0.0.9 }] }',
      {},
    ],
  ])('%s', (_, networks, node, expected) => {
    const nics = [...resolved(`${networks}nodes: { ${node} }`).nics.values()];
    expect(Object.fromEntries(nics.flatMap((it) => it.gateways.map(({ via }) => [it.id, via])))).toEqual(expected);
  });

  test('outside the subnet is noticed, link-local is not outside', () => {
    const { nics } = resolved(
      'networks: { lan: { kind: segment } }\nnodes: { a: { networks: { lan: { address: [10.0.0.2/24, "fd00::2/64"], gateway: [192.0.2.1, "fe80::1"] } } } }',
    );
    expect(nics.get('a/eth0')?.gateways).toEqual([
      { family: 4, via: '192.0.2.1', outside: true },
      { family: 6, via: 'fe80::1', outside: false },
    ]);
  });
});

describe('mistakes', () => {
  const lan = 'networks: { lan: { kind: segment, subnet: 10.0.0.0/24 } }\n';
  const one = (nic: string) => `${lan}nodes: { a: { networks: { lan: ${nic} } } }`;
  const two =
    'networks: { x: { kind: segment, subnet: 10.0.0.0/24 }, y: { kind: segment, subnet: 10.1.0.0/24 } }\nnodes: { a: { networks: { y: {}, x: { ';
  const AFAR = 'PW_GATEWAY_AFAR';
  test.each([
    ['outside the subnet', one('{ address: 10.9.0.1/24 }'), 'PW_OUTSIDE_SUBNET'],
    ['the network address', one('{ address: 10.0.0.0/24 }'), 'PW_NOT_A_HOST_ADDRESS'],
    ['the broadcast address', one('{ address: 10.0.0.255/24 }'), 'PW_NOT_A_HOST_ADDRESS'],
    [
      'a group',
      'networks: { lan: { kind: segment } }\nnodes: { a: { networks: { lan: { address: "ff02::5/64" } } } }',
      'PW_MULTICAST',
    ],
    ...['127.0.0.9/8', '::1/128', '::/64', '0.0.0.0/8', '255.255.255.255/32'].map((address) => [
      `what no nic can have: ${address}`,
      `networks: { lan: { kind: segment } }\nnodes: { a: { networks: { lan: { address: "${address}" } } } }`,
      'PW_SPECIAL_ADDRESS',
    ]),
    [
      'a subnet of groups',
      'networks: { lan: { kind: segment, subnet: 239.1.0.0/24 } }\nnodes: { a: { networks: [lan] } }',
      'PW_MULTICAST',
    ],
    [
      'an address twice',
      `${lan}nodes: { a: { networks: { lan: { address: 10.0.0.5/24 } } }, b: { networks: { lan: { address: 10.0.0.5/24 } } } }`,
      'PW_ADDRESS_TWICE',
    ],
    [
      "the network's own address",
      'networks: { lan: { kind: segment, subnet: 10.0.0.0/24, address: 10.0.0.1/24 } }\nnodes: { a: { networks: { lan: { address: 10.0.0.1/24 } } } }',
      'PW_ADDRESS_TWICE',
    ],
    [
      'no room',
      'networks: { lan: { kind: segment, subnet: 10.0.0.0/30 } }\nnodes: { a: { networks: [lan] }, b: { networks: [lan] }, c: { networks: [lan] } }',
      'PW_POOL_EXHAUSTED',
    ],
    [
      'no prefix length',
      'networks: { lan: { kind: segment } }\nnodes: { a: { networks: { lan: { address: 10.0.0.5 } } } }',
      'PW_PREFIX_MISSING',
    ],
    ["nor at the network's own", 'networks: { lan: { kind: segment, address: 10.0.0.1 } }', 'PW_PREFIX_MISSING'],
    [
      "the network's own outside of it",
      'networks: { lan: { kind: segment, subnet: 10.0.0.0/24, address: 10.9.0.1 } }',
      'PW_OUTSIDE_SUBNET',
    ],
    [
      'two subnets of a family',
      'networks: { lan: { kind: segment, subnet: [10.0.0.0/24, 10.1.0.0/24] } }',
      'PW_SUBNET_TWICE',
    ],
    ['a VLAN of a network that tells none apart', one('{ vlan: 10 }'), 'PW_NO_VLANS'],
    ['a gateway of a nic that is down', one('{ up: false, gateway: 10.0.0.1 }'), 'PW_NIC_IS_DOWN'],
    [
      'a source that the node does not have',
      one('{ address: 10.0.0.2/24, routes: [{ to: 10.9.0.0/16, via: 10.0.0.1, src: 10.0.0.7 }] }'),
      'PW_SOURCE_ELSEWHERE',
    ],
    ['what every loopback has', 'nodes: { a: { loopback: "::1" } }', 'PW_EVERY_LOOPBACK'],
    ['a loopback of a group', 'nodes: { a: { loopback: [10.255.0.1, 224.0.0.5] } }', 'PW_MULTICAST'],
    [
      'a source of the other family',
      one('{ address: 10.0.0.2/24, routes: [{ to: 10.9.0.0/16, via: 10.0.0.1, src: "fd00::1" }] }'),
      'PW_SOURCE_FAMILY',
    ],
    [
      'an MTU that the kernel sets, at a nic',
      one('{ sysctls: { net.ipv6.conf.IFNAME.mtu: 1300 } }'),
      'PW_MTU_OF_KERNEL',
    ],
    [
      'at a node',
      `${lan}nodes: { a: { sysctls: { net.ipv6.conf.eth0.mtu: 1300 }, networks: [lan] } }`,
      'PW_MTU_OF_KERNEL',
    ],
    [
      'an address of IPv6, which the nic has off',
      one('{ address: "fd00::5/64", sysctls: { net.ipv6.conf.IFNAME.disable_ipv6: 1 } }'),
      'PW_IPV6_OFF',
    ],
    [
      'or which the node says is off there',
      `${lan}nodes: { a: { sysctls: { net.ipv6.conf.eth0.disable_ipv6: 1 }, networks: { lan: { address: "fd00::5/64" } } } }`,
      'PW_IPV6_OFF',
    ],
    ['a gateway of the other family', one('{ gateway: "fd00::1" }'), 'PW_GATEWAY_FAMILY'],
    ['a gateway that is the nic itself', one('{ address: 10.0.0.2/24, gateway: 10.0.0.2 }'), 'PW_GATEWAY_IS_OWN'],
    ...['0.0.0.0', '224.0.0.5', '127.0.0.1', '255.255.255.255', '10.0.0.255', '"::"', '"ff02::1"', '"::1"'].map(
      (it): [string, string, string] => [
        `a gateway that no router is: ${it}`,
        one(`{ gateway: ${it} }`),
        'PW_NO_ROUTER',
      ],
    ),
    [
      'one of a network',
      `networks: { lan: { kind: segment, subnet: 10.0.0.0/24, gateway: 10.0.0.255 } }\nnodes: { a: { networks: [lan] } }`,
      'PW_NO_ROUTER',
    ],
    [
      'two default routes',
      `networks: { x: { kind: segment, subnet: 10.0.0.0/24 }, y: { kind: segment, subnet: 10.1.0.0/24 } }\nnodes: { a: { networks: { x: { gateway: 10.0.0.1 }, y: { gateway: 10.1.0.1 } } } }`,
      'PW_TWO_DEFAULT_ROUTES',
    ],
    [
      'a route by the other family',
      `${lan}nodes: { a: { networks: [lan], routes: [{ to: 10.5.0.0/16, via: "fd00::1" }] } }`,
      'PW_ROUTE_FAMILY',
    ],
    [
      'a route that leaves by nothing',
      `${lan}nodes: { a: { networks: [lan], routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] } }`,
      'PW_ROUTE_NEEDS_DEVICE',
    ],
    ['a gateway of a route in no subnet of its nic', one('{ routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] }'), AFAR],
    ['in that of another nic', `${two}routes: [{ to: 10.5.0.0/16, via: 10.1.0.9 }] } } } }`, AFAR],
    [
      'a gateway of a nic without addresses',
      one('{ address: none, routes: [{ to: "fd05::/64", via: "fd00::1" }] }'),
      AFAR,
    ],
    [
      'by another gateway',
      one('{ routes: [{ to: 10.5.0.0/16, via: 10.0.0.9 }, { to: 10.6.0.0/16, via: 10.5.0.1 }] }'),
      AFAR,
    ],
    ["an MTU over the network's", one('{ mtu: 9000 }'), 'PW_MTU_TOO_LARGE'],
    [
      'an MTU too small for IPv6',
      'networks: { lan: { kind: segment, subnet: "fd00::/64", mtu: 1000 } }\nnodes: { a: { networks: [lan] } }',
      'PW_IPV6_MTU',
    ],
    [
      'a MAC twice',
      `${lan}nodes: { a: { networks: { lan: { mac: "02:00:00:00:00:01" } } }, b: { networks: { lan: { mac: "02:00:00:00:00:01" } } } }`,
      'PW_MAC_TWICE',
    ],
  ])('%s', (_, text, code) => {
    expect(resolved(text).codes).toContain(code);
  });

  test.each([
    ['of different MTUs', '[{ node: a, nic: x0, mtu: 1400 }, b:x0]', ['PW_LINK_MTUS']],
    ['of one', '[{ node: a, nic: x0, mtu: 1400 }, { node: b, nic: x0, mtu: 1400 }]', []],
  ])('ends of a link %s', (_, link, codes) =>
    expect(resolved(`nodes: { a: {}, b: {} }\nlinks: [${link}]`).codes).toEqual(codes),
  );

  test.each([
    ['in its subnet', '{ routes: [{ to: 10.5.0.0/16, via: 10.0.0.9 }] }'],
    ['link-local', '{ routes: [{ to: "fd05::/64", via: "fe80::1" }] }'],
    ['by another route', '{ routes: [{ to: 192.0.2.0/24 }, { to: 10.5.0.0/16, via: 192.0.2.1, table: 7 }] }'],
    ['the same as that of the nic', '{ gateway: 192.0.2.1, routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] }'],
  ])('a gateway of a route, %s, is none', (_, nic) => expect(resolved(one(nic)).codes).toEqual([]));

  test.each([
    ['of all, which a nic with an address is exempt from', 'all', '{ address: "fd00::5/64" }'],
    ['of those made later', 'default', '{ address: "fd00::5/64" }'],
    ['without such an address', 'all', '{}'],
  ])('what is said of IPv6 counts: %s', (_, of, nic) =>
    expect(
      resolved(`${lan}nodes: { a: { sysctls: { net.ipv6.conf.${of}.disable_ipv6: 1 }, networks: { lan: ${nic} } } }`)
        .codes,
    ).toEqual([]),
  );

  test('a link-local address is in no subnet, and of no network another', () => {
    const both = 'nodes: { a: { networks: { lan: { address: "fe80::1" }, other: { address: "fe80::1" } } } }';
    const { codes, nics } = resolved(
      `networks: { lan: { kind: segment, subnet: "fd00::/64" }, other: { kind: segment, subnet: "fd01::/64" } }\n${both}`,
    );
    expect(codes).toEqual([]);
    expect([...nics.values()].map(({ addresses }) => addresses)).toEqual([['fe80::1/64'], ['fe80::1/64']]);
  });

  test('a gateway of a route has its place', () => {
    const { found } = resolved(one('{ routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] }'));
    expect(found[0]?.path).toEqual(['nodes', 'a', 'networks', 'lan', 'routes', 0, 'via']);
  });

  test('each says where it is', () => {
    const { found } = resolved(one('{ address: 10.9.0.1/24 }'));
    expect(found[0]?.path).toEqual(['nodes', 'a', 'networks', 'lan', 'address']);
  });
});

describe('service links', () => {
  const lans =
    'networks: { lan: { kind: segment, subnet: [10.0.0.0/24, "fd00::/64"] }, back: { kind: segment, subnet: 10.1.0.0/24 }, bare: { kind: segment } }\n';
  const pair = (web: string, redis: string, more = '') =>
    `${lans}nodes: { web: { service-links: ${web} }, redis: { expose: [6379], networks: ${redis} } }${more}`;
  const linksOf = (text: string) => resolved(text).model.serviceLinks;

  test('the first network that both join, both families, what is exposed', () =>
    expect(linksOf(pair('["redis:db"], networks: [back, lan]', '[lan, back]'))).toEqual([
      {
        from: 'web',
        to: 'redis',
        alias: 'db',
        network: 'back',
        addresses: ['10.1.0.3'],
        ports: [{ ports: [6379, 6379], protocol: 'tcp' }],
        path: ['nodes', 'web', 'service-links', 0],
      },
    ]));

  test('the network and the ports that are said', () =>
    expect(
      linksOf(pair('[{ node: redis, network: lan, ports: [53/udp] }], networks: [back, lan]', '[lan, back]')),
    ).toMatchObject([
      { network: 'lan', addresses: ['10.0.0.3', 'fd00::3'], ports: [{ ports: [53, 53], protocol: 'udp' }] },
    ]));

  test('both ways is fine', () =>
    expect(
      linksOf(
        `${lans}nodes: { a: { networks: [lan], service-links: [b] }, b: { networks: [lan], service-links: [a] } }`,
      ),
    ).toMatchObject([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]));

  test('the two ends of a cable', () => {
    const cable = '\nlinks: [{ endpoints: [{ node: web, nic: e0 }, { node: redis, nic: e0, address: 10.9.0.2/30 }] }]';
    const [link] = linksOf(pair('[redis]', '[]', cable));
    expect(link).toMatchObject({ addresses: ['10.9.0.2'] });
    expect(link).not.toHaveProperty('network');
  });

  test.each([
    ['no network', pair('[redis], networks: [back]', '[lan]'), 'PW_NO_MEETING'],
    ['not that network', pair('[{ node: redis, network: back }], networks: [lan]', '[lan]'), 'PW_NO_MEETING'],
    ['no address', pair('[redis], networks: [bare]', '[bare]'), 'PW_NO_SERVICE_ADDRESS'],
  ])('%s in common is a mistake', (_, text, code) => {
    const { found, codes } = resolved(text);
    expect(codes).toEqual([code]);
    expect(found[0]?.path).toEqual(['nodes', 'web', 'service-links', 0]);
  });
});

describe('several hosts', () => {
  const hosts = 'hosts: { h1: { ssh: root@h1 } }\n';
  const lan = 'networks: { x: { kind: segment } }\n';

  test('a node, its network and its cables are where the node is', () => {
    const { model, nics, codes } = resolved(
      `${hosts}${lan}nodes: { a: { host: h1, networks: [x] }, b: { host: h1 } }\nlinks: [[a:eth5, b:eth5]]`,
    );
    expect(codes).toEqual([]);
    expect(model.networks.map(({ segment }) => segment.host)).toEqual(['h1']);
    expect([...nics.values()].map(({ on }) => on.host)).toEqual(['h1', 'h1', 'h1']);
  });

  test.each([
    ['a network', `${lan}nodes: { a: { host: h1, networks: [x] }, b: { networks: [x] } }`, 'PW_NETWORK_ACROSS_HOSTS'],
    ['a cable', 'nodes: { a: { host: h1 }, b: {} }\nlinks: [[a:eth5, b:eth5]]', 'PW_NO_FABRIC'],
  ])('%s between two is refused', (_, text, code) => expect(resolved(hosts + text).codes).toEqual([code]));
});

test('where more is to come beside the addresses that are written, no other is allotted', () => {
  const lan = 'networks: { lan: { kind: segment, subnet: [10.0.0.0/24, "fd00::/64"] } }\n';
  const nodes = `nodes:
  a: { networks: { lan: { address: [rental, 10.0.0.7/24] } } }
  b: { networks: { lan: { address: [10.0.0.8/24], rental: {} } } }
  c: { networks: { lan: { address: [rental, 10.9.0.7/24] } } }
`;
  const { nics, found } = resolved(lan + nodes);
  expect(nics.get('a/eth0')?.addresses).toEqual(['10.0.0.7/24']);
  expect(nics.get('b/eth0')?.addresses).toEqual(['10.0.0.8/24', 'fd00::2/64']);
  expect(nics.get('a/eth0')?.dynamic).toEqual([{ by: 'rental', options: {}, gateway: true }]);
  expect(found).toMatchObject([{ path: ['nodes', 'c', 'networks', 'lan', 'address', 1] }]);
});
