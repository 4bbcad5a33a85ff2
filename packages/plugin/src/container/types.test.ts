import {
  type Change,
  type ContainerWords,
  device,
  type Found,
  type Key,
  keyOf,
  type NodeTarget,
  type Observed,
  type RawObserved,
  type Resource,
  resource,
} from '@pipewright/plugin';
import { type CommonKeys, commonKeys, resourceTypeSuite } from '@pipewright/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { creationOf } from './attrs.js';
import { containerResources, containerTypes } from './types.js';
import { createBody } from './create-body.js';
import { type ContainerOptions, containerOptions } from './options.js';

const engine = { title: 'Harbour', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
const words: ContainerWords = {
  command: 'harbour',
  container: 'container',
  running: 'running',
  networks: { default: 'harbour0', private: null },
};
const [container, running] = containerTypes(engine, words);
const options = containerOptions(engine.title);

const ID = '0123456789abcdef'.repeat(4);

type Given = Partial<ContainerOptions> & CommonKeys & { readonly sysctls?: Readonly<Record<string, string>> };

const attrsOf = ({ env = {}, expose = [], sysctls = {}, ...given }: Given = {}) => ({
  name: 'shop-web',
  node: 'web',
  ...creationOf(
    { options: options.parse({ image: 'nginx', ...given }), ...commonKeys({ env, expose }), sysctls },
    { env: {}, hosts: {}, mounts: {} },
  ),
});

function resourcesOf(given: Given = {}): readonly [Resource, Resource] {
  const [made, runs] = containerResources('local', attrsOf(given), words);
  return [container.mark?.(made, 'shop') ?? made, runs];
}

resourceTypeSuite(container, [resourcesOf()[0]]);
resourceTypeSuite(running, [resourcesOf({ 'stop-timeout': 3 })[1]]);

test('one that ended at once is told as that', () =>
  expect(running.whyGone?.(resourcesOf()[1])).toMatchObject({
    code: 'PW_CONTAINER_ENDED',
    message: expect.stringContaining('"shop-web" ended right after') as string,
    fix: expect.stringContaining('`harbour run --rm') as string,
    exit: 1,
  }));

const labelsOf = (given: Given) =>
  createBody({ ...attrsOf(given), topology: 'shop' })['Labels'] as Record<string, string>;

/** As GET /containers/json has it. */
const row = (more: object = {}, given: Given = {}) => ({
  Id: ID,
  Names: ['/shop-web'],
  State: 'running',
  Labels: labelsOf(given),
  ...more,
});

const target = (name: string, of: string, title = engine.title): NodeTarget => ({
  name,
  on: { host: 'local', node: name },
  locator: { by: 'container', engine: { ...engine, title }, name: of },
});

type Nodes = readonly (NodeTarget & {
  readonly same?: string;
  readonly container?: string;
  readonly stopped?: true;
})[];

const read = (rows: unknown, nodes: Nodes = [], absent: Nodes = []) => {
  const context = { on: { host: 'local' }, nodes, absent, deviceKind: () => undefined };
  return { containers: container.parse([rows], context), runnings: running.parse([rows], context) };
};

/** With the key and the owner that a survey gives it. */
const observed = (wanted: Resource, found: Found | undefined): Observed => ({ ...wanted, owner: 'shop', ...found! });

describe('what the engine lists', () => {
  test('it is asked once for what has our label', () => {
    expect(container.queries).toEqual(running.queries);
    const [{ engine: asked, once } = { once: undefined }] = container.queries;
    expect([asked?.of, once]).toEqual([engine, true]);
    expect(decodeURIComponent(asked?.path ?? '')).toBe(
      '/containers/json?all=1&filters={"label":["pipewright.topology"]}',
    );
  });

  test.each([
    ['running', 1],
    ['restarting', 1],
    ['paused', 1],
    ['created', 0],
    ['exited', 0],
    ['dead', 0],
  ])('one that is %s', (State, runs) => {
    const { containers, runnings } = read([row({ State })]);
    expect([containers.length, runnings.length]).toEqual([1, runs]);
  });

  test('is as it is wanted, with its id and whose it is', () => {
    const [made, runs] = resourcesOf({ env: { A: '1' } });
    const { containers, runnings } = read([row({}, { env: { A: '1' } })]);
    expect(containers).toEqual([{ attrs: { ...made.attrs, containerId: ID } }]);
    expect(runnings).toEqual([
      { attrs: { ...runs.attrs, topology: 'shop', containerId: ID }, within: [{ ref: made.key }], makes: 'web' },
    ]);
    expect(runs.within).toEqual([{ ref: made.key }]);
    const [, joined] = resourcesOf({ network: 'front' });
    const [found] = read([row({}, { network: 'front' })]).runnings;
    expect([runs, runnings[0], joined, found].map((it) => it?.furnished)).toEqual([undefined, undefined, true, true]);
    expect(container.owner?.(observed(made, containers[0]), [], 'shop')).toBe('shop');
    expect(running.owner?.(observed(runs, runnings[0]), [], 'shop')).toBe('shop');
  });

  test.each<[string, readonly NodeTarget[], string | undefined]>([
    ['of the node that is sought by its name', [target('db', 'shop-web')], 'db'],
    ['of the node that is sought by its id', [target('db', ID.slice(0, 12))], 'db'],
    ['not of one that is sought by a name like its id', [target('db', ID.slice(0, 4))], 'web'],
    ["not of one in another engine's", [target('db', 'shop-web', 'Pier')], 'web'],
    ['of nobody where its own node is elsewhere by now', [target('web', 'other')], undefined],
    ['of the node it was made for', [], 'web'],
  ])('is the namespace %s', (_, nodes, makes) => expect(read([row()], nodes).runnings[0]?.makes).toBe(makes));

  const SIDE = 'f'.repeat(64);

  test.each([
    ['its id, as its list has it', { HostConfig: { NetworkMode: `container:${ID}` } }, {}, true],
    ['the id of another', { HostConfig: { NetworkMode: `container:${'e'.repeat(64)}` } }, {}, false],
    ['its name, where the list says nothing of networks', {}, { network: 'container:shop-web' }, true],
    ['the name of another', {}, { network: 'container:shop-db' }, false],
  ])('one is in the namespace of another by %s', (_, listed, creation, isHeld) => {
    const labels = createBody({ ...attrsOf(), ...creation, topology: 'shop' })['Labels'];
    const side = row({ Id: SIDE, Names: ['/shop-side'], Labels: labels, ...listed });
    const found = read([row(), side]).containers.find(({ attrs }) => attrs['name'] === 'shop-side');
    expect(found?.within).toEqual(isHeld ? [{ ref: 'running:local//shop-web' }] : undefined);
  });

  describe('one that is in the namespace of another is made anew where that namespace has gone', () => {
    const network = 'container:shop-web';
    const labels = createBody({ ...attrsOf(), node: 'side', network, topology: 'shop' })['Labels'];
    const side = (of: string, State = 'running') =>
      row({ Id: SIDE, Names: ['/shop-side'], State, Labels: labels, HostConfig: { NetworkMode: `container:${of}` } });
    const [web, own] = [target('web', 'shop-web'), target('side', 'shop-side')];
    const older = 'e'.repeat(64);

    const inWeb = device(web.on, 'eth0', { kind: 'veth' });
    const inSide = device(own.on, 'eth0', { kind: 'veth' });
    const runs = keyOf('running', { host: 'local' }, 'shop-side');
    const keyed = (type: string, it: Found): RawObserved => {
      const name = String(it.attrs['name']);
      return { ...resource(type, { host: 'local' }, name, it.attrs), ...it };
    };

    test.each<[string, readonly unknown[], Nodes, Nodes, readonly Key[] | undefined]>([
      ['both are in one', [row(), side(ID)], [web, { ...own, same: 'web' }], [], undefined],
      [
        'both are in that of a third',
        [row(), side(ID)],
        [
          { ...web, same: 'x' },
          { ...own, same: 'x' },
        ],
        [],
        undefined,
      ],
      ['the other was started again', [row(), side(ID)], [web, own], [], [inSide.key]],
      ['the other was made by others, and started again', [side(ID)], [web, own], [], [inSide.key]],
      ['the other was made anew', [row(), side(older)], [web, own], [], [runs, inSide.key]],
      ['the other was made anew, and this one does not run', [row(), side(older, 'exited')], [web], [own], []],
      ['others made it anew', [side(older)], [{ ...web, container: ID }, own], [], [runs, inSide.key]],
      ['the other runs, and this one does not', [row(), side(ID, 'exited')], [web], [own], undefined],
      [
        'the other was stopped',
        [row({ State: 'exited' }), side(ID)],
        [own],
        [{ ...web, stopped: true }],
        [runs, inSide.key],
      ],
      ['neither runs', [side(ID, 'exited')], [], [{ ...web, stopped: true }, own], undefined],
      ['the other was removed', [side(ID)], [own], [web], [runs, inSide.key]],
      ['the other was removed, and this one does not run', [side(ID, 'exited')], [], [web, own], []],
      ['the other was not looked for', [side(ID)], [own], [], undefined],
    ])('%s', (_, rows, nodes, absent, strays) => {
      const { containers, runnings } = read(rows, nodes, absent);
      const all = [
        ...containers.map((it) => keyed('container', it)),
        ...runnings.map((it) => keyed('running', it)),
        inWeb,
        inSide,
      ];
      const related = [...(container.relate?.(all, []).values() ?? [])];
      const made = keyOf('container', { host: 'local' }, 'shop-side');
      expect(related.map(({ key, lacks, stray }) => [key, lacks ?? stray])).toEqual(
        strays ? [[made, 'the namespace that it was made for'], ...strays.map((it) => [it, true])] : [],
      );
      // What an undoing compares is the same wherever it is.
      expect(all.find(({ key }) => key === made)?.attrs['network']).toBe(network);
    });
  });

  test('one that is told of in another order is the same', () => {
    const lists = {
      ports: ['8080:80', '8081:81'],
      mounts: ['/a:/a', '/b:/b'],
      'group-add': [1, 2],
      devices: ['/dev/a'],
    };
    const hosts = { 'extra-hosts': { x: '10.0.0.1', y: '10.0.0.2' }, expose: [80, 81] };
    const [{ attrs: found } = { attrs: {} }] = read([row({}, { ...lists, ...hosts, 'stop-signal': 'INT' })]).containers;
    const turned = Object.fromEntries(Object.entries(lists).map(([name, all]) => [name, all.toReversed()]));
    const [wanted] = resourcesOf({
      ...turned,
      'extra-hosts': { y: '10.0.0.2', x: '10.0.0.1' },
      expose: [81, 80],
      'stop-signal': 'SIGINT',
    });
    const isSame = ([field, value]: readonly [string, unknown]) =>
      JSON.stringify(value) === JSON.stringify(found[field]) || container.equal?.(field, value, found[field]);
    expect(Object.entries(wanted.attrs).filter((it) => !isSame(it))).toEqual([]);
  });

  test('what is put aside is not there any more', () =>
    expect(read([row({ Names: ['/shop-web.0123456789ab.pipewright-removed'] })])).toEqual({
      containers: [],
      runnings: [],
    }));

  test("others' links to it are not its name", () =>
    expect(read([row({ Names: ['/proxy/web', '/shop-web'] })]).containers[0]?.attrs['name']).toBe('shop-web'));

  test.each([
    ['none', undefined],
    ['no JSON', '{'],
    ['JSON of another form', '{"image":"nginx","stop-timeout":"soon"}'],
    ['nothing', 'null'],
  ])('a config that is %s differs from all that is wanted', (_, config) => {
    const [found] = read([row({ Labels: { ...labelsOf({}), 'pipewright.config': config } })]).containers;
    expect(found?.attrs).toMatchObject({ name: 'shop-web', containerId: ID, image: null, 'stop-timeout': null });
  });

  test('a config cannot say who it is', () => {
    const forged = JSON.stringify({ image: 'nginx', name: 'other', containerId: 'x', topology: 'lab' });
    const [found] = read([row({ Labels: { ...labelsOf({}), 'pipewright.config': forged } })]).containers;
    expect(found?.attrs).toMatchObject({ name: 'shop-web', containerId: ID, topology: 'shop', image: 'nginx' });
  });

  test.each<[string, Given, object, string | null | undefined]>([
    ['is on the network that it was made on', { network: 'front' }, { front: {} }, 'front'],
    [
      'is on it where the file gives its id',
      { network: ID.slice(0, 12) },
      { front: { NetworkID: ID } },
      ID.slice(0, 12),
    ],
    ['is on another one besides', { network: 'front' }, { back: {}, front: {} }, 'front'],
    ['was taken off it', { network: 'front' }, {}, null],
    ['is on another one in its stead', { network: 'front' }, { back: {} }, null],
    ['can be on none', { network: 'front' }, { none: {} }, 'front'],
    ["was taken off the engine's default", { network: 'default' }, {}, null],
    ["is on the engine's default", { network: 'default' }, { harbour0: {} }, 'harbour0'],
    ['is on what a word of the engine stands for, whatever that is', { network: 'private' }, {}, undefined],
    ['was made on none', {}, { none: {} }, undefined],
  ])('one that %s', (_, given, Networks, connected) =>
    expect(read([row({ NetworkSettings: { Networks } }, given)]).containers[0]?.attrs['connected']).toBe(connected),
  );

  test('answers of another form are none', () =>
    expect(read({ message: 'oh' })).toEqual({ containers: [], runnings: [] }));
});

describe('what was made is read back', () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_.-]{0,9}$/);
  const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
  const duration = fc.oneof(
    fc.integer({ min: 1, max: 9999 }),
    fc.integer({ min: 1, max: 99 }).map((it) => `${it}m3s`),
  );
  const limits = fc.integer({ min: -1, max: 99 });
  const given = fc.record(
    {
      command: fc.array(fc.string(), { minLength: 1 }),
      entrypoint: fc.constantFrom('', 'tini --', `sh -c 'a "b"'`),
      env: fc.dictionary(name, scalar),
      labels: fc.dictionary(name, scalar),
      mounts: fc.array(fc.constantFrom('/srv:/srv', '/a:/b:ro', 'data:/data')),
      tmpfs: fc.array(fc.constantFrom('/run', '/tmp:size=1m'), { minLength: 1 }),
      ports: fc.array(fc.constantFrom(80, '8080:80', '[::1]:53:53/udp', '1-9:1-9', '1-9:7')),
      expose: fc.array(fc.constantFrom(6379, '53/udp', '7-9/sctp')),
      restart: fc.constantFrom('no', 'always', 'on-failure:3'),
      'cap-add': fc.array(fc.constantFrom('NET_ADMIN', 'cap_net_raw', 'ALL')),
      privileged: fc.boolean(),
      devices: fc.array(fc.constantFrom('/dev/net/tun', '/dev/a:/dev/b:r')),
      ulimits: fc.record({ nofile: limits, core: limits }, { requiredKeys: [] }),
      memory: fc.constantFrom('256m', 2 ** 30),
      cpus: fc.constantFrom(0.5, 2),
      cpuset: fc.constantFrom('0', '0-3,6'),
      'pids-limit': fc.integer({ min: 1, max: 99 }),
      'shm-size': fc.constantFrom('1g'),
      user: fc.constantFrom(0, 'www:www'),
      hostname: fc.constantFrom('web'),
      network: fc.constantFrom('none', 'default', 'front'),
      health: fc.record(
        { test: fc.string({ minLength: 1 }), interval: duration, timeout: duration, retries: fc.integer({ min: 1 }) },
        { requiredKeys: ['test'] },
      ),
      init: fc.boolean(),
      'stop-timeout': fc.nat({ max: 99 }),
    },
    { requiredKeys: [] },
  );

  test('whatever it is made of, through the labels of the list', () =>
    fc.assert(
      fc.property(given, (it) => {
        const listed = JSON.parse(JSON.stringify([row({}, it)])) as unknown;
        const [made] = resourcesOf(it);
        expect(read(listed).containers).toEqual([{ attrs: { ...made.attrs, containerId: ID } }]);
      }),
    ));
});

