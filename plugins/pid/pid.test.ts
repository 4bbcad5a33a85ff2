import { nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { pid } from './index.js';

pluginSuite(plugin, { options: { pid: { pid: 4711 } } });

test('is entered by its pid and never made', () => {
  const node = nodeSpec({ name: 'web', options: { pid: 4711 } });
  expect(pid.managed).toBe(false);
  expect(pid.locate(node)).toEqual({ by: 'pid', pid: 4711 });
  expect(pid.exec(node, ['ip', 'addr'])).toEqual(['nsenter', '-t', '4711', '-n', '--', 'ip', 'addr']);
});
