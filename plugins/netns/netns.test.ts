import { nodeContext, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { netns } from './index.js';

pluginSuite(plugin);

const node = nodeSpec({ name: 'web', topology: 'shop', options: {} });
test('is a namespace named after topology and node, as ip netns lists it', () => {
  expect(netns.compile(node, nodeContext())).toMatchObject([
    { type: 'namespace', makes: 'web', attrs: { name: 'shop-web', loopback: true } },
  ]);
  expect(netns.locate(node)).toEqual({ by: 'name', name: 'shop-web' });
  expect(netns.exec(node, ['id', '-u'])).toEqual(['ip', 'netns', 'exec', 'shop-web', 'env', '--', 'id', '-u']);
});

describe('one that is there already', () => {
  const options = netns.options.parse({ namespace: 'red' });
  const red = nodeSpec({ name: 'web', topology: 'shop', options });

  test('is used by its name, never made or removed', () => {
    expect(netns.managed).toEqual(expect.any(Function));
    expect(typeof netns.managed === 'function' && netns.managed(options as never)).toBe(false);
    expect(netns.compile(red, nodeContext())).toEqual([]);
    expect(netns.locate(red)).toEqual({ by: 'name', name: 'red' });
    expect(netns.exec(red, ['id'])).toEqual(['ip', 'netns', 'exec', 'red', 'env', '--', 'id']);
  });

  test.each([
    ['kind', 'red', 'red'],
    ['name', 'red', 'red'],
    ['path', '/run/netns/red', 'red'],
    ['path', '/var/run/netns/red', 'red'],
    ['path', '/run/netns/red/more', undefined],
    ['path', '/proc/4711/ns/net', undefined],
    ['name', 'a b', undefined],
    ['kind', '', undefined],
  ] as const)('a %s, %s', (form, text, name) =>
    expect(netns.guest?.({ form, text })).toEqual(name && { name, options: { namespace: name } }),
  );
});
