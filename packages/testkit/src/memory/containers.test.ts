import type { Kinds } from '@pipewright/host';
import {
  type EngineOp,
  netlink,
  type NodeTarget,
  type Op,
  type Placement,
  resource,
  resourceType,
  type Survey,
  type SurveyRequest,
  z,
} from '@pipewright/plugin';
import { beforeEach, describe, expect, test } from 'vitest';
import { Hazards, type Mishap } from '../faults/hazards.js';
import { TEST_ENGINE, TEST_IMAGE } from '../suites/engines.js';
import { CASE_KINDS, macOf } from '../suites/executor-cases.js';
import { surveyLines } from '../suites/survey-lines.js';
import { MemoryEngines } from './engines.js';
import { MemoryExecutor } from './executor.js';
import { MemoryKernel } from './kernel/memory-kernel.js';

const host: Placement = { host: 'local' };
const web: Placement = { host: 'local', node: 'web' };

/** Containers by the label of their topology, as a plugin would have them. */
const container = resourceType({
  type: 'container',
  attrs: z.object({ name: z.string(), state: z.string() }),
  name: ({ name }) => String(name),
  queries: [{ argv: ['docker', 'ps'], engine: { of: TEST_ENGINE, path: '/containers/json?all=1' } }],
  parse: ([rows]) =>
    (rows as readonly { readonly Names: readonly [string]; readonly State: string }[]).map(({ Names, State }) => ({
      attrs: { name: Names[0].slice(1), state: State },
    })),
  write: () => [],
});

const KINDS: Kinds = { ...CASE_KINDS, types: { all: () => [...CASE_KINDS.types.all(), container] } };

const target = (name = 'web'): NodeTarget => ({
  name: 'web',
  on: web,
  locator: { by: 'container', engine: TEST_ENGINE, name },
});

const request = (more: Partial<SurveyRequest> = {}): SurveyRequest => ({
  topology: 't',
  nodes: [target()],
  wanted: [],
  applied: [],
  ...more,
});

const ask = (method: EngineOp['method'], path: string, more: Partial<EngineOp> = {}): EngineOp => ({
  op: 'engine',
  on: host,
  engine: TEST_ENGINE,
  method,
  path,
  ...more,
});

const create = (name = 'web', body: object = {}): EngineOp =>
  ask('POST', `/containers/create?name=${name}`, { body: { Image: TEST_IMAGE, ...body } });

const start = (more: Partial<EngineOp> = {}): EngineOp => ask('POST', '/containers/web/start', more);

let kernel: MemoryKernel;
let engines: MemoryEngines;
let executor: MemoryExecutor;

beforeEach(() => {
  kernel = new MemoryKernel();
  engines = new MemoryEngines(kernel, { '/run/docker.sock': { images: { [TEST_IMAGE]: {}, 'true:1': { exits: 0 } } } });
  executor = new MemoryExecutor(kernel, KINDS, { engines });
});

/** What is refused, in words. */
const run = async (...ops: readonly Op[]): Promise<readonly string[]> =>
  (await executor.run([{ on: host, ops }], { undo: false })).map(({ message }) => message);

const nodeOf = async (more?: Partial<SurveyRequest>) => (await executor.survey(request(more))).nodes[0]!;

describe('a container as a node', () => {
  test('is present while it runs, with all that is in its namespace', async () => {
    await run(create(), start());
    const survey = await executor.survey(request({ processes: true }));
    expect(survey.nodes).toMatchObject([{ name: 'web', state: 'present', processes: [expect.any(Number)] }]);
    expect(survey.actual.filter(({ on }) => on.node === 'web')).toContainEqual(
      expect.objectContaining({ type: 'device', id: 'web/lo' }),
    );
  });

  test('is told of without what is in it where only that is asked', async () => {
    await run(create(), start());
    const { nodes, actual } = await executor.survey(request({ nodesOnly: true }));
    expect([nodes, actual]).toMatchObject([[{ name: 'web', state: 'present' }], []]);
  });

  test('is named with others where it is asked what a word could have meant', async () => {
    const labels = { 'com.docker.compose.service': 'db' };
    await run(create('shop-db-1', { Labels: labels }), ask('POST', '/containers/shop-db-1/start'));
    await run(create('ended'));
    const { around, nodes } = await executor.survey(request({ nodesOnly: true, around: true }));
    expect(nodes).toMatchObject([{ name: 'web', state: 'absent' }]);
    expect(around).toEqual([{ name: 'shop-db-1', engine: TEST_ENGINE.title, service: 'db' }]);
  });

  test('is found by its id, too', async () => {
    await run(create(), start());
    const { body } = engines.answer(TEST_ENGINE, { method: 'GET', path: '/containers/web/json' });
    const { Id } = body as { readonly Id: string };
    expect(await nodeOf({ nodes: [target(Id.slice(0, 12))] })).toMatchObject({ state: 'present' });
  });

  test.each([
    ['there is none', [], 'absent', 'PW_NO_SUCH_CONTAINER'],
    ['it was never started', [create()], 'absent', 'PW_CONTAINER_STOPPED'],
    ['it has ended', [create('web', { Image: 'true:1' }), start()], 'absent', 'PW_CONTAINER_STOPPED'],
    ['it is paused', [create(), start(), ask('POST', '/containers/web/pause')], 'refused', 'PW_CONTAINER_PAUSED'],
    [
      "it is in the host's own network",
      [create('web', { HostConfig: { NetworkMode: 'host' } }), start()],
      'refused',
      'PW_HOST_NAMESPACE',
    ],
  ])('is not to be entered where %s', async (_, ops, state, code) => {
    expect(await run(...ops)).toEqual([]);
    expect(await nodeOf()).toMatchObject({ state, fault: { code } });
  });

  test('is refused where its name means several', async () => {
    for (let number = 0; number < 17; number += 1) await run(create(`web${number}`));
    const { body } = engines.answer(TEST_ENGINE, { method: 'GET', path: '/containers/json?all=1' });
    const letters = (body as readonly { readonly Id: string }[]).map(({ Id }) => Id.slice(0, 1));
    const twice = letters.find((it, index) => letters.indexOf(it) !== index)!;
    expect(await nodeOf({ nodes: [target(twice)] })).toMatchObject({
      state: 'refused',
      fault: { code: 'PW_SEVERAL_CONTAINERS' },
    });
  });

  test('is absent where there is no engine', async () => {
    executor = new MemoryExecutor(kernel, KINDS);
    expect(await nodeOf()).toMatchObject({ state: 'absent', fault: { code: 'PW_NO_SUCH_CONTAINER' } });
  });
});

