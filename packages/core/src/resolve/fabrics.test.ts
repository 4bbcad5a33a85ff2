import {
  definePlugin,
  device,
  fabricDriver,
  fabricFeature,
  featureDriver,
  type HostFacts,
  keyOf,
  networkDriver,
  type Observed,
  PLUGIN_API,
  ref,
  z,
} from '@pipewright/plugin';
import { resourceTypes } from '@pipewright/kernel';
import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile/compile.js';
import { parseSource, parseTopology } from '../parse/index.js';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { type HostsFacts, NO_FACTS } from './hosts.js';
import { type Had, HAD_NOTHING } from './in-use.js';
import { resolve } from './resolve.js';

const options = z.object({ id: z.int().optional() });

/** A switch on each host, and a pipe with one of four numbers between them. */
const wide = definePlugin({
  name: 'wide',
  api: PLUGIN_API,
  resources: resourceTypes,
  drivers: {
    networks: [
      networkDriver({
        kind: 'switch',
        summary: 'A switch.',
        options: z.object({}),
        device: ({ name }) => ({ name, isBridge: true }),
        compile: ({ segment, name, members }) => [
          device(segment, name, { kind: 'box' }, { id: name }),
          ...members.map(({ on, device: it, id }) => device(on, it, { kind: 'wire' }, { id })),
        ],
      }),
    ],
    features: [
      featureDriver({
        kind: 'wrap',
        summary: 'Wraps what pipes carry.',
        fabric: fabricFeature({
          options: z.object({ wrap: z.int().optional() }),
          applies: ({ wrap }) => wrap !== undefined,
          room: (carries) => carries - 100,
          compile: ({ here, there, traffic }) => [
            device({ host: here.host }, `w${String(traffic.port)}-${there.host}`, { kind: 'wire' }),
          ],
        }),
        compile: () => ({ resources: [] }),
      }),
    ],
    fabrics: [
      fabricDriver({
        kind: 'trunk',
        summary: 'Carries networks alone.',
        options,
        ids: [1, 4],
        id: (it) => it.id,
        idOf: () => undefined,
        overhead: () => 0,
        compile: () => [],
      }),
      fabricDriver({
        kind: 'pipe',
        summary: 'A pipe.',
        options,
        default: true,
        ids: [1, 4],
        id: (it) => it.id,
        idOf: ({ attrs: { kind, number } }) => (kind === 'wire' && typeof number === 'number' ? number : undefined),
        overhead: (_, family) => (family === 6 ? 70 : 50),
        traffic: ({ id }) => (id === 4 ? undefined : { protocol: 17, port: 7 }),
        compile: ({ network, segment, id, switch: master, others }) => [
          device(segment, `${network}-pipe`, { kind: 'wire', number: id, to: others.map((it) => it.host), master }),
        ],
        link: ({ nic, id, other, here }) => [
          device(
            nic.on,
            nic.device,
            { kind: 'wire', number: id, from: here.underlay, to: other.underlay, mtu: nic.mtu },
            { id: nic.id },
          ),
        ],
      }),
    ],
  },
});

const registries = compose(
  [],
  checkPlugins([testPlugin, wide].map((plugin) => ({ plugin, options: {}, from: 'the test' }))),
).resolve(Registries);

const factsOf = (mtu: number): HostFacts => ({
  ...NO_FACTS,
  devices: [{ name: 'eth0', kind: 'physical', mtu }],
  routes: [{ to: '192.0.2.0/24', dev: 'eth0', metric: 0 }],
});

const HOSTS =
  'hosts: { h1: { ssh: h1, underlay: 192.0.2.1 }, h2: { ssh: h2, underlay: 192.0.2.2 }, h3: { ssh: h3, underlay: 192.0.2.3 } }\n';

const over = (hosts: readonly string[], networks = 'x: { kind: switch }', joined = '[x]'): string =>
  `${HOSTS}networks: { ${networks} }\nnodes: { ${hosts
    .map((host, index) => `n${String(index)}: { host: ${host}, networks: ${joined} }`)
    .join(', ')} }`;

interface Given {
  readonly facts?: HostsFacts;
  readonly actual?: readonly Observed[];
  readonly addresses?: Readonly<Record<string, string>>;
  readonly unseen?: Had['unseen'];
}

