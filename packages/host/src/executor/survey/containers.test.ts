import { spawn, spawnSync } from 'node:child_process';
import { closeSync, readlinkSync } from 'node:fs';
import { type EngineAnswer, type Engines, type EngineSpec, fail, type NodeTarget } from '@pipewright/plugin';
import { afterAll, describe, expect, test } from 'vitest';
import { errors } from '../../errors.js';
import { locateContainer } from './containers.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
const locator = { by: 'container', engine, name: 'web' } as const;
const target: NodeTarget = { name: 'web', on: { host: 'local', node: 'web' }, locator };

/** Says these, one after the other, the last for ever. */
function saying(...answers: readonly (EngineAnswer | (() => never))[]): Engines {
  let next = 0;
  return {
    isThere: () => true,
    request: async () => {
      const answer = answers[Math.min(next++, answers.length - 1)];
      return typeof answer === 'function' ? answer() : (answer ?? { status: 500, body: '' });
    },
    exec: () => Promise.resolve(0),
    logs: () => Promise.resolve(true),
    follow: async function* () {},
    close: () => Promise.resolve(),
  };
}

const inspected = (state: object, more: object = {}): EngineAnswer => ({
  status: 200,
  body: { Id: 'f'.repeat(64), Name: '/web', State: { Status: 'running', Running: true, Pid: 0, ...state }, ...more },
});

const child = spawn('sleep', ['60']);
afterAll(() => child.kill());

const stateOf = async (engines: Engines) => (await locateContainer(target, locator, engines)).node;

describe('a container is not entered', () => {
  test.each<[string, Engines, string, string]>([
    [
      'that its engine does not have',
      saying({ status: 404, body: { message: 'No such container: web' } }),
      'absent',
      'PW_NO_SUCH_CONTAINER',
    ],
    [
      'of which the engine has several',
      saying({ status: 400, body: { message: 'multiple IDs found' } }),
      'refused',
      'PW_SEVERAL_CONTAINERS',
    ],
    [
      'whose engine is in trouble',
      saying({ status: 500, body: { message: 'disk full' } }),
      'refused',
      'PW_ENGINE_FAILED',
    ],
    ['that has ended', saying(inspected({ Running: false, Status: 'exited' })), 'absent', 'PW_CONTAINER_STOPPED'],
    ['that is dead', saying(inspected({ Running: false, Status: 'dead' })), 'absent', 'PW_CONTAINER_STOPPED'],
    ['whose engine does not answer', saying(() => fail(errors.noTool('x', 'y'))), 'absent', 'PW_NO_TOOL'],
  ])('%s', async (_, engines, state, code) => expect(await stateOf(engines)).toMatchObject({ state, fault: { code } }));

  test('that ends after it was looked at', async () => {
    const { pid } = spawnSync('true');
    expect(await stateOf(saying(inspected({ Pid: pid })))).toMatchObject({
      state: 'absent',
      fault: { code: 'PW_CONTAINER_MOVED' },
    });
  });

  test("on the host's network", async () =>
    expect(await stateOf(saying(inspected({ Pid: child.pid })))).toMatchObject({
      state: 'refused',
      fault: { code: 'PW_HOST_NAMESPACE' },
    }));
});

/** A process in a network namespace of its own. */
async function apart(): Promise<{ readonly pid: number; readonly end: () => void }> {
  const it = spawn('unshare', ['--net', 'sleep', '60']);
  const pid = it.pid ?? 0;
  for (let tries = 0; tries < 500 && readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net'); tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { pid, end: () => it.kill() };
}

describe.skipIf(process.getuid?.() !== 0)('a process that is no control group of the container (needs root)', () => {
  test('is that of the container while its engine says so twice', async () => {
    const { pid, end } = await apart();
    const located = await locateContainer(target, locator, saying(inspected({ Pid: pid })));
    end();
    expect(located.node).toMatchObject({ state: 'present' });
    closeSync(located.held ?? -1);
  });

  test('is entered where it is paused, and says that it is', async () => {
    const { pid, end } = await apart();
    const state = { Pid: pid, Paused: true, Status: 'paused' };
    const located = await locateContainer(target, locator, saying(inspected(state)));
    end();
    expect(located.node).toMatchObject({ state: 'present', fault: { code: 'PW_CONTAINER_PAUSED' } });
    closeSync(located.held ?? -1);
  });

  test('is not where the second answer is another: it was restarted in between', async () => {
    const { pid, end } = await apart();
    const node = await stateOf(saying(inspected({ Pid: pid }), inspected({ Pid: pid + 1 })));
    end();
    expect(node).toMatchObject({ state: 'absent', fault: { code: 'PW_CONTAINER_MOVED' } });
  });
});
