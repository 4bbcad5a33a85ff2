import {
  type HostFacts,
  isDiagnostic,
  type IptablesRuleAttrs,
  type Model,
  type ModelNode,
  type NftTableAttrs,
  type Nic,
  type Resource,
  type ServiceLink,
  type SysctlAttrs,
} from '@pipewright/plugin';
import { context, featureContext, model, networkSpec, nic, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { firewall } from './index.js';

pluginSuite(plugin);

const member = (node: string, ...addresses: readonly string[]): Nic => nic({ node, network: 'lan', addresses });
const MEMBERS = [member('web', '10.0.0.2/24', 'fd00::2/64'), member('redis', '10.0.0.3/24'), member('other')];

interface Given {
  /** Of the network. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of nodes. */
  readonly ports?: Readonly<Record<string, readonly (string | number)[]>>;
  readonly links?: readonly Partial<ServiceLink>[];
  readonly facts?: Partial<HostFacts>;
  /** More of the network. */
  readonly network?: Parameters<typeof networkSpec>[0];
  /** Nodes that an engine runs. */
  readonly contained?: readonly string[];
}

const ENGINE = { title: 'Engine', variables: [], sockets: [], api: { oldest: '1', newest: '2' } };

function modelOf({ options = {}, ports = {}, links = [], network = {}, contained = [] }: Given): Model {
  const lan = networkSpec({
    device: { name: 'br9', isBridge: true },
    addresses: ['10.0.0.1/24', 'fd00::1/64'],
    subnets: ['10.0.0.0/24'],
    ...network,
    members: MEMBERS,
    options,
  });
  const nodes = MEMBERS.map((it): ModelNode => {
    const own = nodeSpec({ name: it.node, options: { ports: ports[it.node] } });
    return { ...own, on: it.on, nics: [it], managed: true, ...(contained.includes(it.node) ? { engine: ENGINE } : {}) };
  });
  const link = { from: 'web', to: 'redis', alias: 'db', network: 'lan', addresses: [], ports: [], path: [] };
  return model({ nodes, networks: [lan], serviceLinks: links.map((it) => ({ ...link, ...it })) });
}

const compile = (given: Given) => {
  const { facts } = context();
  return firewall.compile(modelOf(given), featureContext({ facts: { ...facts, ...given.facts } })).resources;
};

const resources = (given: Given): readonly Resource[] =>
  compile(given).flatMap((it) => {
    if (isDiagnostic(it)) throw new Error(it.message);
    return [it];
  });

const codes = (given: Given): readonly string[] =>
  compile(given)
    .filter(isDiagnostic)
    .map((it) => it.code.replace('PW_FIREWALL_', ''));

const table = (given: Given, family: string): NftTableAttrs => {
  const found = resources(given).find(({ type, id }) => type === 'nft-table' && id === family);
  return (found as Resource<NftTableAttrs>).attrs;
};

const setOf = ({ sets }: NftTableAttrs, name: string): unknown => sets.find((it) => it.name === name)?.elem;

test('a topology that asks for nothing gets nothing', () => expect(compile({ links: [{}] })).toEqual([]));

describe('an isolated network', () => {
  const options = { isolated: true };

  test('has its ports in one table of the family bridge, and nothing on the way of packets of the host', () => {
    const [only, ...more] = resources({ options });
    expect(only).toMatchObject({ type: 'nft-table', attrs: { family: 'bridge', name: 'pipewright-shop' } });
    expect(setOf(table({ options }, 'bridge'), 'ports')).toEqual(['other-eth0', 'redis-eth0', 'web-eth0']);
    expect(more).toEqual([]);
  });

  test('lets a service link through on its ports, from the one to the other', () => {
    const given = (ports: ServiceLink['ports']) => table({ options, links: [{ ports }] }, 'bridge');
    const bridge = given([
      { ports: [7000, 7002], protocol: 'tcp' },
      { ports: [53, 53], protocol: 'udp' },
      { ports: [7001, 7003], protocol: 'tcp' },
      { ports: [8000, 8999], protocol: 'tcp' },
      { ports: [9000, 9010], protocol: 'tcp' },
    ]);
    expect(setOf(bridge, 'services')).toEqual([
      { concat: ['web-eth0', 'redis-eth0', 17, 53] },
      ...[7000, 7001, 7002, 7003].map((it) => ({ concat: ['web-eth0', 'redis-eth0', 6, it] })),
    ]);
    const long = JSON.stringify(bridge.chains.find(({ name }) => name === 'isolated'));
    expect(long.match(/"range":\[8000,9010\]/g)).toHaveLength(2);
    expect(setOf(bridge, 'linked')).toEqual([
      { concat: ['redis-eth0', 'web-eth0'] },
      { concat: ['web-eth0', 'redis-eth0'] },
    ]);
  });

  test.each([
    ['without a port', {}],
    ['of another network', { network: 'dmz', ports: [{ ports: [80, 80] as const, protocol: 'tcp' as const }] }],
  ])('lets none through by a service link %s', (_, link) =>
    expect(setOf(table({ options, links: [link] }, 'bridge'), 'linked')).toBeUndefined(),
  );
});

describe('what cannot be', () => {
  test.each<[string, string, Given]>([
    [
      'isolated, and not by way of the host',
      'NO_DEVICE',
      { options: { isolated: true }, network: { device: { name: 'x' } } },
    ],
    ['both nat and internal', 'NAT_INTERNAL', { options: { nat: true, internal: true } }],
    ['nat without a subnet', 'NO_SUBNET', { options: { nat: true }, network: { subnets: [], addresses: [] } }],
    ['ports of a node without an address', 'NOT_REACHED', { ports: { other: ['80:80'] } }],
    ['ports of a node where the host is not', 'NOT_REACHED', { ports: { web: ['80:80'] }, network: { addresses: [] } }],
    ['ports in an internal network', 'NOT_REACHED', { ports: { web: ['80:80'] }, options: { internal: true } }],
    ['ports by an address of a family that it lacks', 'NOT_REACHED', { ports: { redis: ['[fd00::1]:80:80'] } }],
    ['ports by ::1', 'LOOPBACK6', { ports: { web: ['[::1]:80:80'] } }],
    ['a port twice', 'PORT_TWICE', { ports: { web: ['80:80'], redis: ['127.0.0.1:79-81:79-81'] } }],
    [
      'a port that a container has',
      'PORT_TWICE',
      { ports: { web: ['80:80'], redis: [80, '80:6379'] }, contained: ['redis'] },
    ],
    ['without nft', 'NO_NFT', { options: { nat: true }, facts: { tools: { ip: '' } } }],
  ])('%s', (_, code, given) => expect(codes(given)).toEqual([code]));

  test('is not, of one port in two protocols, or on two addresses', () =>
    expect(codes({ ports: { web: ['127.0.0.1:53:53', '53:53/udp'], redis: ['10.0.0.1:53:53'] } })).toEqual([]));

  test('is nothing before a host was looked at', () =>
    expect(codes({ options: { nat: true }, facts: { kernel: '', tools: {} } })).toEqual([]));
});

describe('a port where somebody listens', () => {
  const taken = (listener: Partial<NonNullable<HostFacts['listeners']>[number]>, port = '8080:80') => {
    const it = { protocol: 'tcp', family: 4, ip: null, port: 8080, ...listener } as const;
    return codes({ ports: { redis: [port] }, facts: { listeners: [it] } });
  };

  test.each<[string, Parameters<typeof taken>]>([
    ['on all addresses', [{}]],
    ['on all addresses, of which one is asked for', [{}, '192.0.2.1:8080:80']],
    ['by a socket of both families', [{ family: 6 }]],
    ['on the same address', [{ ip: '192.0.2.1' }, '192.0.2.1:8080:80']],
    ['on one of those asked for', [{ ip: '127.0.0.1' }]],
    ['within a run', [{}, '8000-8100:8000-8100']],
  ])('is taken %s', (_, words) => expect(taken(...words)).toEqual(['PORT_IN_USE']));

  test.each<[string, Parameters<typeof taken>]>([
    ['another port', [{ port: 8081 }]],
    ['another protocol', [{ protocol: 'udp' }]],
    ['another address', [{ ip: '127.0.0.1' }, '192.0.2.1:8080:80']],
    ['an address of a family that the node is not published in', [{ family: 6, ip: 'fd00::1' }]],
  ])('is not, by %s', (_, words) => expect(taken(...words)).toEqual([]));
});

test('ports that another topology publishes are known by its table, each with address and family', () => {
  const ports = { web: ['8080:80', '127.0.0.1:53:53/udp', '9000-9001:9000-9001', '[fd00::1]:7000-7001:80-81'] };
  const all = resources({ ports }).flatMap((it) => firewall.takesPorts?.(it) ?? []);
  const listener = (protocol: string, port: number, ip: string | null, family: number) => ({
    ...{ protocol, port, ip, family },
    topology: 'shop',
  });
  expect(all).toHaveLength(9);
  expect(all).toEqual(
    expect.arrayContaining([
      listener('tcp', 8080, null, 4),
      listener('tcp', 8080, null, 6),
      listener('udp', 53, '127.0.0.1', 4),
      listener('tcp', 9001, null, 6),
      listener('tcp', 7001, 'fd00::1', 6),
    ]),
  );
  const taken = codes({ ports: { redis: ['8080:80'] }, facts: { listeners: all } });
  expect(taken).toEqual(['PORT_OF_TOPOLOGY']);
  expect(codes({ ports: { redis: ['8081:80'] }, facts: { listeners: all } })).toEqual([]);
});

describe('what the host forwards', () => {
  const sysctls = (given: Given): readonly string[] =>
    resources(given).flatMap(({ type, attrs }) => (type === 'sysctl' ? [(attrs as SysctlAttrs).name] : []));

  test('it is told to, in the families of what it is for, and may call from 127.0.0.1', () => {
    expect(sysctls({ options: { nat: true }, network: { addresses: [] } })).toEqual(['net.ipv4.ip_forward']);
    const both = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];
    expect(sysctls({ ports: { web: ['80:80'] } })).toEqual([...both, 'net.ipv4.conf.br9.route_localnet']);
    expect(sysctls({ ports: { web: ['10.0.0.1:80:80'] } })).toEqual(['net.ipv4.ip_forward']);
    expect(sysctls({ options: { internal: true } })).toEqual([]);
  });

  const chains = (given: Given): readonly string[] => table(given, 'inet').chains.map(({ name }) => name);

  test('chains are there for what is asked alone', () => {
    expect(chains({ options: { nat: true } })).toEqual(['postrouting']);
    expect(chains({ options: { internal: true } })).toEqual(['forward']);
    expect(chains({ ports: { web: ['127.0.0.1:80:80'] } })).toEqual(['output', 'postrouting', 'raw']);
  });

  test('what passes by the host on a bridge that is made with the network is a connection of its own', () => {
    const made = { device: { name: 'br9', isBridge: true, mac: '02:00:00:00:00:09' } } as const;
    const options = { nat: true };
    expect(chains({ options, network: made, facts: { bridgeCalls: [4] } })).toEqual(['postrouting', 'raw']);
    expect(chains({ options, network: made })).toEqual(['postrouting']);
    expect(chains({ options, facts: { bridgeCalls: [4] } })).toEqual(['postrouting']);
  });

  test('a run that keeps its numbers is one rule, one that does not a rule a port', () => {
    const rules = (port: string) =>
      table({ ports: { redis: [port] } }, 'inet').chains.find(({ name }) => name === 'prerouting')?.rules;
    expect(rules('8000-8010:8000-8010')).toHaveLength(1);
    expect(rules('8000-8010:9000-9010')).toHaveLength(11);
  });

  const DOCKER = { policy: 'drop', chains: ['FORWARD', 'DOCKER-USER'] } as const;

  test('beside Docker it is let through: out, and what was asked for in', () => {
    const rules = resources({ options: { nat: true }, facts: { bridgeFilter: DOCKER } })
      .filter(({ type }) => type === 'iptables-rule')
      .map(({ attrs }) => attrs as IptablesRuleAttrs);
    expect(rules.map((it) => [it.in?.ref, it.out?.ref, it.states])).toEqual([
      ['device:local//br9', undefined, undefined],
      [undefined, 'device:local//br9', ['RELATED', 'ESTABLISHED', 'DNAT']],
    ]);
  });
});

test('only an internal network is no way out', () => {
  expect([{}, { nat: true }, { internal: true }].map((it) => firewall.leadsOut?.(it))).toEqual([true, true, false]);
});

test('listeners are asked for where there are ports alone', () => {
  expect(firewall.asks?.(modelOf({ options: { nat: true } }))).toEqual([]);
  expect(firewall.asks?.(modelOf({ ports: { web: ['80:80'] } }))).toEqual(['listeners']);
});

test.each(['80', '80-81:80', '0:80', '80:0', '80:80/icmp', '300.1.1.1:80:80', ':80', '80:80:80', 'x'])(
  '%s is no port to publish',
  (text) => expect(firewall.options?.node?.safeParse({ ports: [text] }).success).toBe(false),
);
