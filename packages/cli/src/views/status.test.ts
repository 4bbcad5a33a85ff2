import type { Planned } from '@pipewright/core';
import {
  address,
  cable,
  type Change,
  device,
  type EngineSpec,
  type Model,
  type Nic,
  type Observed,
  type Placement,
  processIn,
  ref,
  type Resource,
  resource,
  type SurveyedNode,
} from '@pipewright/plugin';
import { nic } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { refusedStatus, statusJson, statusOf, statusText, withUnreached } from './status.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const bridge = device(host, 'shop-lan', { kind: 'bridge' }, { id: 'lan' });
const end = { mac: '02:00:00:00:00:01', mtu: 1500 };
const [outer, eth0] = cable(
  'veth',
  { ...end, on: host, name: 'shop-web-eth0', master: ref(bridge) },
  { ...end, on: web, name: 'eth0' },
);
const lo = device(web, 'lo', { kind: 'loopback' });

const declared = nic({ network: 'lan', addresses: ['10.0.0.2/24'] });
const eth5 = nic({ name: 'eth5', mac: '02:00:00:00:00:05' });

const model = (...nics: Model['nodes'][number]['nics']): Model => ({
  topology: 'shop',
  nodes: [
    {
      name: 'web',
      kind: 'netns',
      host: 'local',
      topology: 'shop',
      options: {},
      path: ['nodes', 'web'],
      on: web,
      managed: true,
      env: {},
      expose: [],
      sysctls: {},
      loopback: [],
      nics,
    },
  ],
  networks: [],
  links: [],
  fabrics: [],
  fabricLinks: [],
  serviceLinks: [],
});

const node: SurveyedNode = { name: 'web', on: web, locator: { by: 'name', name: 'shop-web' }, state: 'present' };
const facts = { machineId: '', kernel: '', tools: {}, devices: [] };

const planned = (
  actual: readonly Observed[],
  given: Model | undefined,
  changes: readonly Change[] = [],
  nodes = [node],
): Planned => ({
  draft: undefined,
  request: { topology: 'shop', nodes, wanted: [], applied: [] },
  survey: { facts, nodes, actual, initial: [] },
  model: given,
  desired: [],
  plan: { topology: 'shop', changes, stages: [], impact: [], notes: [] },
  left: () => ({ changes, notes: [], diagnostics: [] }),
  allotted: new Map(),
  warnings: [],
});

const up = [bridge, outer, eth0, lo, address(eth0, '10.0.0.2/24')];

const ETH0 = {
  name: 'eth0',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  addresses: ['10.0.0.2/24'],
  state: 'up',
  carrier: true,
  peer: { host: 'local', node: null, device: 'shop-web-eth0', network: 'lan' },
};

