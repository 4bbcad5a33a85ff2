import { type CommonKeys, commonKeys } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { creationOf } from './attrs.js';
import { createBody } from './create-body.js';
import { type ContainerOptions, containerOptions } from './options.js';

const options = containerOptions('Docker');

type Given = Partial<ContainerOptions> & CommonKeys & { readonly sysctls?: Readonly<Record<string, string>> };

const body = ({ env = {}, expose = [], sysctls = {}, ...given }: Given, slots = { env: {}, hosts: {}, mounts: {} }) => {
  const node = { options: options.parse({ image: 'nginx', ...given }), ...commonKeys({ env, expose }), sysctls };
  return createBody({ name: 'shop-web', node: 'web', ...creationOf(node, slots) });
};

test('what is not given is left to the image', () => {
  const { Labels: _, ...rest } = body({});
  expect(rest).toEqual({ Image: 'nginx', HostConfig: { NetworkMode: 'none' } });
});

describe('each option is a word of the API', () => {
  test.each<[Given, object]>([
    [{ command: 'sleep 60' }, { Cmd: ['sleep', '60'] }],
    [{ entrypoint: '' }, { Entrypoint: [''] }],
    [{ env: { A: `it's\n"so"`, N: 5 } }, { Env: [`A=it's\n"so"`, 'N=5'] }],
    [{ sysctls: { 'fs.mqueue.msg_max': '20' } }, { HostConfig: { Sysctls: { 'fs.mqueue.msg_max': '20' } } }],
    [{ user: '1000:1000' }, { User: '1000:1000' }],
    [{ hostname: 'web1' }, { Hostname: 'web1' }],
    [{ workdir: '/srv' }, { WorkingDir: '/srv' }],
    [
      { 'stop-signal': 'SIGQUIT', 'stop-timeout': 0 },
      { StopSignal: 'SIGQUIT', StopTimeout: 0 },
    ],
    [{ expose: [6379, '7000-7001/udp'] }, { ExposedPorts: { '6379/tcp': {}, '7000/udp': {}, '7001/udp': {} } }],
    [
      { ports: ['127.0.0.1:53:53/udp', '8080:80', '8081:80', '9000-9001:7000-7001', '8000-8010:81', 82] },
      {
        ExposedPorts: { '53/udp': {}, '80/tcp': {}, '7000/tcp': {}, '7001/tcp': {}, '81/tcp': {}, '82/tcp': {} },
        HostConfig: {
          PortBindings: {
            '53/udp': [{ HostIp: '127.0.0.1', HostPort: '53' }],
            '80/tcp': [
              { HostIp: '', HostPort: '8080' },
              { HostIp: '', HostPort: '8081' },
            ],
            '7000/tcp': [{ HostIp: '', HostPort: '9000' }],
            '7001/tcp': [{ HostIp: '', HostPort: '9001' }],
            '81/tcp': [{ HostIp: '', HostPort: '8000-8010' }],
            '82/tcp': [{ HostIp: '', HostPort: '' }],
          },
        },
      },
    ],
    [
      { health: { test: ['CMD', 'true'], interval: '30s', timeout: '500ms', retries: 2, 'start-period': 1 } },
      {
        Healthcheck: {
          Test: ['CMD', 'true'],
          Interval: 30_000_000_000,
          Timeout: 500_000_000,
          Retries: 2,
          StartPeriod: 1_000_000_000,
        },
      },
    ],
    [{ mounts: ['/srv:/srv:ro', 'data:/data'] }, { HostConfig: { Binds: ['/srv:/srv:ro', 'data:/data'] } }],
    [{ tmpfs: ['/run', '/tmp:size=1m'] }, { HostConfig: { Tmpfs: { '/run': '', '/tmp': 'size=1m' } } }],
    [
      {
        'security-opt': ['no-new-privileges'],
        'group-add': [27],
        'extra-hosts': ['db:fd00::5'],
        dns: '10.0.0.1',
        'dns-search': 'lab.example',
        'dns-options': 'ndots:2',
        pid: 'host',
        ipc: 'private',
      },
      {
        HostConfig: {
          SecurityOpt: ['no-new-privileges'],
          GroupAdd: ['27'],
          ExtraHosts: ['db:fd00::5'],
          Dns: ['10.0.0.1'],
          DnsSearch: ['lab.example'],
          DnsOptions: ['ndots:2'],
          PidMode: 'host',
          IpcMode: 'private',
        },
      },
    ],
    [{ 'log-driver': 'none' }, { HostConfig: { LogConfig: { Type: 'none' } } }],
    [{ 'log-opt': { 'max-size': '1m' } }, { HostConfig: { LogConfig: { Config: { 'max-size': '1m' } } } }],
    [{ restart: 'always' }, { HostConfig: { RestartPolicy: { Name: 'always' } } }],
    [{ restart: 'on-failure:3' }, { HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } }],
    [{ 'cap-add': ['NET_ADMIN'], 'cap-drop': ['ALL'] }, { HostConfig: { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] } }],
    [
      { tty: true, 'stdin-open': true },
      { Tty: true, OpenStdin: true },
    ],
    [
      { privileged: true, init: true, 'read-only': true },
      { HostConfig: { Privileged: true, Init: true, ReadonlyRootfs: true } },
    ],
    [
      { devices: ['/dev/net/tun'] },
      {
        HostConfig: {
          Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
        },
      },
    ],
    [
      { ulimits: { nofile: { soft: 1, hard: 2 } } },
      { HostConfig: { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] } },
    ],
    [
      { memory: '256m', cpus: 0.1, cpuset: '0-1', 'pids-limit': 50, 'shm-size': '1k' },
      { HostConfig: { Memory: 268435456, NanoCpus: 100_000_000, CpusetCpus: '0-1', PidsLimit: 50, ShmSize: 1024 } },
    ],
    [{ network: 'default' }, { HostConfig: { NetworkMode: 'default' } }],
    [{ labels: { a: 'b' } }, { Labels: { a: 'b', 'pipewright.node': 'web' } }],
  ])('%j', (given, expected) => expect(body(given)).toMatchObject(expected));
});

test("the node's own environment wins over what features give it", () => {
  const slots = { env: { DB_NAME: '/web/db', A: 'theirs' }, hosts: { db: ['10.0.0.5'] }, mounts: {} };
  expect(body({ env: { A: 'own' } }, slots)).toMatchObject({
    Env: ['DB_NAME=/web/db', 'A=own'],
    HostConfig: { ExtraHosts: ['db:10.0.0.5'] },
  });
});

test('the same container has the same config, in whatever order the file has it', () => {
  const configOf = (given: Given) => (body(given)['Labels'] as Record<string, string>)['pipewright.config'];
  expect(configOf({ env: { A: 1, B: 2 }, init: true })).toBe(configOf({ init: true, env: ['B=2', 'A=1'] }));
  expect(configOf({ init: true })).toBe('{"image":"nginx","init":true,"network":"none"}');
});
