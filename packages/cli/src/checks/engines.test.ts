import { type EngineAnswer, type Engines, PipewrightError } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { checkEngines } from './engines.js';

const known = [
  {
    kind: 'box',
    spec: {
      title: 'Box',
      variables: [],
      sockets: ['/run/box.sock'],
      package: 'box.io',
      start: 'systemctl start box',
      api: { oldest: '1.24', newest: '1.43' },
    },
  },
];
const engines = (isThere: boolean, request: () => Promise<EngineAnswer>): Engines => ({
  isThere: () => isThere,
  request,
  exec: () => Promise.resolve(0),
  logs: () => Promise.resolve(true),
  follow: async function* () {},
  close: () => Promise.resolve(),
});
const version = async (): Promise<EngineAnswer> => ({ status: 200, body: { Version: '20.10.24', ApiVersion: '1.41' } });
const needed = new Set(['box']);

test('an engine says its version', async () =>
  expect(await checkEngines(known, engines(true, version), needed)).toEqual([
    { name: 'engine of nodes of kind box', ok: true, essential: true, detail: 'Box 20.10.24, API 1.41' },
  ]));

test('one that is not there is missing where a node needs it', async () => {
  expect(await checkEngines(known, engines(false, version), needed)).toMatchObject([
    {
      ok: false,
      essential: true,
      package: 'box.io',
      fix: 'install and start Box (`systemctl start box`), so that it listens on /run/box.sock',
    },
  ]);
  const [check] = await checkEngines(known, engines(false, version), new Set());
  expect(check).toEqual({
    name: 'engine of nodes of kind box',
    ok: false,
    essential: false,
    detail: 'no Box is there',
  });
});

test('one that does not answer, or not well', async () => {
  const refused = () =>
    Promise.reject(new PipewrightError({ code: 'X', message: 'Box: permission denied', fix: 'use sudo', exit: 4 }));
  expect(await checkEngines(known, engines(true, refused), needed)).toMatchObject([
    { ok: false, detail: 'Box: permission denied', fix: 'use sudo' },
  ]);
  const broken = async (): Promise<EngineAnswer> => ({ status: 500, body: { message: 'out of disk' } });
  expect(await checkEngines(known, engines(true, broken), needed)).toMatchObject([
    { ok: false, detail: 'Box says: out of disk' },
  ]);
});
