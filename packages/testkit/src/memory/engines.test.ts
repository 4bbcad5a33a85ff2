import { netlink, type Placement } from '@pipewright/plugin';
import { beforeEach, describe, expect, test } from 'vitest';
import { macOf } from '../suites/executor-cases.js';
import { enginesSuite, TEST_ENGINE, TEST_IMAGE } from '../suites/engines.js';
import type { ContainerProgram, MemoryImage } from './engine/container.js';
import { MemoryEngines } from './engines.js';
import { MemoryKernel } from './kernel/memory-kernel.js';

const SOCKET = '/run/docker.sock';
const env: ContainerProgram = (call) => ({ stdout: `${call.env.join('\n')}\n` });

const cat: ContainerProgram = ({ argv, input }) =>
  argv.includes('/none') ? { stdout: input, stderr: "cat: can't open '/none'\n", code: 1 } : { stdout: input };

const IMAGES: Readonly<Record<string, MemoryImage>> = {
  [TEST_IMAGE]: { command: ['sleep', '1d'], ports: ['6379/tcp'], programs: { cat, env } },
  'set:1': { env: ['A=image', 'B=image'], labels: { from: 'image', tier: 'image' } },
  'true:1': { exits: 3 },
};

const host: Placement = { host: 'local' };

let kernel: MemoryKernel;
let engines: MemoryEngines;

beforeEach(() => {
  kernel = new MemoryKernel();
  engines = new MemoryEngines(kernel, { [SOCKET]: { images: IMAGES } });
});

enginesSuite(() => ({ engines, engine: TEST_ENGINE }));

function create(name: string, body: object = {}): void {
  const path = `/containers/create?name=${name}`;
  expect(engines.answer(TEST_ENGINE, { method: 'POST', path, body: { Image: TEST_IMAGE, ...body } }).status).toBe(201);
}

const post = (path: string): number => engines.answer(TEST_ENGINE, { method: 'POST', path }).status;

function run(name: string, body: object = {}): void {
  create(name, body);
  expect(post(`/containers/${name}/start`)).toBe(204);
}

const inspect = (name: string): unknown =>
  engines.answer(TEST_ENGINE, { method: 'GET', path: `/containers/${name}/json` }).body;

const namespaceOf = (name: string) => {
  const { State } = inspect(name) as { readonly State: { readonly Pid: number } };
  return kernel.state.processes.get(State.Pid);
};

const picture = () => kernel.picture(engines.processes());

/** A cable from the host into a container. */
function plug(name: string): void {
  const far = { on: { ...host, node: name }, attrs: { name: 'eth1', kind: 'veth', mac: macOf(2) } };
  kernel.netlink(
    netlink(host, 'link', 'add', { name: 'h0', kind: 'veth', mac: macOf(1), peer: far }),
    (on) => (on.node === undefined ? kernel.state.host : namespaceOf(on.node)!),
    () => undefined,
  );
}

describe('containers on a kernel in memory', () => {
  test('a start makes a namespace, whose loopback device is up', () => {
    run('web');
    expect(picture()).toMatchObject({ 'container web': { devices: { lo: { up: true } }, addresses: [] } });
  });

  test.each(['stop?t=0', 'kill', 'restart'])('%s ends it with all that is in it', (verb) => {
    run('web');
    plug('web');
    expect(picture()).toMatchObject({ host: { devices: { h0: { far: 'container web/eth1' } } } });
    post(`/containers/web/${verb}`);
    expect(Object.keys(picture()['host']?.devices ?? {})).toEqual(['lo']);
    expect(Object.keys(picture())).toEqual(verb === 'restart' ? ['host', 'container web'] : ['host']);
  });

  test('a pid does not come again', () => {
    run('web');
    const before = inspect('web') as { readonly State: { readonly Pid: number } };
    kernel.start(before.State.Pid + 1);
    post('/containers/web/restart');
    expect(inspect('web')).toMatchObject({ State: { Pid: before.State.Pid + 2 } });
  });

  test("the host's network is the host's, and another container's is that one's", () => {
    run('direct', { HostConfig: { NetworkMode: 'host' } });
    run('web');
    run('beside', { HostConfig: { NetworkMode: 'container:web' } });
    expect(namespaceOf('direct')).toBe(kernel.state.host);
    expect(namespaceOf('beside')).toBe(namespaceOf('web'));
    post('/containers/web/stop');
    expect(Object.keys(picture())).toEqual(['host', 'container beside']);
  });

  test('a program that ends at once leaves a container that does not run', () => {
    run('once', { Image: 'true:1' });
    expect(inspect('once')).toMatchObject({ State: { Status: 'exited', ExitCode: 3, Pid: 0 } });
    expect(Object.keys(picture())).toEqual(['host']);
  });

  test('what is given goes before what the image brings', () => {
    create('web', { Image: 'set:1', Env: ['A=given'], Labels: { tier: 'given' } });
    expect(inspect('web')).toMatchObject({
      Config: { Env: ['A=given', 'B=image'], Labels: { from: 'image', tier: 'given' } },
    });
  });

  test('a copy is as it was, and goes its own way', () => {
    run('web');
    const otherKernel = kernel.copy();
    const others = engines.copy(otherKernel);
    expect([others.picture(), otherKernel.picture(others.processes())]).toEqual([engines.picture(), picture()]);
    others.answer(TEST_ENGINE, { method: 'DELETE', path: '/containers/web?force=1' });
    expect(others.picture()).toEqual({ [SOCKET]: {} });
    expect(otherKernel.picture()).toEqual(new MemoryKernel().picture());
    expect(namespaceOf('web')).toBeDefined();
  });

  test('a container made again the same way is the same in a picture, and another is not', () => {
    run('web');
    const before = [engines.picture(), picture()];
    engines.answer(TEST_ENGINE, { method: 'DELETE', path: '/containers/web?force=1' });
    expect(engines.picture()).not.toEqual(before[0]);
    run('web');
    expect([engines.picture(), picture()]).toEqual(before);
    post('/containers/web/pause');
    expect(engines.picture()).not.toEqual(before[0]);
  });
});
