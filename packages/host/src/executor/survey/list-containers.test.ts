import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineAnswer, Engines, EngineSpec, NodeTarget } from '@pipewright/plugin';
import { afterAll, expect, test } from 'vitest';
import { firstProcesses, inspectionOf, knownOf } from './list-containers.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

const nodes = (count: number): readonly NodeTarget[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `c${String(index)}`;
    return { name, on: { host: 'local', node: name }, locator: { by: 'container', engine, name } };
  });

/** Answers the list so, and notes what it is asked. */
function answering(list: () => EngineAnswer): { readonly engines: Engines; readonly asked: string[] } {
  const asked: string[] = [];
  const request: Engines['request'] = async (_, { path }) => {
    asked.push(path);
    return path.startsWith('/containers/json') ? list() : { status: 404, body: '' };
  };
  return {
    engines: {
      isThere: () => true,
      request,
      exec: () => Promise.resolve(0),
      logs: () => Promise.resolve(true),
      follow: async function* () {},
      close: () => Promise.resolve(),
    },
    asked,
  };
}

const stopped = (id: string, name: string) => ({ Id: id, Names: [`/other/${name}`, `/${name}`], State: 'exited' });

test('many are asked for by one question, by their names and ids alike', async () => {
  const { engines, asked } = answering(() => ({ status: 200, body: [stopped(A, 'c0')] }));
  const inspect = await inspectionOf(nodes(4), engines);
  const expected = { status: 200, body: { Id: A, Name: '/c0', State: { Status: 'exited', Running: false } } };
  expect(await inspect(engine, 'c0')).toEqual(expected);
  expect(await inspect(engine, A)).toEqual(expected);
  expect(asked).toEqual(['/containers/json?all=true']);
});

test('what the list lacks is asked for by itself', async () => {
  const { engines, asked } = answering(() => ({ status: 200, body: [stopped(A, 'c0')] }));
  expect(await (await inspectionOf(nodes(4), engines))(engine, 'c/3')).toMatchObject({ status: 404 });
  expect(asked.at(-1)).toBe('/containers/c%2F3/json');
});

test('few are asked for one by one', async () => {
  const { engines, asked } = answering(() => ({ status: 200, body: [] }));
  await (await inspectionOf(nodes(3), engines))(engine, 'c0');
  expect(asked).toEqual(['/containers/c0/json']);
});

test.each<[string, () => EngineAnswer]>([
  ['refuses', () => ({ status: 500, body: '' })],
  [
    'does not answer',
    () => {
      throw new Error('timeout');
    },
  ],
])('and so are all where the engine %s', async (_, list) => {
  const { engines, asked } = answering(list);
  await (await inspectionOf(nodes(4), engines))(engine, 'c0');
  expect(asked).toEqual(['/containers/json?all=true', '/containers/c0/json']);
});

test.each([
  ['running', 7, { Status: 'running', Running: true, Pid: 7 }],
  ['running', undefined, undefined],
  ['created', undefined, { Status: 'created', Running: false }],
  ['restarting', 7, undefined],
  ['paused', 7, undefined],
  ['dead', undefined, undefined],
])('of one that is %s, with the process %s, is known: %o', (State, pid, expected) => {
  const all = knownOf([{ Id: B, Names: ['/web'], State }], new Map(pid === undefined ? [] : [[B, pid]]));
  expect(all.get('web')?.State).toEqual(expected);
});

const proc = mkdtempSync(join(tmpdir(), 'proc-'));
afterAll(() => rmSync(proc, { recursive: true }));

test('the first process of a container has its id in its control group, and is number 1 there', () => {
  const process = (pid: number, cgroup: string, pids: string): void => {
    mkdirSync(join(proc, String(pid)));
    writeFileSync(join(proc, String(pid), 'cgroup'), `0::${cgroup}\n`);
    writeFileSync(join(proc, String(pid), 'status'), `Name:\tsleep\nNSpid:\t${pids}\nNSsid:\t1\n`);
  };
  process(10, `/docker/${A}`, '10\t1');
  process(11, `/docker/${A}`, '11\t7');
  process(12, `/system.slice/docker-${B}.scope`, '12\t1');
  process(13, '/init.scope', '13');
  mkdirSync(join(proc, 'self'));
  mkdirSync(join(proc, '14')); // ended while it was looked at
  expect(firstProcesses(proc)).toEqual(
    new Map([
      [A, 10],
      [B, 12],
    ]),
  );
});
