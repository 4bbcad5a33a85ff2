import { PipewrightError } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { hostsNamed } from './hosts-named.js';

const known = new Map([
  ['shop1', [{ name: 'shop1', ssh: 'ops@10.9.9.1' }]],
  ['rack_', [{ name: 'rack_', ssh: 'root@h4' }]],
  ['both', ['root@h1', 'root@h2'].map((ssh) => ({ name: 'both', ssh }))],
]);

test('a host is what a topology calls it, else what ssh takes, under a name that a topology may have for it', () =>
  expect(
    hostsNamed(['shop1', 'root@h1', 'ssh://root@h2.example.net:2222', 'root@fd00::1', 'ssh://h3:65535'], known),
  ).toEqual([
    { name: 'shop1', ssh: 'ops@10.9.9.1' },
    { name: 'h1', ssh: 'root@h1' },
    { name: 'h2.example.net-2222', ssh: 'ssh://root@h2.example.net:2222' },
    { name: 'fd00--1', ssh: 'root@fd00::1' },
    { name: 'h3-65535', ssh: 'ssh://h3:65535' },
  ]));

test.each([
  ['-oProxyCommand=x'],
  ['root@local'],
  ['h1;id'],
  [''],
  // What no ssh takes: it would print how it is used.
  ['ssh://h1:0'],
  ['ssh://h1:65536'],
  ['ssh://root@[fd00::1]:22'],
  ['ssh://fd00::1'],
])('%j is none', (word) => expect(() => hostsNamed([word], known)).toThrow(PipewrightError));

test('also by a name that is nothing to ssh', () =>
  expect(hostsNamed(['rack_'], known)).toEqual([{ name: 'rack_', ssh: 'root@h4' }]));

test('what topologies do not mean the same by is told', () =>
  expect(() => hostsNamed(['both'], known)).toThrow(/different machines "both": root@h1, root@h2/));

test('twice is a mistake', () => expect(() => hostsNamed(['root@h1', 'h1'], known)).toThrow(/h1/));
