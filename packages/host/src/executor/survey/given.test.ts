import { type Engines, type EngineSpec, PipewrightError, type ReadQuery, type ResourceType } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { readGiven } from './given.js';

const common = { variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
const docker: EngineSpec = { ...common, title: 'Docker', bridges: '^docker0$' };
const other: EngineSpec = { ...common, title: 'Other' };

const query = (of: EngineSpec): ReadQuery => ({ argv: [of.title], engine: { of, path: '/x' }, once: true });
const types = [{ queries: [query(docker), query(docker)] }, { queries: [query(other)] }] as unknown as ResourceType[];

const bridge = (name: string, more: object = { adopt: true }) => ({
  ...{ type: 'device', key: name, id: name, on: { host: 'local' }, attrs: { name, kind: 'bridge' } },
  ...more,
});

const LISTED = [
  { NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' }, gone: null } } },
  { NetworkSettings: { Networks: { six: { IPAddress: '10.5.0.2', GlobalIPv6Address: 'fd00::5' } } } },
  { NetworkSettings: { Networks: null } },
  {},
];

async function given(wanted: ReturnType<typeof bridge>[], answer: () => unknown = () => LISTED, isThere = true) {
  const asked: string[] = [];
  const engines = {
    isThere: () => isThere,
    request: async ({ title }: EngineSpec, { path }: { path: string }) => {
      asked.push(`${title} ${path}`);
      return Promise.resolve({ status: 200, body: answer() });
    },
  } as unknown as Engines;
  return [await readGiven({ wanted }, types, engines), asked];
}

test('what the engine of an adopted bridge has given is asked for once', async () =>
  expect(await given([bridge('br0'), bridge('docker0')])).toEqual([
    ['172.17.0.2', '10.5.0.2', 'fd00::5'],
    ['Docker /containers/json'],
  ]));

test.each([
  ['where no bridge is adopted', [bridge('docker0', {})], true],
  ['where that is no engine’s', [bridge('docker00')], true],
  ['where there is no engine', [bridge('docker0')], false],
])('nobody is asked %s', async (_, wanted, isThere) =>
  expect(await given(wanted, undefined, isThere)).toEqual([[], []]),
);

test('an engine that does not answer has given nothing that anybody knows of', async () => {
  const silent = () => {
    throw new PipewrightError({ code: 'PW_X', message: 'It does not answer.', fix: '', exit: 4 });
  };
  expect(await given([bridge('docker0')], silent)).toEqual([[], ['Docker /containers/json']]);
});
