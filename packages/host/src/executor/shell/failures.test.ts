import { exec, netlink, type Op } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { isSo } from '../undone.js';
import { complaintsOf, saidBy } from './failures.js';

// stderr of ip -batch and ip -force -batch, iproute2 6.1
const CASES: readonly (readonly [string, string, number, unknown])[] = [
  [
    "a line and the kernel's words",
    'RTNETLINK answers: File exists\nCommand failed -:3\n',
    1,
    [{ line: 3, message: 'File exists' }],
  ],
  [
    'an extended answer',
    'Error: Nexthop has invalid gateway.\nCommand failed -:7',
    1,
    [{ line: 7, message: 'Nexthop has invalid gateway.' }],
  ],
  [
    'several, after -force',
    'Cannot find device "x"\nCommand failed -:1\nRTNETLINK answers: No such process\nCommand failed -:4\n',
    1,
    [
      { line: 1, message: 'Cannot find device "x"' },
      { line: 4, message: 'No such process' },
    ],
  ],
  [
    'an end that names no line',
    'RTNETLINK answers: No such file or directory\n',
    2,
    [{ message: 'No such file or directory' }],
  ],
  ['no words at all', '', 255, [{ message: 'exit code 255' }]],
  [
    'a list of known words is left out',
    'bridge: unknown command "x"?\nUsage: ... bridge [ fdb_flush ]\n\t\t  [ forward_delay N ]\n',
    1,
    [{ message: 'bridge: unknown command "x"?' }],
  ],
]; // prettier-ignore

test.each(CASES)('%s', (_, stderr, code, expected) => expect(complaintsOf(stderr, code)).toEqual(expected));

const host = { host: 'local' };
const del = netlink(host, 'link', 'del', { name: 'x' });
const add = netlink(host, 'link', 'add', { name: 'x' });
const set = netlink(host, 'link', 'set', { name: 'x', mtu: 1400 });

describe('in undoing', () => {
  test.each<[string, Op, string, boolean]>([
    ['a removal of nothing is done', del, 'Cannot find device "x"', true],
    ['a route that is gone is removed', netlink(host, 'route', 'del', {}), 'No such process', true],
    ['an address that is gone is removed', netlink(host, 'address', 'del', {}), 'ipv4: Address not found.', true],
    [
      'a namespace that is gone is removed',
      { op: 'namespace', on: host, verb: 'del', name: 'x' },
      'Cannot remove namespace file "/run/netns/x": No such file or directory',
      true,
    ],
    ['a creation of what exists is done', add, 'File exists', true],
    ['a refused removal is not done', del, 'Operation not permitted', false],
    ['a creation without its device is not done', add, 'Cannot find device "br0"', false],
    ['a change of what is gone is not done', set, 'Cannot find device "x"', false],
    ["a program's failure is one", exec(host, 'ovs-vsctl'), 'No such file or directory', false],
  ])('%s', (_, op, message, done) => expect(isSo(op, message, { undo: true })).toBe(done));
});

test.each([
  ['Error: Specified qdisc kind is unknown.\nCommand failed -:1\n', 1, 'Error: Specified qdisc kind is unknown.'],
  ['Error: syntax error\nadd rule\n    ^\n', 1, 'Error: syntax error\nadd rule\n    ^'],
  ['', 3, 'exit code 3'],
])('%j is told without what frames it', (stderr, code, words) => expect(saidBy(stderr, code)).toBe(words));