describe('a node', () => {
  test('with all its nics is up; the loopback is not listed', () => {
    expect(statusOf(planned(up, model(declared)))).toEqual({
      topology: 'shop',
      nodes: [{ name: 'web', kind: 'netns', host: 'local', state: 'up', interfaces: [ETH0] }],
      helpers: [],
      drift: [],
      unreached: new Map(),
      silent: [],
    });
  });

  test('what the kernel puts into each namespace is not listed, a nic that is down is', () => {
    const foreign = (name: string, mac: string): Observed => device(web, name, { kind: 'sit', mac, up: false });
    const zeros = ['0.0.0.0', '00:00:00:00:00:00', '::'].map((mac, index) => foreign(`tun${String(index)}`, mac));
    const [found] = statusOf(planned([...up, ...zeros, foreign('spare', '02:00:00:00:00:09')], model(declared))).nodes;
    expect(found?.interfaces.map(({ name }) => name)).toEqual(['eth0', 'spare']);
  });

  test('without a declared nic is partial, and the nic missing', () => {
    const [found] = statusOf(planned(up, model(declared, eth5))).nodes;
    expect(found?.state).toBe('partial');
    expect(found?.interfaces[1]).toEqual({
      name: 'eth5',
      mac: '02:00:00:00:00:05',
      mtu: 1500,
      addresses: [],
      state: 'missing',
      carrier: null,
      peer: null,
    });
  });

  test.each(['absent', 'refused'] as const)('is %s as the survey found it', (state) => {
    expect(statusOf(planned([], model(declared), [], [{ ...node, state }])).nodes[0]?.state).toBe(state);
  });

  test('of which only marks tell: its devices, and no drift', () => {
    const removal: Change = {
      action: 'delete',
      type: 'device',
      key: eth0.key,
      id: eth0.id,
      on: web,
      before: eth0,
      fields: [],
    };
    expect(statusOf(planned(up, undefined, [removal]))).toEqual({
      topology: 'shop',
      nodes: [{ name: 'web', kind: 'unknown', host: 'local', state: 'up', interfaces: [ETH0] }],
      helpers: [],
      drift: [],
      unreached: new Map(),
      silent: [],
    });
  });

  test('with a cable to another host has that end of it, which no kernel tells', () => {
    const there = { host: 'h2', node: 'db' };
    const near = device(web, 'eth5', { kind: 'vxlan' });
    const far = device(there, 'eth7', { kind: 'vxlan' });
    const ends: [Nic, Nic] = [eth5, nic({ node: 'db', name: 'eth7', device: 'eth7', on: there })];
    const link = { name: 'web:eth5 db:eth7', kind: 'veth', options: {}, ends, mtu: 1450, fabric: 'vxlan', path: [] };
    const [found] = statusOf(planned([near, far], { ...model(eth5), links: [link] })).nodes;
    expect(found?.interfaces[0]?.peer).toEqual({ host: 'h2', node: 'db', device: 'eth7' });
  });

  test('with a nic made on a device of the host has that for its far end', () => {
    const parent = device(host, 'eth1', { kind: 'physical' });
    const near = device(web, 'eth5', { kind: 'macvlan', link: ref(parent) });
    const [found] = statusOf(planned([parent, { ...near, owner: 'shop' }], model({ ...eth5, network: 'wire' }))).nodes;
    expect(found?.interfaces[0]?.peer).toEqual({ host: 'local', node: null, device: 'eth1', network: 'wire' });
  });

  test("with a nic of an engine's by the name of a declared one has the far end that is found", () => {
    const docker0 = device(host, 'docker0', { kind: 'bridge' });
    const ends = [
      { ...end, on: host, name: 'veth1', master: ref(docker0) },
      { ...end, on: web, name: 'eth0' },
    ] as const;
    const [found] = statusOf(planned([docker0, ...cable('veth', ...ends)], model(declared))).nodes;
    expect(found?.interfaces[0]?.peer).toEqual({ host: 'local', node: null, device: 'veth1', network: 'docker0' });
  });

  test('that is the host lists what is declared, not all the host has', () => {
    const onHost = nic({ node: 'gw', name: 'pw0', device: 'shop-web-eth0', on: host });
    const gw = { ...model(onHost).nodes[0]!, name: 'gw', on: host };
    const [found] = statusOf(planned(up, { ...model(), nodes: [gw] })).nodes;
    expect(found?.interfaces.map((it) => it.name)).toEqual(['shop-web-eth0']);
    expect(found?.interfaces[0]?.peer).toEqual({ host: 'local', node: 'web', device: 'eth0' });
  });
});

