import {
  type FileBlockAttrs,
  type HostFacts,
  isDiagnostic,
  type Model,
  type ModelNode,
  type ProcessAttrs,
  type Resource,
  type ServiceLink,
} from '@pipewright/plugin';
import { context, featureContext, model, networkSpec, nic, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { dns } from './index.js';

pluginSuite(plugin);

interface Given {
  readonly dns?: unknown;
  readonly network?: Parameters<typeof networkSpec>[0];
  readonly links?: readonly (readonly [from: string, to: string, alias: string])[];
  readonly tools?: HostFacts['tools'];
  /** Another network: who is in it. */
  readonly beside?: readonly string[];
}

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  web: ['fd00::2/64', '10.0.0.2/24'],
  redis: ['10.0.0.3/24', '10.0.0.4/24'],
  bare: [],
};

const MEMBERS = Object.entries(ADDRESSES).map(([node, addresses]) => nic({ node, network: 'lan', addresses }));

function modelOf({ dns: option = true, network = {}, links = [], beside }: Given): Model {
  const lan = networkSpec({
    device: { name: 'br9', isBridge: true },
    addresses: ['10.0.0.1/24', 'fd00::1/64'],
    ...network,
    members: MEMBERS,
    options: { dns: dns.options?.network?.parse({ dns: option })['dns'] },
  });
  const more = (beside ?? []).map((node, index) =>
    nic({ node, network: 'wan', device: 'eth1', addresses: [`10.1.0.${String(index + 2)}/24`] }),
  );
  const wan = networkSpec({ ...lan, name: 'wan', addresses: ['10.1.0.1/24'], members: more });
  const nodes = [...MEMBERS, ...more.filter(({ node }) => !(node in ADDRESSES))].map(
    (it): ModelNode => ({
      ...nodeSpec({ name: it.node }),
      on: it.on,
      nics: [it, ...more.filter((other) => other !== it && other.node === it.node)],
      managed: true,
      ...(it.node === 'redis' ? { hostname: 'cache' } : { files: { etc: `/etc/netns/shop-${it.node}` } }),
    }),
  );
  const linkOf = ([from, to, alias]: readonly [string, string, string]): ServiceLink => ({
    ...{ from, to, alias, network: 'lan', ports: [], path: [] },
    addresses: (ADDRESSES[to] ?? []).map((it) => it.replace(/\/.*/, '')),
  });
  return model({ nodes, networks: beside ? [lan, wan] : [lan], serviceLinks: links.map(linkOf) });
}

const compile = (given: Given = {}) => {
  const devices = [{ name: 'lo', kind: 'loopback' }];
  const facts = { ...context().facts, devices, tools: given.tools ?? { dnsmasq: '' } };
  return dns.compile(modelOf(given), featureContext({ facts })).resources;
};

const codes = (given: Given) => compile(given).flatMap((it) => (isDiagnostic(it) ? [[it.code, it.severity]] : []));

const attrsOf = (type: string, given?: Given): readonly unknown[] =>
  compile(given).flatMap((it) => (!isDiagnostic(it) && it.type === type ? [it.attrs] : []));

const conf = (given?: Given): readonly string[] =>
  (attrsOf('process', given) as readonly ProcessAttrs[])[0]?.files?.['conf']?.split('\n') ?? [];

test('a network that does not ask gets nothing', () => expect(compile({ dns: false })).toEqual([]));

test('a server listens at all addresses of the host there, for as long as the bridge is', () => {
  const [server] = compile() as readonly Resource<ProcessAttrs>[];
  expect(server).toMatchObject({ type: 'process', on: { host: 'local' }, id: 'lan/dns' });
  expect(server?.within).toEqual([{ ref: 'device:local//br9' }]);
  expect(server?.needs).toHaveLength(2);
  expect(conf().filter((it) => it.startsWith('listen-address'))).toEqual([
    'listen-address=10.0.0.1',
    'listen-address=fd00::1',
  ]);
});

describe('names', () => {
  const records = (links: Given['links'] = []): readonly string[] =>
    conf({ links }).flatMap((it) => (it.startsWith('host-record=') ? [it.slice('host-record='.length)] : []));

  test('of nodes and their host names, an address a family', () =>
    expect(records()).toEqual(['web,10.0.0.2,fd00::2', 'redis,10.0.0.3', 'cache,10.0.0.3']));

  test("of service links; a node's own comes first", () =>
    expect(
      records([
        ['web', 'redis', 'db'],
        ['redis', 'web', 'redis'],
        ['bare', 'redis', 'db'],
      ]).slice(3),
    ).toEqual(['db,10.0.0.3']));

  test('of another network that one of its nodes is in, where nobody is called so here', () => {
    const recordsBeside = (...beside: readonly string[]) =>
      conf({ beside }).flatMap((it) => (it.startsWith('host-record=') ? [it.slice(12)] : []));
    expect(recordsBeside('redis', 'db')).toEqual([
      'db,10.1.0.3',
      'cache,10.0.0.3',
      'redis,10.0.0.3',
      'web,10.0.0.2,fd00::2',
    ]);
    expect(recordsBeside('db')).toHaveLength(3);
  });

  test('that mean two nodes are answered for none', () => {
    const links = [
      ['web', 'redis', 'db'],
      ['redis', 'web', 'db'],
    ] as const;
    expect(records(links)).toHaveLength(3);
    expect(codes({ links })).toEqual([['PW_DNS_ALIAS_TWICE', 'warning']]);
  });
});

test.each<[unknown, readonly string[]]>([
  [true, ['no-resolv']],
  [{ forward: true }, []],
  [{ forward: ['192.0.2.1', '2001:db8::1'] }, ['no-resolv', 'server=192.0.2.1', 'server=2001:db8::1']],
])('with %j other names are asked of whom it says', (option, expected) =>
  expect(conf({ dns: option }).filter((it) => /^(no-resolv|server=)/.test(it))).toEqual(expected),
);

test.each([{ forward: [] }, { forward: ['x'] }, { forwards: true }, 'yes'])('not %j', (option) =>
  expect(dns.options?.network?.safeParse({ dns: option }).success).toBe(false),
);

test("nodes that see the host's files ask there", () =>
  expect((attrsOf('file-block') as readonly FileBlockAttrs[]).map(({ path, lines }) => [path, ...lines])).toEqual([
    ['/etc/netns/shop-web/resolv.conf', 'nameserver 10.0.0.1', 'nameserver fd00::1'],
    ['/etc/netns/shop-bare/resolv.conf', 'nameserver 10.0.0.1', 'nameserver fd00::1'],
  ]));

test.each<[string, string, Given]>([
  ['an address', 'PW_DNS_NO_ADDRESS', { network: { addresses: [] } }],
  ['dnsmasq', 'PW_DNS_NO_SERVER', { tools: {} }],
])('without %s it cannot be', (_, code, given) => expect(codes(given)).toEqual([[code, 'error']]));
