import { describe, expect, test } from 'vitest';
import { sshDestination } from '@pipewright/plugin';
import { hostsIn } from './host.js';

describe('where ssh goes', () => {
  test.each([
    'h1',
    'root@h1',
    'root@h1.example.net',
    '198.51.100.1',
    'root@2001:db8::1',
    'ssh://h1',
    'ssh://root@h1:2222',
    'ssh://root@h1:65535',
  ])('%s', (text) => expect(sshDestination.safeParse(text).success).toBe(true));

  test.each([
    '',
    '-oProxyCommand=id',
    'root@-oProxyCommand=id',
    '-l@h1',
    'ssh://-oProxyCommand=id',
    'ssh://root@-x',
    'h1 -v',
    'h1\n',
    'h1;id',
    '$(id)@h1',
    '`id`',
    "h1'",
    'root@h1/..',
    'scp://h1',
    'h'.repeat(256),
    // ssh takes neither, and would print how it is used
    'ssh://root@[2001:db8::1]:22',
    'ssh://2001:db8::1',
    'ssh://h1:0',
    'ssh://h1:65536',
  ])('not %j', (text) => expect(sshDestination.safeParse(text).success).toBe(false));
});

test('hosts of what was applied once', () => {
  expect(hostsIn({ hosts: { h1: { ssh: 'root@h1' }, h2: { ssh: '-x' }, h3: 7 } })).toEqual([
    { name: 'h1', ssh: 'root@h1' },
  ]);
  expect([undefined, 7, {}, { hosts: 7 }].map(hostsIn)).toEqual([[], [], [], []]);
});