describe('drift', () => {
  const smaller = { ...eth0, attrs: { ...eth0.attrs, mtu: 1300 } };
  const base = { type: 'device', key: eth0.key, id: 'web/eth0', on: web, fields: [] };
  const cases: readonly (readonly [Change, object])[] = [
    [
      { ...base, action: 'create', after: eth0 },
      { action: 'create', fields: [], message: 'device web/eth0 is missing' },
    ],
    [
      { ...base, action: 'update', before: smaller, after: eth0, fields: ['mtu'] },
      { action: 'update', fields: ['mtu'], message: 'device web/eth0: mtu is 1300, declared 1500' },
    ],
    [
      { ...base, action: 'delete', before: eth0, reason: 'not declared any more' },
      { action: 'delete', fields: [], message: 'device web/eth0 is too much (not declared any more)' },
    ],
    [
      { ...base, action: 'replace', before: eth0, after: eth0, reason: 'its far end is elsewhere' },
      { action: 'replace', fields: [], message: 'device web/eth0: to be replaced (its far end is elsewhere)' },
    ],
  ];
  for (const [change, drift] of cases)
    test(change.action, () =>
      expect(statusOf(planned(up, model(declared), [change])).drift).toEqual([
        { host: 'local', node: 'web', type: 'device', id: 'web/eth0', ...drift },
      ]),
    );

  test('what cannot be planned is refused, with the reason', () => {
    const refusal = {
      code: 'PW_X',
      message: 'Node "web" is not there.',
      fix: '',
      exit: 2 as const,
      severity: 'error' as const,
      path: ['nodes', 'web'],
    };
    expect(refusedStatus(model(declared), planned([], undefined).survey, [refusal]).drift).toEqual([
      {
        host: null,
        node: 'web',
        type: 'nodes',
        id: 'web',
        action: 'refuse',
        fields: [],
        message: 'Node "web" is not there.',
      },
    ]);
  });
});