describe('how it is changed', () => {
  const [made, runs] = resourcesOf({ 'stop-timeout': 3 });
  const { containers, runnings } = read([row({}, { 'stop-timeout': 3 })]);
  const wasMade = observed(made, containers[0]);
  const ran = observed(runs, runnings[0]);

  const write = (it: Resource, change: Pick<Change, 'before' | 'after' | 'replaced'>) => {
    const action = change.after ? 'create' : 'delete';
    const { type, key, id, on } = it;
    return (type === 'container' ? container : running)
      .write({ action, type, key, id, on, fields: [], ...change }, { role: 'alone' })
      .map((op) => (op.op === 'engine' ? op : undefined));
  };

  const requests = (ops: ReturnType<typeof write>) => ops.map((it) => `${it?.method ?? ''} ${it?.path ?? ''}`);

  const ASIDE = 'shop-web.0123456789ab.pipewright-removed';

  test.each<[string, Resource, Pick<Change, 'before' | 'after' | 'replaced'>, readonly string[]]>([
    ['a new one is created', made, { after: made }, ['POST /containers/create?name=shop-web']],
    ['its undoing: it goes for good', made, { before: made }, ['DELETE /containers/shop-web?force=1&v=1']],
    [
      'one that is there is stopped and put aside',
      made,
      { before: wasMade },
      [`POST /containers/${ID}/stop?t=3`, `POST /containers/${ID}/rename?name=${ASIDE}`],
    ],
    ['its undoing: it has its name again', made, { after: wasMade }, [`POST /containers/${ID}/rename?name=shop-web`]],
    ['a new one starts', runs, { after: runs }, ['POST /containers/shop-web/start']],
    ['its undoing: it stops at once', runs, { before: runs }, ['POST /containers/shop-web/stop?t=0']],
    ['one that is there stops in its time', runs, { before: ran }, [`POST /containers/${ID}/stop?t=3`]],
    ['its undoing: it starts again', runs, { after: ran }, ['POST /containers/shop-web/start']],
  ])('%s', (_, it, change, expected) => expect(requests(write(it, change))).toEqual(expected));

  test('what is done to it, undoing too, may be done while the like is done to others, and never before its own turn', () => {
    const aside = write(made, { before: wasMade });
    const again = [...write(made, { after: wasMade }), ...write(runs, { after: ran })];
    const instead = [...write(made, { after: made }), ...write(runs, { after: runs })];
    const all = [...aside, ...again, ...instead];
    expect(all.map((it) => it?.about)).toEqual(all.map(() => 'shop-web'));
  });

  test('one that is paused goes on first: it hears no signal', () => {
    const paused = observed(runs, read([row({ State: 'paused' }, { 'stop-timeout': 3 })]).runnings[0]);
    expect(requests(write(runs, { before: paused }))).toEqual([
      `POST /containers/${ID}/unpause`,
      `POST /containers/${ID}/stop?t=3`,
    ]);
  });

  test('it is created with its mark', () =>
    expect(write(made, { after: made })[0]?.body).toMatchObject({
      Image: 'nginx',
      Labels: { 'pipewright.topology': 'shop', 'pipewright.node': 'web' },
    }));

  test('what was done already is fine', () => {
    expect(write(made, { before: made })[0]?.fine).toEqual([404]);
    expect(write(made, { before: wasMade }).map((it) => it?.fine)).toEqual([[304, 404], [404]]);
    // It is known by its name alone, which the one that it replaced may have again.
    expect(write(made, { before: made, replaced: wasMade })[0]?.given).toBe(
      `/containers/shop-web.${ID.slice(0, 12)}.pipewright-removed/json`,
    );
    expect(write(made, { before: made })[0]?.given).toBeUndefined();
    // It has its name again where this is undone for the second time, and no engine gives it that then.
    expect(write(made, { after: wasMade })[0]?.given).toBe(
      `/containers/shop-web.${ID.slice(0, 12)}.pipewright-removed/json`,
    );
    expect(write(runs, { after: runs })[0]?.fine).toEqual([304]);
  });

  test('stopping has the time it takes', () => {
    const [stop] = write(runs, { before: ran });
    expect(stop?.timeoutMs).toBeGreaterThan(3000);
    const slow = { ...ran, attrs: { ...ran.attrs, 'stop-timeout': 600 } };
    expect(write(runs, { before: slow })[0]?.timeoutMs).toBeGreaterThan(600_000);
  });

  test('its start opens the namespace of its node', () =>
    expect(write(runs, { after: runs })[0]?.opens).toEqual(target('web', 'shop-web')));

  test('after the commit what was put aside goes, its anonymous volumes too', () =>
    expect(requests((container.finish?.(wasMade) ?? []).map((op) => (op.op === 'engine' ? op : undefined)))).toEqual([
      `DELETE /containers/${ID}?force=1&v=1`,
    ]));

  test.each([
    ['front', ['/networks/front']],
    ['default', []],
    ['none', []],
    ['private', []],
    ['container:shop-db', []],
  ])("before it is made on %s, the engine's networks %j are looked for", (network, paths) => {
    const [wanted] = containerResources('local', { ...attrsOf(), network }, words);
    const asked = (container.prepare?.(wanted) ?? []).flatMap((op) => (op.op === 'engine' ? op.path : []));
    expect(asked.filter((it) => it.startsWith('/networks'))).toEqual(paths);
  });

  test('its image is had as is asked for, of which the container that is there tells nothing', () => {
    const asks = (pull?: 'always' | 'never') => {
      const [wanted] = containerResources('local', { ...attrsOf(), ...(pull ? { pull } : {}) }, words);
      expect(createBody(wanted.attrs)).toEqual(createBody(attrsOf()));
      return (container.prepare?.(wanted) ?? []).map((op) =>
        op.op === 'engine' ? [`${op.method} ${op.path}`, op.unless] : [],
      );
    };
    const [pull, known] = ['POST /images/create?fromImage=nginx%3Alatest', '/images/nginx/json'];
    expect(asks()).toEqual([[pull, known]]);
    expect(asks('always')).toEqual([[pull, undefined]]);
    expect(asks('never')).toEqual([[`GET ${known}`, undefined]]);
    expect(container.equal?.('pull', 'always', undefined)).toBe(true);
    expect(container.equal?.('image', 'nginx', undefined)).toBe(false);
  });

  test('a change of anything but what features give means another', () => {
    const keys = Object.keys(container.attrs.shape);
    expect(keys.filter((it) => container.classes?.[it] !== 'fixed')).toEqual(['feature-env', 'connected']);
    expect(container.classes?.['feature-env']).toBe('initial');
  });

  test('one that was taken off its network comes onto it again, and is started anew', () => {
    const [wanted] = resourcesOf({ network: 'front' });
    const [found] = read([row({ NetworkSettings: { Networks: {} } }, { network: 'front' })]).containers;
    const was = observed(wanted, found);
    expect(requests(write(wanted, { before: was, after: wanted }))).toEqual(['POST /networks/front/connect']);
    expect(requests(write(wanted, { before: wanted, after: was }))).toEqual(['POST /networks/front/disconnect']);
    const { type, key, id, on } = wanted;
    const change = { action: 'update', type, key, id, on, before: was, after: wanted, fields: ['connected'] } as const;
    expect(running.lostBy?.(ran, change)).toBe(true);
  });
});
