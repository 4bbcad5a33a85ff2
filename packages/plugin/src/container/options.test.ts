import { type CommonKeys, commonKeys } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { type Creation, creationOf } from './attrs.js';
import { type ContainerOptions, containerOptions } from './options.js';

const options = containerOptions('Docker');
const NO_SLOTS = { env: {}, hosts: {}, mounts: {} };

const parse = (given: Partial<ContainerOptions>) => options.safeParse({ image: 'nginx', ...given });

type Given = Partial<ContainerOptions> & CommonKeys & { readonly sysctls?: Readonly<Record<string, string>> };

const creation = ({ env = {}, expose = [], sysctls = {}, ...given }: Given, slots = NO_SLOTS): Creation =>
  creationOf({ options: options.parse({ image: 'nginx', ...given }), ...commonKeys({ env, expose }), sysctls }, slots);

/** What is wrong, as the parser would show it. */
const complaints = (given: object): readonly string[] =>
  parse(given).error?.issues.flatMap((it) =>
    it.code === 'invalid_union' && it.errors.length > 0
      ? it.errors.flatMap((branch) => branch.map(({ message }) => message))
      : [it.message],
  ) ?? [];

const tcp = 'tcp' as const;

describe('each option in its one form', () => {
  test.each<[string, Given, Partial<Creation>]>([
    ['nothing given', {}, { image: 'nginx', command: null, env: null, network: 'none', restart: null, init: null }],
    ['a line is split', { command: `sh -c 'echo "a  b"'` }, { command: ['sh', '-c', 'echo "a  b"'] }],
    ['words stay', { command: ['sh', '-c', 'echo a  b'] }, { command: ['sh', '-c', 'echo a  b'] }],
    ['no entrypoint', { entrypoint: '' }, { entrypoint: [''] }],
    ['an entrypoint', { entrypoint: 'tini --' }, { entrypoint: ['tini', '--'] }],
    ['env, a map', { env: { A: 'x=y', N: 5, B: true, E: '' } }, { env: { A: 'x=y', N: '5', B: 'true', E: '' } }],
    ['env, a list', { env: ['A=x=y', 'E='] }, { env: { A: 'x=y', E: '' } }],
    [
      'env to the letter',
      { env: { A: `it's "so"`, B: 'two\nlines\t$HOME `id` \\', C: '  ' } },
      { env: { A: `it's "so"`, B: 'two\nlines\t$HOME `id` \\', C: '  ' } },
    ],
    ['env to the letter, in a list', { env: [`A= 'x'\n"y"=z `] }, { env: { A: ` 'x'\n"y"=z ` } }],
    ['labels', { labels: ['com.example.a=1', 'b='] }, { labels: { 'com.example.a': '1', b: '' } }],
    ['mounts', { mounts: ['/srv/www:/www:ro', 'data:/data'] }, { mounts: ['/srv/www:/www:ro', 'data:/data'] }],
    ['tmpfs, one', { tmpfs: '/run' }, { tmpfs: { '/run': '' } }],
    [
      'tmpfs, several',
      { tmpfs: ['/run', '/tmp:size=64m,mode=1777'] },
      { tmpfs: { '/run': '', '/tmp': 'size=64m,mode=1777' } },
    ],
    ['restart: no is the default', { restart: 'no' }, { restart: null }],
    ['restart', { restart: 'on-failure:5' }, { restart: 'on-failure:5' }],
    ['capabilities', { 'cap-add': ['cap_net_admin', 'NET_RAW', 'NET_ADMIN'] }, { 'cap-add': ['NET_ADMIN', 'NET_RAW'] }],
    [
      'what is not so is not given',
      { privileged: false, init: false, 'read-only': false, tty: false, 'stdin-open': false },
      { privileged: null, init: null, 'read-only': null, tty: null, 'stdin-open': null },
    ],
    [
      'devices',
      { devices: ['/dev/net/tun', '/dev/sda:r', '/dev/sda:/dev/xvda', '/dev/sdb:/dev/xvdb:rm'] },
      {
        devices: [
          { host: '/dev/net/tun', container: '/dev/net/tun', permissions: 'rwm' },
          { host: '/dev/sda', container: '/dev/sda', permissions: 'r' },
          { host: '/dev/sda', container: '/dev/xvda', permissions: 'rwm' },
          { host: '/dev/sdb', container: '/dev/xvdb', permissions: 'rm' },
        ],
      },
    ],
    [
      'limits',
      { ulimits: { nofile: 1024, core: 0, memlock: -1, nproc: { soft: 10, hard: -1 } } },
      {
        ulimits: {
          nofile: { soft: 1024, hard: 1024 },
          core: { soft: 0, hard: 0 },
          memlock: { soft: -1, hard: -1 },
          nproc: { soft: 10, hard: -1 },
        },
      },
    ],
    [
      'security, with one sign, each once',
      { 'security-opt': ['seccomp:unconfined', 'no-new-privileges:true', 'no-new-privileges', 'label=type:net_t'] },
      { 'security-opt': ['label=type:net_t', 'no-new-privileges', 'seccomp=unconfined'] },
    ],
    ['groups', { 'group-add': [27, 'video', '27'] }, { 'group-add': ['27', 'video'] }],
    [
      'hosts, a list',
      { 'extra-hosts': ['db:10.0.0.5', 'db=FD00:0::5', 'six:[::1]', 'me:host-gateway', 'db=10.0.0.5'] },
      { hosts: ['db:10.0.0.5', 'db:fd00::5', 'six:::1', 'me:host-gateway'] },
    ],
    [
      'hosts, a map',
      { 'extra-hosts': { db: ['10.0.0.5', '[fd00::5]'], cache: '10.0.0.6' } },
      { hosts: ['db:10.0.0.5', 'db:fd00::5', 'cache:10.0.0.6'] },
    ],
    [
      'a resolver',
      { dns: '10.0.0.1', 'dns-search': 'lab.example', 'dns-options': 'ndots:2' },
      { dns: ['10.0.0.1'], 'dns-search': ['lab.example'], 'dns-options': ['ndots:2'] },
    ],
    [
      'resolvers',
      { dns: ['10.0.0.1', 'FD00::1'], 'dns-search': ['.'], 'dns-options': ['use-vc', 'edns0'] },
      { dns: ['10.0.0.1', 'fd00::1'], 'dns-search': ['.'], 'dns-options': ['use-vc', 'edns0'] },
    ],
    ['namespaces', { pid: 'host', ipc: 'shareable' }, { pid: 'host', ipc: 'shareable' }],
    [
      'logging',
      { 'log-driver': 'json-file', 'log-opt': ['max-size=10m', 'max-file=3'] },
      { 'log-driver': 'json-file', 'log-opt': { 'max-size': '10m', 'max-file': '3' } },
    ],
    ['a user by number', { user: 1000 }, { user: '1000' }],
    ['a signal by number', { 'stop-signal': 9 }, { 'stop-signal': '9' }],
    [
      'health',
      {
        health: {
          test: 'wget -q localhost || exit 1',
          interval: '1m30s',
          timeout: 2.5,
          retries: 3,
          'start-period': '500ms',
        },
      },
      {
        health: {
          test: ['CMD-SHELL', 'wget -q localhost || exit 1'],
          interval: 90_000,
          timeout: 2500,
          retries: 3,
          'start-period': 500,
        },
      },
    ],
    [
      'limits',
      { memory: '256m', cpus: 0.5, 'pids-limit': 100, 'shm-size': '1.5G' },
      { memory: 268_435_456, cpus: 0.5, 'pids-limit': 100, 'shm-size': 1_610_612_736 },
    ],
    ['limits, in other words', { memory: '64MiB', 'shm-size': 4096 }, { memory: 67_108_864, 'shm-size': 4096 }],
    ['CPUs', { cpuset: '0-3,6' }, { cpuset: '0-3,6' }],
    ['one CPU', { cpuset: 1 }, { cpuset: '1' }],
    ['limits, in bytes', { memory: '8388608', 'shm-size': '4096b' }, { memory: 8_388_608, 'shm-size': 4096 }],
    [
      'no health',
      { health: { test: ['NONE'] } },
      { health: { test: ['NONE'], interval: null, timeout: null, retries: null, 'start-period': null } },
    ],
  ])('%s', (_, given, expected) => expect(creation(given)).toMatchObject(expected));

  test("what a feature fills in is taken away by the node's own nothing", () => {
    const slots = { ...NO_SLOTS, env: { DB_NAME: '/web/db', DB_PORT: 'tcp://10.0.0.5:1' } };
    expect(creation({ env: { DB_NAME: null } }, slots)).toMatchObject({
      env: null,
      'feature-env': { DB_PORT: 'tcp://10.0.0.5:1' },
    });
  });

  test('what features fill in', () => {
    const slots = {
      env: { DB_NAME: '/web/db' },
      hosts: { db: ['10.0.0.5', 'fd00::5'], cache: ['10.0.0.6'] },
      mounts: { '/etc/extra': '/srv/extra' },
    };
    const own = { env: { A: '1' }, mounts: ['data:/data'], 'extra-hosts': ['db:10.0.0.5', 'web:10.0.0.7'] };
    expect(creation(own, slots)).toMatchObject({
      env: { A: '1' },
      'feature-env': { DB_NAME: '/web/db' },
      hosts: ['db:10.0.0.5', 'web:10.0.0.7', 'db:fd00::5', 'cache:10.0.0.6'],
      mounts: ['data:/data', '/srv/extra:/etc/extra'],
    });
  });
});

