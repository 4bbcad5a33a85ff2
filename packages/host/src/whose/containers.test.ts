import { type Engines, type EngineSpec, PipewrightError } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { containerIdIn, containerOf, type ListedContainer, listContainers, listedContainer } from './containers.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test.each([
  ['of version 2', `0::/system.slice/docker-${A}.scope\n`, A],
  ['of version 1', `12:pids:/docker/${A}\n1:name=systemd:/docker/${A}\n`, A],
  ['of podman', `0::/machine.slice/libpod-${A}.scope/container\n`, A],
  ['of a pod', `0::/kubepods.slice/kubepods-pod1f.slice/cri-containerd-${A}.scope\n`, A],
  ['of a container in a container', `0::/docker/${A}/docker/${B}\n`, B],
  ['of no container', '0::/user.slice/user-0.slice/session-1.scope\n', undefined],
  ['with a longer number', `0::/build/${A}0\n`, undefined],
])('control groups %s', (_, text, id) => expect(containerIdIn(text)).toBe(id));

describe('the container of a namespace', () => {
  const listed = (id: string, name: string, joined = false): readonly [string, ListedContainer] => [
    id,
    { engine: 'docker', id, name, joined },
  ];

  test('has the name its engine gives it', () =>
    expect(containerOf([A], new Map([listed(A, 'web')]))).toEqual({ engine: 'docker', id: A, name: 'web' }));

  test('has a short id where nobody knows it', () =>
    expect(containerOf([A], new Map())).toEqual({ engine: null, id: A, name: 'aaaaaaaaaaaa' }));

  test('is the one that the others joined', () =>
    expect(containerOf([A, B], new Map([listed(A, 'sidecar', true), listed(B, 'web')]))?.name).toBe('web'));

  test('is none where no process is in one', () => expect(containerOf([], new Map())).toBeNull());
});

test('of the names that a legacy link adds the own one counts', () =>
  expect(listedContainer('docker', { Id: A, Names: ['/db/w', '/web'], HostConfig: { NetworkMode: 'bridge' } })).toEqual(
    { engine: 'docker', id: A, name: 'web', joined: false },
  ));

const spec = (title: string): EngineSpec => ({ title, variables: [], sockets: [], api: { oldest: '1', newest: '1' } });
const engines: Engines = {
  isThere: ({ title }) => title !== 'absent',
  request: async ({ title }) => {
    if (title !== 'fine') throw new PipewrightError({ code: 'X', message: 'no answer', fix: '', exit: 4 });
    return { status: 200, body: [{ Id: A, Names: ['/web'] }] };
  },
  exec: () => Promise.resolve(0),
  logs: () => Promise.resolve(true),
  follow: async function* () {},
  close: () => Promise.resolve(),
};

test('where the list does not say whose namespace a container uses, it is asked by itself', async () => {
  const modes: Readonly<Record<string, string>> = { [A]: `container:${B}`, [B]: 'none' };
  const podman: Engines = {
    isThere: () => true,
    request: async (_, { path }) => {
      const id = path.split('/')[2] ?? '';
      const list = [A, B].map((it) => ({ Id: it, Names: [`/${it.slice(0, 3)}`] }));
      return { status: 200, body: id === 'json' ? list : { HostConfig: { NetworkMode: modes[id] } } };
    },
    exec: () => Promise.resolve(0),
    logs: () => Promise.resolve(true),
    follow: async function* () {},
    close: () => Promise.resolve(),
  };
  const listed = await listContainers([{ kind: 'podman', spec: spec('Podman') }], podman, new Set([A, B]));
  expect(containerOf([A, B], listed)?.id).toBe(B);
});

test('an engine that does not answer is passed over', async () => {
  const known = ['absent', 'silent', 'fine'].map((kind) => ({ kind, spec: spec(kind) }));
  expect([...(await listContainers(known, engines)).values()]).toEqual([
    { engine: 'fine', id: A, name: 'web', joined: false },
  ]);
});
