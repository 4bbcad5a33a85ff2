import type { ReadyPlugin } from '@pipewright/core';
import { definePlugin, linkDriver, PLUGIN_API, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { newPluginName } from './plugin-name.js';

const drivers = { links: [linkDriver({ kind: 'wire', summary: 'A wire.', options: z.object({}), compile: () => [] })] };
const plugin = definePlugin({ name: 'wires', api: PLUGIN_API, drivers });
const known: readonly ReadyPlugin[] = [{ name: 'wires', from: 'built in', plugin, drivers }];

test.each(['a', 'wire2', 'quiet-cable', 'x'.repeat(63)])('%s is free', (name) =>
  expect(newPluginName(name, known)).toBe(name),
);

test.each(['', 'Wire', '1st', 'a-', 'a--b', 'a_b', '../a', 'a b', 'x'.repeat(64)])('"%s" is no word', (name) =>
  expect(() => newPluginName(name, known)).toThrow(expect.objectContaining({ code: 'PW_BAD_PLUGIN_NAME', exit: 2 })),
);

test.each(['wire', 'wires'])('%s is taken', (name) =>
  expect(() => newPluginName(name, known)).toThrow(expect.objectContaining({ code: 'PW_PLUGIN_NAME_TAKEN' })),
);