describe('ports', () => {
  test.each<[string | number, NonNullable<Creation['ports']>[number]]>([
    [80, { ip: null, host: null, ports: [80, 80], protocol: tcp }],
    ['8080:80', { ip: null, host: [8080, 8080], ports: [80, 80], protocol: tcp }],
    ['53:53/udp', { ip: null, host: [53, 53], ports: [53, 53], protocol: 'udp' }],
    ['127.0.0.1:53:53/UDP', { ip: '127.0.0.1', host: [53, 53], ports: [53, 53], protocol: 'udp' }],
    ['127.0.0.1::80', { ip: '127.0.0.1', host: null, ports: [80, 80], protocol: tcp }],
    ['[::1]:8080:80', { ip: '::1', host: [8080, 8080], ports: [80, 80], protocol: tcp }],
    ['7000-7009:8000-8009', { ip: null, host: [7000, 7009], ports: [8000, 8009], protocol: tcp }],
    ['8000-9000:80', { ip: null, host: [8000, 9000], ports: [80, 80], protocol: tcp }],
    ['3000-3005', { ip: null, host: null, ports: [3000, 3005], protocol: tcp }],
    ['1-65535:1-65535/sctp', { ip: null, host: [1, 65_535], ports: [1, 65_535], protocol: 'sctp' }],
  ])('%s', (text, expected) => expect(creation({ ports: [text] }).ports).toEqual([expected]));

  test.each([
    '',
    ':',
    '0:80',
    '80:0',
    '65536',
    '8080:',
    ':80:',
    '80:80:80',
    '8080:80/',
    '8080:80/icmp',
    '8080-8081:80-82',
    '8080:80-81',
    '81-80:81-80',
    '300.0.0.1:1:1',
    '::1:80:80',
    '[::g]:80:80',
    '127.0.0.1:80',
    'localhost:80:80',
    '80:80 ',
    '-80:80',
    'http:80',
    '007:80',
    0,
    -1,
    70_000,
  ])('not "%s"', (text) =>
    expect(complaints({ ports: [text] })).toEqual([expect.stringMatching(/^ports as `8080:80`/)]),
  );
});

