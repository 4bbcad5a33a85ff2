import { type Attrs, deviceKind, exec, netlink, type NetlinkOp, type Op, z } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { nameOf, renderCommand, renderNetlink } from './iproute2.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const bridge = deviceKind({
  kind: 'bridge',
  attributes: {
    stp: { schema: z.boolean(), class: 'in-place', word: 'stp_state', netlink: { type: 5, layout: 'u32' } },
    ageing: {
      schema: z.number(),
      class: 'in-place',
      word: 'ageing_time',
      write: (it) => String(Number(it) * 100),
      netlink: { type: 4, layout: 'u32' },
    },
  },
});
const context = {
  deviceKind: (kind: string) => (kind === 'bridge' ? bridge : undefined),
  netns: ({ node }: { node?: string }) => `t-${String(node)}`,
};
const eth0 = { ref: 'device:local/web/eth0' };
const lines = (op: NetlinkOp): readonly string[] => renderNetlink(op, context).map((words) => words.join(' '));

const ONE_QUEUE = 'numtxqueues 1 numrxqueues 1';

const LINKS: readonly (readonly [string, Attrs, typeof host, NetlinkOp['verb'], readonly string[]])[] = [
  [
    'a bridge',
    { name: 'br0', kind: 'bridge', mac: '02:00:00:00:00:01', mtu: 1400, group: 7, up: true, stp: false, ageing: 12.5 },
    host,
    'add',
    ['link add name br0 address 02:00:00:00:00:01 mtu 1400 group 7 up type bridge stp_state 0 ageing_time 1250'],
  ],
  [
    'a cable into a node',
    {
      name: 'p',
      kind: 'veth',
      master: { ref: 'device:local//br0' },
      up: true,
      peer: { on: web, attrs: { name: 'eth0', mtu: 1400 } },
    },
    host,
    'add',
    [`link add name p master br0 up ${ONE_QUEUE} type veth peer name eth0 netns t-web mtu 1400 ${ONE_QUEUE}`],
  ],
  [
    'a cable from a node to the host',
    { name: 'eth0', kind: 'veth', peer: { on: host, attrs: { name: 'p' } } },
    web,
    'add',
    [`link add name eth0 netns t-web ${ONE_QUEUE} type veth peer name p netns /proc/self/ns/net ${ONE_QUEUE}`],
  ],
  [
    'a device on one of the host, into a node',
    { name: 'eth0', kind: 'onother', link: { ref: 'device:local//nic0' }, mtu: 1400, up: true },
    web,
    'add',
    ['link add link nic0 name eth0 netns t-web mtu 1400 up type onother'],
  ],
  [
    'a device on another of its node, asked for there',
    { name: 'eth0.7', kind: 'onother', link: eth0, up: true },
    web,
    'add',
    ['link add link eth0 name eth0.7 up type onother'],
  ],
  [
    'a mark, long names and up',
    { name: 'eth0', alias: 'pipewright:t:web/eth0', altnames: ['one', 'two'], up: true },
    web,
    'set',
    ['link set dev eth0 alias pipewright:t:web/eth0 up', 'link property add dev eth0 altname one altname two'],
  ],
  [
    'what differs',
    { name: 'br0', kind: 'bridge', mtu: 1300, stp: true },
    host,
    'set',
    ['link set dev br0 mtu 1300 type bridge stp_state 1'],
  ],
  [
    'what is taken back',
    { name: 'p', alias: '', master: null, promisc: false, up: false },
    host,
    'set',
    ['link set dev p alias "" nomaster promisc off down'],
  ],
  ['a removal', { name: 'p', kind: 'veth' }, host, 'del', ['link del dev p']],
]; // prettier-ignore

test.each(LINKS)('link: %s', (_, attrs, on, verb, expected) =>
  expect(lines(netlink(on, 'link', verb, attrs))).toEqual(expected),
);