function resolved(text: string, { facts = { facts: NO_FACTS }, actual = [], addresses = {}, unseen = [] }: Given = {}) {
  const { topology, diagnostics } = parseTopology(
    parseSource(`name: t\n${text}`, { file: 't.yaml', env: {} }),
    registries,
  );
  if (!topology) throw new Error(JSON.stringify(diagnostics));
  const inUse = new Map(
    Object.entries(addresses).map(([host, it]) => [keyOf('device', { host }, 'eth0'), [`${it}/24`]] as const),
  );
  const {
    model,
    contextOn,
    diagnostics: found,
  } = resolve(topology, registries, facts, {
    ...HAD_NOTHING,
    inUse,
    actual,
    unseen,
  });
  const { resources, diagnostics: complaints } = compile(topology, model, registries, contextOn);
  return { model, resources, problems: complaints.map(({ code }) => code), codes: found.map((it) => it.code), found };
}

const idsOf = (text: string, given?: Given): Readonly<Record<string, number>> =>
  Object.fromEntries(resolved(text, given).model.fabrics.map(({ network, id }) => [network, id]));

const pipe = (host: string, network: string, number: number, owner?: string): Observed => ({
  ...device(
    { host },
    `${network}-pipe`,
    { kind: 'wire', number, master: { ref: keyOf('device', { host }, network) } },
    {},
  ),
  ...(owner === undefined ? {} : { owner }),
});

test('each host has a port of its own switch that leads to all others', () => {
  const { model, resources, codes } = resolved(over(['h1', 'h2', 'h3']));
  expect(codes).toEqual([]);
  expect(model.networks.map(({ segment, fabric, mtu }) => [segment.host, fabric, mtu])).toEqual(
    ['h1', 'h2', 'h3'].map((it) => [it, 'pipe', 1450]),
  );
  expect(
    resources.filter(({ attrs }) => 'number' in attrs).map(({ on, attrs }) => [on.host, attrs['to'], attrs['master']]),
  ).toEqual([
    ['h1', ['h2', 'h3'], { ref: 'device:h1//x' }],
    ['h2', ['h1', 'h3'], { ref: 'device:h2//x' }],
    ['h3', ['h1', 'h2'], { ref: 'device:h3//x' }],
  ]);
});

test('a network of one host needs none, whatever the file says', () => {
  const { model, codes } = resolved(over(['h1', 'h1'], 'x: { kind: switch, fabric: pipe }'));
  expect([codes, model.fabrics, model.networks.map(({ fabric, mtu }) => [fabric, mtu])]).toEqual([
    [],
    [],
    [[undefined, 1500]],
  ]);
});

test('the narrowest of the hosts decides what all carry', () => {
  const facts = { facts: NO_FACTS, elsewhere: { h1: factsOf(9000), h2: factsOf(1400) } };
  const given = { facts, addresses: { h1: '192.0.2.1', h2: '192.0.2.2' } };
  const { model, codes } = resolved(over(['h1', 'h2']), given);
  expect([
    codes,
    model.fabrics.map(({ mtu }) => mtu),
    model.nodes.flatMap((it) => it.nics.map(({ mtu }) => mtu)),
  ]).toEqual([[], [1350, 1350], [1350, 1350]]);
  const tooLarge = resolved(over(['h1', 'h2'], 'x: { kind: switch, mtu: 1400 }'), given);
  expect(tooLarge.found).toMatchObject([{ code: 'PW_MTU_OVER_UNDERLAY', path: ['networks', 'x', 'mtu'] }]);
  expect(tooLarge.found[0]?.message).toMatch(/1400 bytes.*"h2".*1350 of the 1400 that "eth0"/);
});

