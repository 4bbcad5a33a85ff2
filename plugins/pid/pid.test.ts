import { nodeContext, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { pid } from './index.js';

pluginSuite(plugin, { options: { pid: { pid: 4711 } } });

test('is entered by its pid and never made', () => {
  const node = nodeSpec({ name: 'web', options: { pid: 4711 } });
  expect(pid.managed).toBe(false);
  expect(pid.locate(node)).toEqual({ by: 'pid', pid: 4711 });
  expect(pid.exec(node, ['ip', 'addr'])).toEqual(['nsenter', '-t', '4711', '-n', '--', 'ip', 'addr']);
});

test('is entered by a path in place of a pid', () => {
  const node = nodeSpec({ name: 'web', options: { path: '/mnt/web.ns' } });
  expect(pid.locate(node)).toEqual({ by: 'path', path: '/mnt/web.ns' });
  expect(pid.exec(node, ['ip', 'addr'])).toEqual(['nsenter', '--net=/mnt/web.ns', '--', 'ip', 'addr']);
});

test.each([
  ['both', { pid: 1, path: '/a' }],
  ['neither', {}],
])('a mistake: %s', (_, options) => {
  expect(pid.compile(nodeSpec({ options }), nodeContext())).toMatchObject([{ code: 'PW_PID_ONE_OF_TWO' }]);
});

test.each([
  ['kind', '4711', { name: 'pid-4711', options: { pid: 4711 } }],
  ['path', '/proc/4711/ns/net', { name: 'pid-4711', options: { pid: 4711 } }],
  ['path', '/mnt/web.ns', { name: 'mnt-web.ns', options: { path: '/mnt/web.ns' } }],
  ['name', '4711', { name: 'pid-4711', options: { pid: 4711 }, fallback: true }],
  ['name', 'web', undefined],
  ['kind', 'web', undefined],
  ['kind', '0', undefined],
  ['path', '/run/netns/red', undefined],
  ['path', './web.ns', undefined],
] as const)('a guest by %s, %s', (form, text, guest) => expect(pid.guest?.({ form, text })).toEqual(guest));