describe('asking an engine to do something', () => {
  const eth0 = netlink(web, 'link', 'add', {
    name: 'eth0',
    kind: 'veth',
    mac: macOf(1),
    peer: { on: host, attrs: { name: 'h0', kind: 'veth', mac: macOf(2) } },
  });

  test('fails in its own words', async () => {
    expect(await run(create('web', { Image: 'none:1' }))).toEqual(['No such image: none:1']);
    expect(await run(ask('DELETE', '/containers/web'))).toEqual(['No such container: web']);
  });

  test('is done where its status is said to be fine', async () => {
    expect(await run(create(), start(), start())).toEqual(['status 304']);
    expect(await run(start({ fine: [304] }), ask('DELETE', '/containers/none', { fine: [404] }))).toEqual([]);
  });

  test('a node that it opens is known at once', async () => {
    await executor.survey(request());
    expect(await run(create(), start())).toEqual([]);
    await expect(run(eth0)).rejects.toMatchObject({ code: 'PW_UNKNOWN_PLACE' });
    expect(await run(start({ fine: [304], opens: target() }), eth0)).toEqual([]);
    expect(surveyLines(await executor.survey(request()))).toContain(
      'device web/eth0 kind veth mac 02:00:00:00:00:01 peer host/h0',
    );
  });

  test('a node that is opened anew is another', async () => {
    await run(create(), start({ opens: target() }), eth0);
    const before = executor.way(web);
    await run(ask('POST', '/containers/web/restart', { opens: target() }));
    expect(executor.way(web)).not.toBe(before);
    expect(await run(eth0)).toEqual([]);
  });

  test('fails where it opens nothing', async () => {
    const words = await run(create('web', { Image: 'true:1' }), start({ opens: target() }));
    expect(words).toEqual([expect.stringMatching(/"web".*does not run/)]);
  });

  test.each([
    ['refuse', ['web']],
    ['lie', []],
    ['break', ['web']],
    ['break after', []],
  ] as const)('may meet with what other ops meet with: %s', async (mishap: Mishap, left) => {
    await run(create());
    const hazards = new Hazards(
      () => mishap,
      () => undefined,
    );
    hazards.armed = true;
    executor = new MemoryExecutor(kernel, KINDS, { engines, wire: hazards.wire });
    const removed = run(ask('DELETE', '/containers/web'));
    if (mishap.startsWith('break')) await expect(removed).rejects.toThrow('broke');
    else expect(await removed).toEqual(['Input/output error']);
    expect(Object.keys(engines.picture()['/run/docker.sock']!)).toEqual(left);
  });
});

describe('the way to a namespace', () => {
  test('is the file of a process, of a name, or none for the host', async () => {
    kernel.namespace({ op: 'namespace', on: host, verb: 'add', name: 't-a' });
    await run(create(), start());
    const { State } = engines.answer(TEST_ENGINE, { method: 'GET', path: '/containers/web/json' }).body as {
      readonly State: { readonly Pid: number };
    };
    const named: NodeTarget = { name: 'a', on: { ...host, node: 'a' }, locator: { by: 'name', name: 't-a' } };
    await executor.survey(request({ nodes: [target(), named] }));
    expect([web, named.on, host].map((on) => executor.way(on))).toEqual([
      `/proc/${State.Pid}/ns/net`,
      '/run/netns/t-a',
      undefined,
    ]);
    expect(() => executor.way({ ...host, node: 'none' })).toThrow(/local\/none/);
  });
});

describe('what an engine is asked for in a survey', () => {
  const containersIn = ({ actual }: Survey): readonly string[] =>
    actual.flatMap(({ type, on, attrs }) =>
      type === 'container' ? [`${on.node ?? 'host'} ${String(attrs['name'])}`] : [],
    );

  const wanted = [resource('container', host, 'web', { name: 'web', state: 'running' })];

  test.each([
    ['a node is a container', {}, ['host web']],
    ['a container is wanted', { nodes: [], wanted }, ['host web']],
    ['a container was applied', { nodes: [], applied: wanted }, ['host web']],
    ['nobody remembers the topology', { nodes: [], search: 'must' as const }, ['host web']],
    ['nothing has to do with it', { nodes: [] }, []],
  ])('%s', async (_, more, found) => {
    await run(create());
    expect(containersIn(await executor.survey(request(more)))).toEqual(found);
  });

  test('is nothing where it is not there, unless it is needed', async () => {
    executor = new MemoryExecutor(kernel, KINDS);
    expect(containersIn(await executor.survey(request({ search: 'must' })))).toEqual([]);
    await expect(executor.survey(request({ wanted }))).rejects.toMatchObject({ code: 'PW_NO_ENGINE' });
  });
});
