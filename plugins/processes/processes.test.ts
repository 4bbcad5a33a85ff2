import { isDiagnostic, type ModelNode, type ProcessAttrs, type Resource } from '@pipewright/plugin';
import { featureContext, model, nic, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { processes } from './index.js';
import { nodeOptions } from './options.js';

pluginSuite(plugin);

const FILES = { etc: '/etc/netns/shop-web' };

function compile(given: unknown, more: Partial<ModelNode> = {}) {
  const eth0 = nic({ addresses: ['10.0.0.2/24'] });
  const options = nodeOptions.parse({ processes: given });
  const spec = nodeSpec({ options, loopback: ['10.255.0.1/32'] });
  const node = { ...spec, on: eth0.on, managed: true, nics: [eth0], files: FILES, ...more };
  return processes.compile(model({ nodes: [node] }), featureContext()).resources;
}

const made = (...given: Parameters<typeof compile>) => compile(...given) as readonly Resource<ProcessAttrs>[];

const IN_NODE = [
  ...['ip', 'netns', 'exec', 'shop-web', 'env', '--'],
  ...['PIPEWRIGHT_TOPOLOGY=shop', 'PIPEWRIGHT_NODE=web'],
];

test('a line is a program that runs in the node, as exec would, as long as the namespace is there', () =>
  expect(made({ http: 'httpd -f "-h" /srv' })).toMatchObject([
    {
      type: 'process',
      id: 'web/http',
      within: [{ ref: 'namespace:local//shop-web' }],
      attrs: { node: 'web', argv: ['./run', ...IN_NODE, 'httpd', '-f', '-h', '/srv'], state: 'running' },
    },
  ]));

test('it starts when the nics have their addresses, and those before it are ready', () => {
  const [one, two] = made({ one: 'a', two: ['b'] });
  const there = ['device:local/web/eth0', 'address:local/web/eth0 10.0.0.2/24', 'address:local/web/lo 10.255.0.1/32'];
  expect(one?.needs?.map((it) => it.ref)).toEqual(there);
  expect(two?.needs?.map((it) => it.ref)).toEqual([...there, one?.key]);
});

test('it is asked in the node, too, whether it is ready; words are words to the shell that asks', () => {
  const [asked] = made({ zebra: { command: 'zebra', ready: ['sh', '-c', "echo it's $(reboot)"], timeout: 3 } });
  expect(asked?.attrs.ready).toMatchObject({ withinMs: 3000, otherwise: 'it was not ready within 3 s' });
  expect(asked?.attrs.files?.['probe']).toContain(`exec 'ip' 'netns'`);
  expect(asked?.attrs.files?.['probe']).toContain(`'sh' '-c' 'echo it'\\''s $(reboot)'\n`);
  expect(made({ zebra: 'zebra' })[0]?.attrs.files).not.toHaveProperty('probe');
});

test('what is to be done afterwards is done in the node', () =>
  expect(made({ a: { command: 'a', afterwards: 'rm -rf /run/a' } })[0]?.attrs.afterwards).toEqual([
    ...IN_NODE,
    ...['rm', '-rf', '/run/a'],
  ]));

test('it has the environment of the node, but what that takes away', () =>
  expect(made({ a: 'a' }, { env: { A: 'x y', B: null } })[0]?.attrs.argv.slice(-2)).toEqual(['A=x y', 'a']));

describe('a namespace of others', () => {
  test('that has a name is not ours to remake', () =>
    expect(made({ a: 'a' }, { managed: false })[0]).toMatchObject({
      within: [],
      attrs: { argv: ['./run', ...IN_NODE, 'a'] },
    }));

  test('that has none is entered all the same', () => {
    const { files: _, ...pid } = { ...nodeSpec({ options: { processes: { a: ['a'] } } }), files: undefined };
    const node = { ...pid, on: { host: 'local', node: 'web' }, managed: false, nics: [] };
    const [only] = processes.compile(model({ nodes: [node] }), featureContext()).resources;
    expect(only).toMatchObject({ attrs: { node: 'web', argv: ['./run', 'env', '--', ...IN_NODE.slice(-2), 'a'] } });
  });
});

test.each([
  [{ a: './a' }],
  [{ a: ['sh', '../a'] }],
  [{ a: { command: 'a', ready: './b' } }],
  [{ a: { command: 'a', afterwards: 'rm ./b' } }],
])('%j is told of: there is no such path where it starts', (given) => {
  const found = compile(given).filter(isDiagnostic);
  expect(found).toMatchObject([{ code: 'PW_PROCESSES_RELATIVE', path: ['nodes', 'web', 'processes', 'a'] }]);
  expect(found[0]?.fix).toMatch(/\$\{PIPEWRIGHT_FOLDER\}\/(\.\.\/)?[ab]"/);
});

test.each([
  [{ a: '' }],
  [{ a: 'sh -c "' }],
  [{ a: [] }],
  [{ a: {} }],
  [{ a: { command: 'a', timeout: 0 } }],
  [{ a: { command: 'a', restart: 'always' } }],
  [{ 'a/b': 'a' }],
  [{ '-a': 'a' }],
])('%j is not taken', (given) => expect(nodeOptions.safeParse({ processes: given }).success).toBe(false));

test('containers and the host have none', () => {
  const takes = (given: object): unknown => processes.takes?.(given as never);
  expect([{}, { engine: {} }, { wellKnown: 'host' }].map(takes)).toEqual([true, false, false]);
});