describe('the number of a network', () => {
  const two = 'x: { kind: switch }, y: { kind: switch }';
  const number = idsOf(over(['h1', 'h2']))['x'] ?? 0;

  test('is the same on every run and for every order of hosts', () => {
    expect(idsOf(over(['h2', 'h1']))).toEqual({ x: number });
    expect(number).toBeGreaterThanOrEqual(1);
    expect(number).toBeLessThanOrEqual(4);
  });

  test('is the one of the file', () =>
    expect(idsOf(over(['h1', 'h2'], 'x: { kind: switch, fabric: { id: 3 } }'))).toEqual({ x: 3 }));

  test('is the one that it has already, also where a newcomer would be the first to ask for it', () => {
    const own = (number % 4) + 1;
    const actual = [pipe('h1', 'x', own, 't')];
    expect(idsOf(over(['h1', 'h2', 'h3']), { actual })).toEqual({ x: own });
    const both = idsOf(over(['h1', 'h2'], 'y: { kind: switch }, x: { kind: switch }', '[y, x]'), { actual });
    expect(both['x']).toBe(own);
    expect(both['y']).not.toBe(own);
  });

  test("is another's on none of its hosts", () => {
    const actual = [pipe('h2', 'z', number, 'other')];
    expect(idsOf(over(['h1', 'h2']), { actual })['x']).not.toBe(number);
    expect(idsOf(over(['h1', 'h3']), { actual })['x']).toBe(number);
  });

  test('is never that of another network of the file', () => {
    const all = Object.values(idsOf(over(['h1', 'h2'], `${two}, z: { kind: switch }`, '[x, y, z]')));
    expect(new Set(all).size).toBe(3);
  });

  test.each([
    [
      'by the file',
      'x: { kind: switch, fabric: { id: 3 } }',
      [pipe('h2', 'z', 3)],
      /number 3 .* device z-pipe of host h2/,
    ],
    ['by itself', 'x: { kind: switch }', [pipe('h1', 'x', 3, 't'), pipe('h2', 'z', 3)], /device z-pipe of host h2/],
    [
      'twice by the file',
      'x: { kind: switch, fabric: { id: 3 } }, y: { kind: switch, fabric: { id: 3 } }',
      [],
      /"y" is taken: network "x"/,
    ],
  ])('that it is to have %s and another has is a mistake', (_, networks, actual, says) => {
    const { found, codes } = resolved(over(['h1', 'h2'], networks, networks.includes('y:') ? '[x, y]' : '[x]'), {
      actual,
    });
    expect(codes).toEqual(['PW_FABRIC_ID_TAKEN']);
    expect(found[0]?.message).toMatch(says);
  });
});

describe('mistakes', () => {
  const known = { facts: NO_FACTS, elsewhere: { h1: factsOf(1500), h2: factsOf(1500) } };
  test.each([
    ['no underlay', over(['h1', 'h2']).replace(', underlay: 192.0.2.2', ''), {}, ['PW_NO_UNDERLAY']],
    ['none of this machine', over(['h1', 'local']), {}, ['PW_NO_UNDERLAY']],
    ['one of two hosts', over(['h1', 'h2']).replace('0.2.2', '0.2.1'), {}, ['PW_UNDERLAY_TWICE']],
    ['two families', over(['h1', 'h2']).replace('192.0.2.2', '"fd00::2"'), {}, ['PW_UNDERLAY_FAMILIES']],
    ['a group', over(['h1', 'h2']).replace('192.0.2.2', '239.0.2.2'), {}, ['PW_UNDERLAY_MULTICAST']],
    [
      'one that the host has not',
      over(['h1', 'h2']),
      { facts: known, addresses: { h1: '192.0.2.1', h2: '192.0.2.7' } },
      ['PW_NO_SUCH_UNDERLAY'],
    ],
    ['a kind that stays on its host', over(['h1', 'h2'], 'x: { kind: segment }'), {}, ['PW_NETWORK_ACROSS_HOSTS']],
  ])('%s', (_, text, given, codes) => expect(resolved(text, given).codes).toEqual(codes));
});

