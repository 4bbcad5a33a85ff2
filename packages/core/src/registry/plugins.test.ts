import {
  definePlugin,
  deviceKind,
  networkDriver,
  PipewrightError,
  PLUGIN_API,
  type PluginDefinition,
  resourceType,
  z,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { compose } from './compose.js';
import { checkPlugins } from './plugins.js';
import { DeviceKinds, joinDeviceKinds, NetworkDrivers } from './registry.js';

const network = (kind: string) =>
  networkDriver({ kind, summary: 'For a test.', options: z.object({}), compile: () => [] });
const attribute = { schema: z.int(), class: 'fixed', word: 'w', netlink: { type: 1, layout: 'u32' } } as const;
const plugin = (name: string, more: Partial<PluginDefinition> = {}) => definePlugin({ name, api: PLUGIN_API, ...more });
const untyped = (drivers: unknown) => plugin('untyped', { drivers: drivers as never });
const check = (...plugins: PluginDefinition[]) =>
  checkPlugins(plugins.map((it) => ({ plugin: it, options: {}, from: `./${it.name}.ts` })));

test('what plugins bring is found by its kind', () => {
  const container = compose([], check(plugin('one', { drivers: { networks: [network('mesh'), network('ring')] } })));
  expect(container.resolve(NetworkDrivers).kinds()).toEqual(['mesh', 'ring']);
});

test('nothing of a contract is no mistake', () => {
  expect(
    compose([], check(plugin('empty')))
      .resolve(NetworkDrivers)
      .kinds(),
  ).toEqual([]);
});

test("drivers may be a function of the plugin's options", () => {
  const made = plugin('made', {
    options: z.object({ kind: z.string() }),
    drivers: ({ kind }) => ({ networks: [network(String(kind))] }),
  });
  const ready = checkPlugins([{ plugin: made, options: { kind: 'tree' }, from: './made.ts' }]);
  expect(compose([], ready).resolve(NetworkDrivers).kinds()).toEqual(['tree']);
});

test('attribute tables of one kind are joined', () => {
  const joined = joinDeviceKinds([
    deviceKind({ kind: 'bridge', attributes: { one: attribute }, maxPorts: 3 }),
    deviceKind({ kind: 'bridge', attributes: { two: attribute } }),
  ]);
  expect(joined.get('bridge')).toMatchObject({ maxPorts: 3, attributes: { one: {}, two: {} } });
  expect(new DeviceKinds([]).get('bridge')).toBeUndefined();
});

const throws = (): never => {
  throw new Error('boom');
};

test.each<[string, string, () => unknown, string[]]>([
  ['another API version', 'PW_PLUGIN_API', () => check(plugin('old', { api: 99 })), ['"old"', './old.ts', '99']],
  [
    'a kind taken',
    'PW_CLAIMED_TWICE',
    () =>
      check(
        plugin('a', { drivers: { networks: [network('mesh')] } }),
        plugin('b', { drivers: { networks: [network('mesh')] } }),
      ),
    ['a (./a.ts)', 'b (./b.ts)', '"mesh"'],
  ],
  [
    'a device attribute taken',
    'PW_CLAIMED_TWICE',
    () =>
      check(
        plugin('a', { deviceKinds: [deviceKind({ kind: 'k', attributes: { x: attribute } })] }),
        plugin('b', { deviceKinds: [deviceKind({ kind: 'k', attributes: { x: attribute } })] }),
      ),
    ['k x'],
  ],
  ['a name taken', 'PW_CLAIMED_TWICE', () => check(plugin('a'), plugin('a')), ['plugin "a"']],
  [
    'a kind that is no word',
    'PW_BAD_KIND',
    () => check(plugin('a', { drivers: { networks: [network('Mesh!')] } })),
    ['Mesh!'],
  ],
  [
    'options it does not take',
    'PW_PLUGIN_OPTIONS',
    () => checkPlugins([{ plugin: plugin('a'), options: { x: 1 }, from: '.' }]),
    ['it takes none'],
  ],
  [
    'a driver that lacks something',
    'PW_NOT_A_DRIVER',
    () => check(untyped({ networks: [{ kind: 'mesh' }] })),
    ['"untyped"', './untyped.ts', 'network driver', 'options'],
  ],
  [
    'a driver that is none',
    'PW_NOT_A_DRIVER',
    () => check(untyped({ links: [null] })),
    ['"untyped"', 'link driver', 'nothing'],
  ],
  ['drivers that are no list', 'PW_NOT_A_DRIVER', () => check(untyped({ nodes: 42 })), ['"untyped"', 'nodes', '42']],
  ['drivers that throw', 'PW_PLUGIN_THREW', () => check(plugin('a', { drivers: throws })), ['boom', '"a"']],
])('refused: %s', (_, code, run, words) => {
  const error = thrown(run);
  expect(error.code).toBe(code);
  for (const word of words) expect(error.message).toContain(word);
});

test.each([
  ['throws', throws, 'boom'],
  ['gives nothing', () => undefined as never, 'it gave nothing, and no list of ops'],
  ['gives no ops', () => [5] as never, 'and no list of ops'],
])('a resource type of a plugin that %s is named', (_, write, words) => {
  const type = resourceType({
    type: 'thing',
    attrs: z.object({}),
    name: () => 'x',
    queries: [],
    parse: () => [],
    write,
  });
  const [made] = check(plugin('a', { resources: [type] }))[0]?.plugin.resources ?? [];
  const error = thrown(() => made?.write({} as never, {} as never));
  expect(error.code).toBe('PW_TYPE_THREW');
  for (const word of ['"thing"', '"a"', 'write', words]) expect(error.message).toContain(word);
});

function thrown(run: () => unknown): PipewrightError {
  try {
    run();
  } catch (error) {
    if (error instanceof PipewrightError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}
