import { exec, type Locator, netlink, type NodeTarget, type Op } from '@pipewright/plugin';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { renderScript } from './script.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const target = (locator: Locator, name = 'web'): NodeTarget => ({ name, on: { ...host, node: name }, locator });
const named = target({ by: 'name', name: 'shop-web' });
const add = netlink(web, 'link', 'add', { name: 'eth0', kind: 'veth' });
const up = netlink(web, 'link', 'set', { name: 'eth0', up: true });

/** The script without its first three lines, which are always the same. */
const script = (nodes: readonly NodeTarget[], ...ops: readonly Op[]): string =>
  renderScript([[{ on: host, ops }]], { topology: 'shop', nodes, deviceKind: () => undefined })
    .split('\n')
    .slice(3)
    .join('\n');

test('a whole one', () =>
  expect(
    renderScript([[{ on: host, ops: [add] }], [{ on: web, ops: [up] }]], {
      topology: 'shop',
      nodes: [named],
      deviceKind: () => undefined,
    }),
  ).toBe(`#!/bin/sh
# Topology shop. Run as root. Afterwards \`pipewright plan\` has nothing left to do.
set -eu
in_web() { nsenter --net=/run/netns/shop-web "$@"; }

# Stage 1
# the host
ip link add name eth0 netns shop-web type veth

# Stage 2
# web
in_web ip link set dev eth0 up
`));

describe('the way into a node is found when a line runs', () => {
  test.each<[Locator, string]>([
    [{ by: 'name', name: 'shop-web' }, 'in_web() { nsenter --net=/run/netns/shop-web "$@"; }'],
    [
      { by: 'path', path: "/var/it's here" },
      `netns_web() { echo '/var/it'\\''s here'; }\nin_web() { nsenter --net="$(netns_web)" "$@"; }`,
    ],
    [{ by: 'pid', pid: 42 }, 'netns_web() { echo /proc/42/ns/net; }\nin_web() { nsenter --net="$(netns_web)" "$@"; }'],
    [
      { by: 'query', argv: ['docker', 'inspect', '-f', '{{.State.Pid}}', 'web'] },
      'netns_web() { echo "/proc/$(docker inspect -f \'{{.State.Pid}}\' web)/ns/net"; }\nin_web() { nsenter --net="$(netns_web)" "$@"; }',
    ],
  ])('%j', (locator, functions) => expect(script([target(locator)], up)).toContain(functions)); // prettier-ignore

  test('and given to ip where a link is born', () =>
    expect(script([target({ by: 'pid', pid: 42 })], add)).toContain(
      'ip link add name eth0 netns "$(netns_web)" type veth',
    ));
});

test('names that are no shell words, and two alike', () => {
  const nodes = ['a.b', 'a-b'].map((name) => target({ by: 'name', name: `shop-${name}` }, name));
  const text = script(nodes, ...nodes.map(({ on }) => netlink(on, 'link', 'set', { name: 'lo', up: true })));
  expect(text).toContain('\nin_a_b ip link set dev lo up\nin_a_b_2 ip link set dev lo up\n');
});

test.each([
  ['3', 0, 'ok\n'],
  ['9', 1, ''],
])('what an engine is to say is waited for, and not for ever: it says so the %s. time', (time, status, stdout) => {
  const engine = { title: 'Docker', variables: [], sockets: ['/x'], api: { oldest: '1.40', newest: '1.47' } };
  const until = { at: ['State', 'Status'], is: 'healthy', never: [], of: 'db', withinMs: 5_000 };
  const text = script([], { op: 'engine', on: host, engine, method: 'GET', path: '/containers/db/json', until });
  const said = `curl() { [ "$second" -lt ${time} ] || echo '{"Status":"healthy"}'; }; sleep() { :; }`;
  expect(spawnSync('sh', ['-euc', `${said}\n${text}\necho ok`], { encoding: 'utf8' })).toMatchObject({
    status,
    stdout,
  });
});

test('nodes that no line needs are left out', () =>
  expect(script([named], netlink(host, 'link', 'del', { name: 'x' }))).not.toContain('in_web'));

test.each<[string, Op, string]>([
  [
    'a program, with what it is told',
    { ...exec(web, 'tee', 'a b'), stdin: "it's" },
    `printf %s 'it'\\''s' | in_web tee 'a b'`,
  ],
  [
    'a namespace, marked before it has its name',
    { op: 'namespace', on: host, verb: 'add', name: 'shop-web', alias: 'pipewright:shop:web' },
    `sh -c 'read -r pid rest < /proc/self/stat
exec unshare --net ip -batch - << END
link set dev lo alias "$2" up
netns attach $1 $pid
END
' sh shop-web pipewright:shop:web`,
  ],
  [
    'a sysctl',
    { op: 'sysctl', on: web, name: 'net.ipv4.ip_forward', value: '1' },
    `in_web sh -c 'printf %s "$2" > "/proc/sys/$1"' sh net/ipv4/ip_forward 1`,
  ],
])('%s', (_, op, line) => expect(script([named], op)).toContain(`\n${line}\n`)); // prettier-ignore