const route = { family: 4, kind: 'unicast', table: 254, metric: 0, protocol: 201 };
const OTHERS: readonly (readonly [NetlinkOp['object'], NetlinkOp['verb'], Attrs, string])[] = [
  ['address', 'replace', { address: '10.0.0.2/24', dev: eth0 }, 'addr replace 10.0.0.2/24 dev eth0'],
  ['address', 'replace', { address: 'fd00::2/64', dev: eth0, nodad: true }, 'addr replace fd00::2/64 dev eth0 nodad'],
  ['address', 'del', { address: '10.0.0.2/24', dev: eth0 }, 'addr del 10.0.0.2/24 dev eth0'],
  [
    'route',
    'replace',
    { ...route, to: 'default', via: '10.0.0.1', dev: eth0 },
    'route replace default via 10.0.0.1 dev eth0 protocol 201',
  ],
  [
    'route',
    'replace',
    { ...route, family: 6, to: 'default', dev: eth0, metric: 1024 },
    'route replace ::/0 dev eth0 metric 1024 protocol 201',
  ],
  [
    'route',
    'replace',
    { ...route, to: '10.5.0.0/16', via: '10.0.0.9', dev: eth0, src: '10.0.0.2', onlink: true, table: 100, metric: 7 },
    'route replace 10.5.0.0/16 via 10.0.0.9 dev eth0 table 100 metric 7 src 10.0.0.2 onlink protocol 201',
  ],
  ['route', 'del', { ...route, to: '10.6.0.0/16', kind: 'blackhole' }, 'route del blackhole 10.6.0.0/16'],
  [
    'rule',
    'add',
    { family: 4, priority: 100, from: '10.0.0.0/24', fwmark: 5, iif: 'eth0', table: 100, protocol: 201 },
    'rule add priority 100 from 10.0.0.0/24 fwmark 5 iif eth0 table 100 protocol 201',
  ],
  [
    'rule',
    'del',
    { family: 6, priority: 101, oif: 'eth0', table: 300, protocol: 201 },
    '-6 rule del priority 101 oif eth0 table 300',
  ],
  [
    'neighbour',
    'replace',
    { to: '10.0.0.7', mac: '02:00:00:00:00:99', dev: eth0, protocol: 201 },
    'neigh replace 10.0.0.7 lladdr 02:00:00:00:00:99 dev eth0 nud permanent protocol 201',
  ],
  [
    'neighbour',
    'del',
    { to: '10.0.0.7', mac: '02:00:00:00:00:99', dev: eth0, protocol: 201 },
    'neigh del 10.0.0.7 dev eth0',
  ],
]; // prettier-ignore

const moved = (from: typeof host, to: typeof host, attrs: Attrs): readonly string[] =>
  lines(netlink(from, 'link', 'move', { name: 'nic0', to: { on: to, attrs: { name: 'eth1', ...attrs } }, macs: [] }));

test('a move, and all that changes by it, is one command', () =>
  expect(moved(host, web, { alias: 'pipewright:t:web/eth1=nic0', mtu: 1400, up: true })).toEqual([
    'link set dev nic0 netns t-web name eth1 mtu 1400 alias pipewright:t:web/eth1=nic0 up',
  ]));

test('within one namespace it is a new name', () =>
  expect(moved(host, host, { up: false })).toEqual(['link set dev nic0 name eth1 down']));

test("others' aliases may have blanks", () =>
  expect(moved(web, host, { alias: 'to the roof' })).toEqual([
    'link set dev nic0 netns t-undefined name eth1 alias "to the roof"',
  ]));

test.each(OTHERS)('%s %s %j', (object, verb, attrs, line) =>
  expect(lines(netlink(web, object, verb, attrs))).toEqual([line]),
);

describe('words that would be read as something else', () => {
  test.each(['a\nlink del dev eth0', 'a"b', "a'b", 'a\\b', 'a#b', 'ü', '\u0001'])('%j is refused', (alias) =>
    expect(() => lines(netlink(web, 'link', 'set', { name: 'eth0', alias }))).toThrow(
      expect.objectContaining({ code: 'PW_UNSAFE_WORD' }),
    ),
  );

  test('the mark of a namespace as well', () =>
    expect(() =>
      renderCommand({ op: 'namespace', on: host, verb: 'add', name: 't-web', alias: 'a\nlink del dev eth0' }),
    ).toThrow(expect.objectContaining({ code: 'PW_UNSAFE_WORD' })));
});

test.each<[Op, readonly string[]]>([
  [exec(web, 'ping', '10.0.0.1'), ['ping', '10.0.0.1']],
  [{ op: 'namespace', on: host, verb: 'del', name: 't-web' }, ['ip', 'netns', 'del', 't-web']],
  [
    { op: 'tuntap', on: web, device: 'tap0', words: ['mode', 'tap'] },
    ['ip', 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap'],
  ],
])('%j is a program', (op, argv) =>
  expect(op.op === 'namespace' || op.op === 'exec' || op.op === 'tuntap' ? renderCommand(op) : []).toEqual(argv),
);

test('a name is the last part of a key, slashes and all', () =>
  expect(nameOf({ ref: 'address:local/web/eth0 10.0.0.2/24' })).toBe('eth0 10.0.0.2/24'));