describe('a mistake', () => {
  test.each<[string, object, RegExp]>([
    ['cpuset', { cpuset: 'all' }, /CPUs by number as `0-3,6`/],
    ['a name with a blank', { container: 'a b' }, /name or id of a container/],
    ['a name of one letter', { container: 'a' }, /at least two letters/],
    ['a name like an option', { container: '--privileged' }, /starting with a letter or digit/],
    ['an image like an option', { image: '-v' }, /^an image/],
    ['an image with a blank', { image: 'nginx latest' }, /^an image/],
    ['no image', { image: '' }, /^an image/],
    ['an open quote', { command: "sh -c 'echo" }, /quotes are closed/],
    ['no command', { command: ' ' }, /quotes are closed/],
    ['a label of ours', { labels: ['pipewright.topology=other'] }, /not of pipewright[.][*]/],
    ['a mount whose folder nobody filled in', { mounts: ['./www:/www'] }, /^`SOURCE:TARGET`/],
    ['a relative mount, without dots', { mounts: ['www/static:/www'] }, /: `[.]\/www\/static:\/www`$/],
    ['a mount from home', { mounts: ['~/www:/www'] }, /: `[$][{]HOME[}]\/www:\/www`$/],
    ['a mount to a relative path', { mounts: ['/srv:www'] }, /^`SOURCE:TARGET`/],
    ['a mount without a target', { mounts: ['/srv'] }, /^`SOURCE:TARGET`/],
    ['a mount in a mode that is none', { mounts: ['/srv:/srv:readonly'] }, /^`SOURCE:TARGET`/],
    ['a mount with half a mode', { mounts: ['/srv:/srv:ro,'] }, /^`SOURCE:TARGET`/],
    ['a relative tmpfs', { tmpfs: 'run' }, /^an absolute path/],
    ['memory that is none', { memory: 'lots' }, /^a size [(]`512m`/],
    ['no memory', { memory: 0 }, /^a size/],
    ['memory below nothing', { memory: '-1' }, /^a size/],
    ['more memory than can be counted', { memory: '99999999t' }, /^a size/],
    ['CPUs as text', { cpus: '0.5' }, /^a number of CPUs/],
    ['no CPUs', { cpus: 0 }, /^at least 0.01/],
    ['a restart that is none', { restart: 'never' }, /^one of no, always/],
    ['a restart too often', { restart: 'always:5' }, /^one of no, always/],
    ['a capability that is none', { 'cap-add': ['NET ADMIN'] }, /^a capability/],
    ['a device by a relative path', { devices: ['dev/net/tun'] }, /^a device/],
    ['a device with other permissions', { devices: ['/dev/sda:/dev/sda:rx'] }, /^a device/],
    ['a limit nobody knows', { ulimits: { files: 5 } }, /^Unrecognized key: "files"/],
    ['a limit below none', { ulimits: { nofile: -2 } }, /-1 for no limit/],
    ['a limit with a fraction', { ulimits: { nofile: 1.5 } }, /whole number/],
    ['a soft limit above the hard one', { ulimits: { nofile: { soft: 5, hard: 4 } } }, /not above the hard one/],
    ['no soft limit, but a hard one', { ulimits: { nofile: { soft: -1, hard: 4 } } }, /not above the hard one/],
    ['half a limit', { ulimits: { nofile: { soft: 5 } } }, /whole number/],
    ['security that is none', { 'security-opt': ['no-new-privilege'] }, /^one of `no-new-privileges`/],
    ['security switched off', { 'security-opt': ['no-new-privileges:false'] }, /^one of `no-new-privileges`/],
    ['security of a file', { 'security-opt': ['seccomp=/etc/seccomp.json'] }, /^one of `no-new-privileges`/],
    ['security of no value', { 'security-opt': ['apparmor'] }, /^one of `no-new-privileges`/],
    ['a label of no kind', { 'security-opt': ['label=net_t'] }, /^one of `no-new-privileges`/],
    ['a group with a blank', { 'group-add': ['a b'] }, /^a group/],
    ['a host without an address', { 'extra-hosts': ['db'] }, /^`NAME:ADDRESS`/],
    ['a host at another name', { 'extra-hosts': ['db:redis'] }, /^`NAME:ADDRESS`/],
    ['a host in a subnet', { 'extra-hosts': ['db:10.0.0.5/24'] }, /^`NAME:ADDRESS`/],
    ['a host with a blank', { 'extra-hosts': ['d b:10.0.0.5'] }, /^`NAME:ADDRESS`/],
    [
      'a host in a map at another name',
      { 'extra-hosts': { db: 'redis' } },
      /^an IPv4 or IPv6 address, or host-gateway/,
    ],
    ['a resolver by its name', { dns: 'ns1' }, /^an IPv4 or IPv6 address/],
    ['a domain with a blank', { 'dns-search': ['a b'] }, /^a domain/],
    ['an option of two lines', { 'dns-options': ['ndots:1\nnameserver 1.1.1.1'] }, /^an option of resolv.conf/],
    ["another container's processes", { pid: 'container:web' }, /host/],
    ["another container's memory", { ipc: 'container:web' }, /host.*private.*shareable/],
    ['a pull that is none', { pull: 'if-not-present' }, /missing.*always.*never/],
    ['a logging driver with a blank', { 'log-driver': 'json file' }, /^a logging driver/],
    ['a logging option without a value', { 'log-opt': ['max-size'] }, /^NAME=VALUE/],
    ['a user with two colons', { user: 'a:b:c' }, /^a user/],
    ['a host name with a slash', { hostname: 'a/b' }, /^a host name/],
    ['a relative folder', { workdir: 'srv' }, /^an absolute path/],
    ["another container's network", { network: 'container:web' }, /^none, default, or the name/],
    ['a time that is none', { health: { test: 'true', interval: '5 minutes' } }, /^a duration/],
    ['a key that health has not', { health: { test: 'true', every: 5 } }, /^Unrecognized key: "every"/],
    ['no time', { health: { test: 'true', interval: 0 } }, /^a duration/],
    ['a test of no form', { health: { test: ['wget', 'localhost'] } }, /CMD, CMD-SHELL or NONE/],
    ['a signal that is none', { 'stop-signal': 'term' }, /^a signal/],
  ])('%s', (_, given, words) => expect(complaints(given).join('\n')).toMatch(words));
});

test('sysctls are those of every node', () => expect(Object.keys(options.shape)).not.toContain('sysctls'));
