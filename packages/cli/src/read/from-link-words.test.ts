import { describe, expect, test } from 'vitest';
import { linkOf, topologyOf } from './from-link-words.js';

const KINDS = ['docker', 'netns', 'pid'];
const NONE = { port: [], compat: undefined };

describe('a word for a service link', () => {
  test.each([
    ['redis', 'redis', 'redis'],
    ['redis:db', 'redis', 'db'],
    ['docker:redis', 'docker:redis', 'redis'],
    ['docker:redis:db', 'docker:redis', 'db'],
    ['pid:4711:db', 'pid:4711', 'db'],
    ['/run/netns/red', '/run/netns/red', 'red'],
    ['/run/netns/red:db', '/run/netns/red', 'db'],
  ])('%s', (word, guest, alias) => expect(linkOf(word, KINDS, NONE)).toEqual({ guest, alias }));

  test.each([
    '',
    ':db',
    'redis:',
    'redis:a:b',
    'docker:redis:a:b',
    'redis:a b',
    'redis:a\nb',
    'redis:a\0',
    'redis:a=b',
  ])('not %j', (word) => expect(() => linkOf(word, KINDS, NONE)).toThrow(/LINK/));

  test('with ports, and rules', () => {
    const options = { ...NONE, port: ['6379', '53/udp'], compat: 'docker-27' };
    expect(linkOf('redis', KINDS, options)).toMatchObject({ ports: ['6379', '53/udp'], compat: 'docker-27' });
    expect(() => linkOf('redis', KINDS, { ...options, port: ['99999'] })).toThrow(/--port/);
  });
});

test('a topology that is called as the guest, as long as a name may be', () =>
  expect(topologyOf('w'.repeat(80))).toBe(`link-${'w'.repeat(58)}`));
