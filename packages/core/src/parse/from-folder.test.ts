import { nodeDriver, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { fromFolder } from './from-folder.js';
import { parseSource } from './yaml.js';

const box = nodeDriver({
  kind: 'box',
  summary: 'A box.',
  options: z.object({ shelves: z.array(z.string()) }),
  paths: ['shelves'],
  managed: true,
  compile: () => [],
  locate: () => ({ by: 'host' }),
  exec: () => [],
});
const nodes = { get: () => box, kinds: () => ['box'], default: () => undefined };

const read = (text: string, folder = '/srv/lab') =>
  fromFolder(parseSource(text, { file: 't.yaml', env: {} }), folder, { nodes });

test.each([
  ['./conf:/etc/conf:ro', '/srv/lab/conf:/etc/conf:ro'],
  ['../other/./x', '/srv/other/x'],
  ['.:/src', '/srv/lab:/src'],
  ['..', '/srv'],
  ['../../../../x:/x', '/x:/x'],
  ['/srv/../www:/www', '/srv/../www:/www'],
  ['data:/data', 'data:/data'],
  ['conf/it:/it', 'conf/it:/it'],
  ['.conf:/it', '.conf:/it'],
  ['...:/it', '...:/it'],
])('%s is %s', (written, path) =>
  expect(read(`nodes: { a: { shelves: ["${written}"] } }`).valueAt(['nodes', 'a', 'shelves', 0])).toBe(path),
);

test('so it is in defaults and groups, and under no other key; each is where it was written, as it was', () => {
  const source = read(`
defaults: { shelves: [./d] }
groups: { g: { shelves: [./g] } }
nodes:
  shelves: { other: [./o], shelves: [/a, 5,
    ./n] }
`);
  const at = (...path: readonly (string | number)[]) => source.valueAt(path);
  expect([at('defaults', 'shelves', 0), at('groups', 'g', 'shelves', 0)]).toEqual(['/srv/lab/d', '/srv/lab/g']);
  expect(at('nodes', 'shelves', 'other', 0)).toBe('./o');
  expect(at('nodes', 'shelves', 'shelves')).toEqual(['/a', 5, '/srv/lab/n']);
  expect(source.locate(['nodes', 'shelves', 'shelves', 2])).toMatchObject({ line: 6, column: 5 });
  expect(source.written(['nodes', 'shelves', 'shelves', 2])).toBe('./n');
  expect(source.written(['nodes', 'shelves', 'shelves', 0])).toBeUndefined();
});

test('a text without such paths is the very same', () => {
  const source = parseSource('nodes: { a: { shelves: [/a] }, b: }', { file: 't.yaml', env: {} });
  expect(fromFolder(source, '/srv', { nodes })).toBe(source);
});
