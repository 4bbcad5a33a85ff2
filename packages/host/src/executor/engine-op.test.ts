import type { Clock, EngineAnswer, EngineOp, EngineRequest, Engines, EngineSpec, Op } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { abreast, cutWhereOpened, runEngineOp } from './engine-op.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
const op = (more: Partial<EngineOp> = {}): EngineOp => ({
  op: 'engine',
  on: { host: 'local' },
  engine,
  method: 'POST',
  path: '/do',
  ...more,
});

/** Time passes only by sleeping. */
function clock(): Clock {
  let now = 0;
  return { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) };
}

/** What was asked, in short, and what comes of the op. */
async function run(it: EngineOp, answer: (request: EngineRequest, number: number) => EngineAnswer) {
  const asked: string[] = [];
  const engines: Engines = {
    isThere: () => true,
    request: (_, request) => Promise.resolve(answer(request, asked.push(`${request.method} ${request.path}`))),
    exec: () => Promise.resolve(0),
    logs: () => Promise.resolve(true),
    follow: async function* () {},
    close: () => Promise.resolve(),
  };
  const opened = (): never => expect.unreachable('it opens nothing');
  return { failure: await runEngineOp(it, { engines, clock: clock(), opened }), asked };
}

const status = (code: number, body: unknown = ''): EngineAnswer => ({ status: code, body });

describe('an op of an engine', () => {
  test('has failed by its status, in the words of the engine', async () => {
    expect(await run(op(), () => status(409, { message: 'Conflict.' }))).toMatchObject({ failure: 'Conflict.' });
    expect(await run(op({ fine: [409] }), () => status(409))).toMatchObject({ failure: undefined });
    expect(await run(op(), () => status(503))).toMatchObject({ failure: 'status 503' });
  });

  test('that takes long has failed by the end of what it tells', async () =>
    expect(await run(op(), () => status(200, [{ status: 'Pulling' }, { error: 'denied' }]))).toMatchObject({
      failure: 'denied',
    }));

  test('is spared where what it is for is there', async () => {
    const there = await run(op({ unless: '/there' }), () => status(200, {}));
    expect(there).toEqual({ failure: undefined, asked: ['GET /there'] });
    const missing = await run(op({ unless: '/there' }), ({ method }) =>
      method === 'GET' ? status(404, { message: 'No such image' }) : status(500, { message: 'no network' }),
    );
    expect(missing).toEqual({ failure: 'No such image; no network', asked: ['GET /there', 'POST /do'] });
  });

  test('is spared where what it is given is not there', async () => {
    const gone = await run(op({ given: '/aside' }), () => status(404));
    expect(gone).toEqual({ failure: undefined, asked: ['GET /aside'] });
    const there = await run(op({ given: '/aside' }), () => status(200, {}));
    expect(there).toEqual({ failure: undefined, asked: ['GET /aside', 'POST /do'] });
    expect(await run(op({ given: '/aside' }), () => status(503))).toMatchObject({ failure: 'status 503' });
  });

  test('that waits asks until it is so', async () => {
    const until = { at: ['State'], is: 'healthy', never: [], of: 'db', withinMs: 1000 };
    const { failure, asked } = await run(op({ method: 'GET', until }), (_, number) =>
      status(200, { State: number < 3 ? 'starting' : 'healthy' }),
    );
    expect([failure, asked.length]).toEqual([undefined, 3]);
  });
});

test('ops are cut where a place is opened: after all that open one in a row', () => {
  const opens = op({ opens: { name: 'a', on: { host: 'local', node: 'a' }, locator: { by: 'host' } } });
  const other: Op = { op: 'exec', on: { host: 'local' }, argv: ['true'] };
  expect(cutWhereOpened([other, opens, opens, other, other])).toEqual([
    [other, opens, opens],
    [other, other],
  ]);
  expect(cutWhereOpened([op(), opens, op(), opens, other])).toEqual([[op(), opens, op(), opens], [other]]);
  expect(cutWhereOpened([])).toEqual([[]]);
});

test('what stands next to each other and is about several things may run at the same time, by thing', () => {
  const about = (thing: string, path: string) => op({ about: thing, path });
  const [one, two, other] = [about('1', '/a'), about('2', '/a'), about('1', '/b')];
  expect(abreast([op({}), one, two, other, op({}), one], 1)).toEqual([[one, other], [two]]);
  expect(abreast([op({}), one], 0)).toEqual([]);
});
