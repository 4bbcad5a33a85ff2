import {
  address,
  device,
  type FabricLinkSpec,
  type ModelNode,
  neighbour,
  netlink,
  type Observed,
  ref,
} from '@pipewright/plugin';
import { linkSpec, networkSpec, nic, nodeSpec } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { forgetting, probesByRoutes, probesOf, reachabilityText, roundsOf } from './reachability.js';
import { Seen } from './seen.js';

const model = (...members: Parameters<typeof nic>[0][]) => ({
  topology: 'shop',
  nodes: [],
  links: [],
  fabrics: [],
  fabricLinks: [],
  serviceLinks: [],
  networks: [networkSpec({ name: 'lan', members: members.map(nic) })],
});
const nothing = new Seen([]);
const pairs = (it: Parameters<typeof probesOf>[0], seen = nothing) =>
  probesOf(it, seen).map(({ from, to, family, address }) => `${from} ${to} ${String(family)} ${address}`);

describe('two that share nothing', () => {
  const node = (name: string, loopback: readonly string[], ...addresses: readonly string[]): ModelNode => ({
    ...nodeSpec({ name, loopback }),
    on: { host: 'local', node: name },
    managed: true,
    nics: [nic({ node: name, addresses })],
  });
  const nodes = [
    node('a', [], '10.1.0.2/24', 'fe80::2/64'),
    node('b', ['10.255.0.9/32', 'fd00::9/128'], '10.2.0.2/24'),
    { ...node('c', ['10.255.0.3/32']), nics: [] },
  ];
  const asked = (...pair: readonly [string, string]) =>
    probesByRoutes({ nodes }, pair, nothing).map(({ from, to, over, address }) => `${from} ${to} ${over} ${address}`);

  test('are asked for each address of the other that may be reached from afar, and in whose family there is an answer', () =>
    expect(asked('a', 'b')).toEqual(['a b routes 10.2.0.2', 'a b routes 10.255.0.9', 'b a routes 10.1.0.2']));

  test.each([
    ['a', 'a'],
    ['a', 'nobody'],
  ])('%s and %s are not two', (one, other) => expect(asked(one, other)).toEqual([]));

  test('from where there is no nic nothing is asked', () => expect(asked('a', 'c')).toEqual(['a c routes 10.255.0.3']));
});

describe('asked', () => {
  test.each([
    [[], ['a b', 'a c', 'b a', 'b c', 'c a', 'c b']],
    [['b'], ['a b', 'b a', 'b c', 'c b']],
    [
      ['c', 'a'],
      ['a c', 'c a'],
    ],
  ])('with %j named', (named, expected) => {
    const members = ['a', 'b', 'c'].map((node, index) => ({ node, addresses: [`10.0.0.${String(index + 2)}/24`] }));
    expect(probesOf(model(...members), nothing, named).map(({ from, to }) => `${from} ${to}`)).toEqual(expected);
  });

  test('both ways, each address, without its prefix', () => {
    expect(
      pairs(
        model(
          { node: 'a', addresses: ['10.0.0.2/24', 'fd00::2/64'] },
          { node: 'b', addresses: ['10.0.0.3/24', 'fd00::3/64'] },
        ),
      ),
    ).toEqual(['a b 4 10.0.0.3', 'a b 6 fd00::3', 'b a 4 10.0.0.2', 'b a 6 fd00::2']);
  });

  test('by the device that a link-local address is reached by', () => {
    const both = model(
      { node: 'a', name: 'x0', addresses: ['fe80::2/64'] },
      { node: 'b', name: 'y0', addresses: ['fe80::3/64'] },
    );
    expect(pairs(both)).toEqual(['a b 6 fe80::3%x0', 'b a 6 fe80::2%y0']);
  });

  test('of a nic that finds its addresses also those that it has, but for link-local ones', () => {
    const dynamic = [{ by: 'dhcp', options: {}, gateway: true }];
    const members = model(
      { node: 'a', addresses: ['10.0.0.2/24', 'fd00::2/64'] },
      { node: 'b', addresses: ['fd00::3/64'], dynamic },
    );
    const eth0 = device({ host: 'local', node: 'b' }, 'eth0', { kind: 'veth' });
    const found = ['10.0.0.77/24', 'fd00::3/64', 'fe80::1/64'].map((it): Observed => address(eth0, it));
    expect(pairs(members, new Seen(found))).toEqual([
      'a b 6 fd00::3',
      'a b 4 10.0.0.77',
      'b a 4 10.0.0.2',
      'b a 6 fd00::2',
    ]);
    expect(pairs(members)).toEqual(['a b 6 fd00::3', 'b a 6 fd00::2']);
  });

  test('not where there is no address of the family to answer to', () => {
    expect(
      pairs(model({ node: 'a', addresses: ['10.0.0.2/24'] }, { node: 'b', addresses: ['fd00::3/64'] }, { node: 'c' })),
    ).toEqual([]);
  });

  test('not itself', () => {
    expect(
      pairs(
        model(
          { node: 'a', name: 'x', addresses: ['10.0.0.2/24'] },
          { node: 'a', name: 'y', addresses: ['10.0.0.3/24'] },
        ),
      ),
    ).toEqual([]);
  });

  test('from host to host, where a fabric carries the network', () => {
    const on = (node: string, address: string) => nic({ node, addresses: [address] });
    const segments = (more: object) => ({
      ...model(),
      networks: [on('a', '10.0.0.2/24'), on('b', '10.0.0.3/24')].map((it) =>
        networkSpec({ name: 'lan', members: [it], ...more }),
      ),
    });
    expect(pairs(segments({ fabric: 'vxlan' }))).toEqual(['a b 4 10.0.0.3', 'b a 4 10.0.0.2']);
    expect(pairs(segments({}))).toEqual([]);
    const nodes = ['b', 'a'].map((name) => ({ ...({} as ModelNode), name }));
    const inOrder = pairs({ ...segments({ fabric: 'vxlan' }), nodes }); // of the file, whichever host is first
    expect(inOrder).toEqual(['b a 4 10.0.0.2', 'a b 4 10.0.0.3']);
  });

  test.each([{}, { fabric: 'vxlan' }])('over a link %j', (of) => {
    const [a, b] = [nic({ node: 'a', addresses: ['10.0.0.1/30'] }), nic({ node: 'b', addresses: ['10.0.0.2/30'] })];
    const links = [linkSpec({ name: 'a-b', ends: [a, b], ...of })];
    const ends = [a, b].map((it) => ({ ...({} as FabricLinkSpec), link: 'a-b', nic: it }));
    const fabricLinks = 'fabric' in of ? ends : []; // one of it at each end
    expect(pairs({ ...model(), networks: [], links, fabricLinks })).toEqual(['a b 4 10.0.0.2', 'b a 4 10.0.0.1']);
  });
});