describe('a link between two hosts', () => {
  const cable = (more = '', hosts: readonly [string, string] = ['h1', 'h2']) =>
    `${HOSTS}nodes: { a: { host: ${hosts[0]} }, b: { host: ${hosts[1]} } }\nlinks: [{ endpoints: [a:eth5, b:eth5]${more} }]`;

  test('is a device on each that leads to the other', () => {
    const { model, resources, codes } = resolved(cable());
    expect(codes).toEqual([]);
    expect(model.links.map(({ fabric }) => fabric)).toEqual(['pipe']);
    const number = model.fabricLinks[0]?.id;
    expect(resources.filter(({ type }) => type === 'device')).toMatchObject([
      { id: 'a/eth5', on: { host: 'h1' }, attrs: { number, from: '192.0.2.1', to: '192.0.2.2', mtu: 1450 } },
      { id: 'b/eth5', on: { host: 'h2' }, attrs: { number, from: '192.0.2.2', to: '192.0.2.1', mtu: 1450 } },
    ]);
  });

  test('has a number of its own, and keeps it', () => {
    const one = resolved(cable()).model.fabricLinks[0];
    const actual: Observed = {
      ...device({ host: 'h1', node: 'a' }, 'eth5', { kind: 'wire', number: 4 }, {}),
      owner: 't',
    };
    expect(resolved(cable(), { actual: [actual] }).model.fabricLinks.map(({ id }) => id)).toEqual([4, 4]);
    const taken = pipe('h2', 'z', one?.id ?? 0, 'other');
    expect(resolved(cable(), { actual: [taken] }).model.fabricLinks[0]?.id).not.toBe(one?.id);
  });

  test('on one host is a cable of its kind', () => {
    const { model } = resolved(cable('', ['h1', 'h1']));
    expect([model.fabricLinks, model.links.map(({ fabric }) => fabric)]).toEqual([[], [undefined]]);
  });

  test('of a fabric that carries networks alone is one mistake', () =>
    expect(resolved(cable(', fabric: trunk')).codes).toEqual(['PW_NO_FABRIC_LINK']));

  test('needs to know where the hosts are', () =>
    expect(resolved(cable('', ['h1', 'local'])).found[0]?.message).toMatch(
      /Link a:eth5--b:eth5 .* others reach local/,
    ));
});

describe('what a feature does to packets from host to host', () => {
  const wrapped = (one: string, other = one): string =>
    over(['h1', 'h2', 'h3'], `x: { kind: switch, fabric: ${one} }, y: { kind: switch, fabric: ${other} }`, '[x, y]');

  test('is there once on each way, before the devices that send there, and takes room', () => {
    const { resources, model } = resolved(wrapped('{ wrap: 1 }'));
    const guards = resources.filter(({ id }) => id.startsWith('w7-'));
    expect(guards.map(({ on, id }) => `${on.host} ${id}`)).toEqual([
      'h1 w7-h2',
      'h1 w7-h3',
      'h2 w7-h1',
      'h2 w7-h3',
      'h3 w7-h1',
      'h3 w7-h2',
    ]);
    const pipes = resources.filter(({ id }) => id.endsWith('-pipe'));
    expect(pipes).toHaveLength(6);
    for (const { needs, on } of pipes)
      expect(needs?.slice(1)).toEqual(guards.filter((it) => it.on.host === on.host).map((it) => ref(it)));
    expect(model.networks.map(({ mtu }) => mtu)).toEqual(Array.from({ length: 6 }, () => 1350));
  });

  test('is for those alone that ask for it', () => {
    const { resources, model } = resolved(wrapped('{ wrap: 1 }', 'pipe'));
    const bare = resources.filter(({ id }) => id === 'y-pipe');
    expect(bare.flatMap(({ needs }) => needs ?? []).filter(({ ref }) => ref.includes('w7-'))).toEqual([]);
    expect(model.networks.map(({ name, mtu }) => `${name} ${String(mtu)}`)).toContain('y 1450');
  });

  test('cannot be where packets of a fabric are like any other', () => {
    const { problems } = resolved(wrapped('{ wrap: 1, id: 4 }', 'pipe'));
    expect(problems).toEqual(['PW_FABRIC_UNTOLD']);
  });
});

test('of a host that nobody looked at it is known what fitted there', () => {
  const elsewhere = { h1: factsOf(1500) };
  const mtus = (unseen: Had['unseen']) =>
    resolved(over(['h1', 'h2']), { facts: { facts: NO_FACTS, elsewhere }, unseen }).model.networks.map(
      ({ mtu }) => mtu,
    );
  expect(mtus([])).toEqual([1450, 1450]);
  expect(mtus([device({ host: 'h2' }, 'x', { kind: 'box', mtu: 1350 }, { id: 'x' })])).toEqual([1350, 1350]);
  expect(mtus([device({ host: 'h3' }, 'x', { kind: 'box', mtu: 1350 }, { id: 'x' })])).toEqual([1450, 1450]);
});
