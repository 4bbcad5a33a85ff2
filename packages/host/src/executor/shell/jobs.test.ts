import { exec, netlink, type Op } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { roundsOf } from './jobs.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const path = ({ node }: { node?: string }): string | undefined =>
  node === undefined ? undefined : `/run/netns/t-${node}`;
const context = {
  path,
  file: path,
  undo: false,
  netns: (on: { node?: string }) => path(on) ?? '',
  deviceKind: () => undefined,
};

/** Each round as text: `where: line | line`, jobs of a round joined by `&`. */
const told = (ops: readonly Op[]): readonly string[] =>
  roundsOf(ops, context).map((round) =>
    round
      .map((job) =>
        job.type === 'program'
          ? job.argv.join(' ')
          : job.type === 'engine'
            ? job.ops.map((it) => `${it.method} ${it.path}`).join(', ')
            : job.type === 'file-block'
              ? job.op.path
              : `${[job.path ?? 'host', ...job.options].join(' ')}: ${job.lines.map(({ line }) => line.join(' ')).join(' | ')}`,
      )
      .join(' & '),
  );

const add = netlink(web, 'link', 'add', { name: 'eth0', kind: 'veth' });
const up = netlink(web, 'link', 'set', { name: 'eth0', up: true });
const rule = (family: 4 | 6): Op => netlink(web, 'rule', 'add', { family, table: 9 });
const neighbour = netlink(web, 'neighbour', 'del', { to: '10.0.0.7' });
const namespace = (name: string, verb: 'add' | 'del' = 'del'): Op => ({ op: 'namespace', on: host, verb, name });

const engine = (verb: string, about?: string): Op => ({
  op: 'engine',
  ...(about === undefined ? {} : { about }),
  on: host,
  engine: { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.41', newest: '1.51' } },
  method: 'POST',
  path: `/containers/${verb}`,
});

describe('one batch', () => {
  test.each<[string, readonly Op[], readonly string[]]>([
    [
      'what an engine is asked for about several containers is asked side by side, about each in order',
      [engine('1/stop', '1'), engine('1/rename', '1'), engine('2/stop', '2'), engine('3/stop'), engine('4/stop', '4')],
      [
        'POST /containers/1/stop, POST /containers/1/rename & POST /containers/2/stop',
        'POST /containers/3/stop',
        'POST /containers/4/stop',
      ],
    ],
    [
      'requests to one namespace share a process',
      [up, up, rule(4)],
      ['/run/netns/t-web: link set dev eth0 up | link set dev eth0 up | rule add table 9'],
    ],
    [
      'a link is made from the host, for the node it is in',
      [add, up],
      ['host: link add name eth0 netns /run/netns/t-web type veth', '/run/netns/t-web: link set dev eth0 up'],
    ],
    [
      'a link on another of its node is made there',
      [netlink(web, 'link', 'add', { name: 'eth0.7', kind: 'x', link: { ref: 'device:local/web/eth0' } })],
      ['/run/netns/t-web: link add link eth0 name eth0.7 type x'],
    ],
    [
      'what an engine is asked is asked in order: a container is made, then started',
      [engine('create'), engine('start')],
      ['POST /containers/create', 'POST /containers/start'],
    ],
    [
      'an option is of the whole process',
      [rule(4), rule(6)],
      ['/run/netns/t-web: rule add table 9', '/run/netns/t-web -6: rule add table 9'],
    ],
    [
      'a neighbour is alone, as its failure names no line',
      [up, neighbour, up],
      [
        '/run/netns/t-web: link set dev eth0 up',
        '/run/netns/t-web: neigh del 10.0.0.7',
        '/run/netns/t-web: link set dev eth0 up',
      ],
    ],
    [
      'namespaces go side by side, and nothing else does',
      [namespace('a'), namespace('b'), up],
      ['ip netns del a & ip netns del b', '/run/netns/t-web: link set dev eth0 up'],
    ],
    ['a program runs in its node', [exec(web, 'true')], ['nsenter --net=/run/netns/t-web true']],
    [
      'a sysctl is written there too',
      [{ op: 'sysctl', on: web, name: 'net.ipv4.ip_forward', value: '1' }],
      ['nsenter --net=/run/netns/t-web sh -c printf %s "$2" > "/proc/sys/$1" sh net/ipv4/ip_forward 1'],
    ],
  ])('%s', (_, ops, expected) => expect(told(ops)).toEqual(expected)); // prettier-ignore

  test('every line knows its op', () => {
    const long = netlink(web, 'link', 'set', { name: 'eth0', up: true, altnames: ['long'] });
    const [job] = roundsOf([long, up], context)[0] ?? [];
    expect(job?.type === 'lines' && job.lines.map(({ op }) => op)).toEqual([long, long, up]);
  });
});