const probe = { from: 'a', to: 'b', over: 'lan', family: 4 as const, address: '10.0.0.3' };

describe('of many', () => {
  const members = Array.from({ length: 30 }, (_, index) => ({
    node: `n${String(index)}`,
    addresses: [`10.0.0.${String(index + 1)}/24`],
  }));
  const probes = probesOf(model(...members), nothing);

  test('both ways of a pair are of one round, and no round has too many for the kernel', () => {
    const rounds = roundsOf(probes);
    expect(rounds.map((it) => it.length)).toEqual([400, 400, 70]);
    for (const round of rounds)
      for (const { from, to } of round) expect(round.some((it) => it.from === to && it.to === from)).toBe(true);
    expect(new Set(rounds.flat())).toEqual(new Set(probes));
  });

  test('the kernel is to forget all that were found but those that are to last', () => {
    const [one, other, ...rest] = probes.slice(0, 3);
    const n0 = { host: 'local', node: 'n0' };
    const eth0 = device(n0, 'eth0', { kind: 'veth' });
    const lasting = neighbour(eth0, other!.address, '02:00:00:00:00:09');
    const forgotten = [one!, ...rest].map(({ address: to }) => netlink(n0, 'neighbour', 'del', { to, dev: ref(eth0) }));
    expect(forgetting([one!, other!, ...rest], [lasting])).toEqual([{ on: n0, ops: forgotten }]);
  });

  test('for people: how many, where no screen is wide enough for all', () => {
    const reached = probesOf(model(...members, { node: 'n30', addresses: ['10.0.0.31/24'] }), nothing).map((it) => ({
      ...it,
      reached: it.to !== 'n30',
      ms: null,
    }));
    const [head, first, ...lines] = reachabilityText(reached, plain).split('\n');
    expect([head, first]).toEqual(['FROM  REACHES', 'n0    29 of 30']);
    expect(lines).toContain('n30   30 of 30');
    expect(lines).toContain('30 of 930 addresses were not reached:');
  });
});

test('for people: a matrix, then what was not reached', () => {
  const reached = [
    { ...probe, reached: true, ms: 1 },
    { ...probe, from: 'b', to: 'a', address: '10.0.0.2', reached: false, ms: null, message: 'Unreachable' },
  ];
  expect(reachabilityText(reached, plain).split('\n')).toEqual([
    'FROM  → a    → b',
    'a     -      ok',
    'b     fails  -',
    '',
    '1 of 2 addresses were not reached:',
    '  b → a 10.0.0.2 over lan: Unreachable',
  ]);
});