describe('for people', () => {
  const missing: Change = {
    action: 'create',
    type: 'address',
    key: 'k',
    id: 'web/eth0/10.0.0.2/24',
    on: web,
    fields: [],
  };

  test('a line an interface', () => {
    const said = statusText(statusOf(planned(up, model(declared))), plain).split('\n');
    expect(said[0]).toBe('shop: 1 of 1 node up, as declared');
    expect(said[3]).toMatch(
      /^ +web +netns +up +eth0 +up +10\.0\.0\.2\/24 +1500 +02:00:00:00:00:01 +lan \(shop-web-eth0\)$/,
    );
  });

  test('a nic without a carrier is up, and works no more than one that is down', () => {
    const unplugged = up.map((it) => (it === eth0 ? { ...it, facts: { carrier: 'none' } } : it));
    const status = statusOf(planned(unplugged, model(declared)));
    expect(status.nodes[0]?.interfaces).toEqual([{ ...ETH0, carrier: false }]);
    expect(statusText(status, plain)).toMatch(/ eth0 +no-carrier +10\.0\.0\.2\/24 /);
  });

  test('drift is marked at the interface and listed', () => {
    const said = statusText(statusOf(planned(up, model(declared), [missing])), plain);
    expect(said).toMatch(/^! +web/m);
    expect(said).toMatch(/ {2}! address web\/eth0\/10\.0\.0\.2\/24 is missing$/);
  });

  const differs = (type: string, id: string, attrs: Resource['attrs'], on: Placement): Change => {
    const after = resource(type, on, id, attrs, { id });
    return { action: 'update', type, key: after.key, id, on, before: after, after, fields: [] };
  };
  test.each([
    ['its container', differs('container', 'web', { node: 'web' }, host), 'eth0'],
    ['a route of the node', differs('route', 'web/10.9.0.0/16', {}, web), 'eth0'],
    ['its second nic', differs('device', 'web/eth5', {}, web), 'eth5'],
    ['the far end of that', differs('device', 'web/eth5:host', {}, host), 'eth5'],
    ['nothing that has a line', differs('device', 'lan', {}, host), undefined],
  ])('%s is marked once', (_, change, marked) => {
    const both = [...up, device(web, 'eth5', { kind: 'veth', up: true })];
    const said = statusText(statusOf(planned(both, model(declared, eth5), [change])), plain);
    expect([...said.matchAll(/^! .*(eth\d) /gm)].map(([, name]) => name)).toEqual(marked === undefined ? [] : [marked]);
  });

  test('what is not as declared on another host is said to be there', () => {
    const there = differs('device', 'lan', { mtu: 1400 }, { host: 'h1' });
    const drift = [{ ...there, action: 'create' } as const, { ...there, fields: ['mtu'], before: bridge }];
    const status = statusOf(planned(up, model(declared), drift));
    expect(status.drift.map(({ host, message }) => [host, message])).toEqual([
      ['h1', 'device lan on h1 is missing'],
      ['h1', expect.stringMatching(/^device lan on h1: mtu is .*, declared 1400$/)],
    ]);
  });

  test('without a declaration there is nothing to compare with, and it says so', () => {
    expect(statusText(statusOf(planned(up, undefined)), plain)).toMatch(
      /^shop: 1 of 1 node up, known by our marks alone\n/,
    );
  });

  test('of a host that was not looked at nothing is claimed', () => {
    const fault = { code: 'PW_AWAY', message: 'Host "h1" is away.', fix: 'Wait.', exit: 4 as const };
    const gone = { ...model(declared).nodes[0]!, name: 'far', host: 'h1', on: { host: 'h1', node: 'far' } };
    const both: Model = { ...model(declared), nodes: [...model(declared).nodes, gone] };
    const status = withUnreached(statusOf(planned(up, both)), new Map([['h1', fault]]));
    expect(statusJson(status)).toMatchObject({
      nodes: [{ state: 'up' }, { name: 'far', state: 'unreached', interfaces: [] }],
      unreached: { h1: { code: 'PW_AWAY', message: 'Host "h1" is away.', fix: 'Wait.' } },
    });
    const said = statusText(status, plain);
    expect(said).toMatch(/^shop: 1 of 2 nodes up, as declared; h1 not reached\n/);
    expect(said).toMatch(/^ +far on h1 +netns +unreached$/m);
    expect(said).toMatch(/\nNot reached\n {2}h1: Host "h1" is away\.$/);
  });

  test('of the containers of an engine that does not answer nothing is claimed', () => {
    const fault = { code: 'PW_GONE', message: 'Docker cannot be reached.', fix: 'Start it.', exit: 4 as const };
    const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
    const its: SurveyedNode = { ...node, state: 'absent', locator: { by: 'container', engine, name: 'web' } };
    const { survey, ...rest } = planned([bridge], model(declared), [], [its]);
    const silent = [{ host: 'local', engine: 'Docker', fault }];
    const status = statusOf({ ...rest, survey: { ...survey, silent } });
    expect(statusJson(status)).toMatchObject({
      nodes: [{ name: 'web', state: 'unknown', interfaces: [] }],
      silentEngines: [{ host: 'local', engine: 'Docker', error: { code: 'PW_GONE', fix: 'Start it.' } }],
    });
    const said = statusText(status, plain);
    expect(said).toMatch(/^shop: 0 of 1 node up, as declared; of 1 node nothing is known\n/);
    expect(said).toMatch(/^ +web +netns +unknown$/m);
    expect(said).toMatch(/\nNot known\n {2}Docker cannot be reached\.$/);
  });

  test('helpers are listed by name, whatever their folders are called', () => {
    const found = ['web/zebra', 'api/b', 'web/bgpd'].map((id): Observed => {
      const process = processIn(web, 'shop', id, { argv: ['x'] });
      return { ...process, owner: 'shop', facts: { pid: '7' } };
    });
    const said = statusText(statusOf(planned([...up, ...found], model(declared))), plain);
    expect(said).toMatch(/api\/b is running: pid 7\n {2}web\/bgpd is .*\n {2}web\/zebra is /);
    const far = found.map((it) => ({ ...it, on: { host: 'h1' } }));
    expect(statusText(statusOf(planned([...up, ...far], model(declared))), plain)).toContain(
      'api/b is running on h1: pid 7',
    );
  });

  test('what is not up at all is said in two words', () => {
    const said = statusText(statusOf(planned([], model(declared), [missing], [{ ...node, state: 'absent' }])), plain);
    expect(said).toMatch(/^shop: not up\n/);
    expect(said).not.toContain('Not as declared');
  });
});
