import { describe, expect, test } from 'vitest';
import { plainScalar } from './scalar.js';
import { withName } from './source.js';
import { sourceOf } from './value.js';
import { parseSource } from './yaml.js';

const text = `name: x
nodes:
  web:
    networks: [front, back]
  db:
`;

describe('positions', () => {
  const source = parseSource(text, { file: 't.yaml', env: {} });

  test.each([
    ['a scalar', ['name'], 1, 7],
    ['a map: its key', ['nodes', 'web'], 3, 3],
    ['a list: its key', ['nodes', 'web', 'networks'], 4, 5],
    ['an item', ['nodes', 'web', 'networks', 1], 4, 23],
    ['nothing: its key', ['nodes', 'db'], 5, 3],
    ['what is not there: the nearest above', ['nodes', 'web', 'networks', 7, 'mtu'], 4, 5],
    ['the top', [], 1, 1],
  ])('%s', (_, path, line, column) => expect(source.locate(path)).toEqual({ file: 't.yaml', line, column }));

  test('of a key', () => expect(source.locateKey(['name'])).toEqual({ file: 't.yaml', line: 1, column: 1 }));
});

test("a key of somebody else's file", () => {
  const json = '{\n  "scripts": { "x": "${NOT_OURS}" },\n  "pipewright": { "name": "y" }\n}';
  const source = parseSource(json, { file: 'package.json', env: {}, within: 'pipewright' });
  expect(source.diagnostics).toEqual([]);
  expect({ ...(source.tree as object) }).toEqual({ name: 'y' });
  expect(source.locate(['name'])).toEqual({ file: 'package.json', line: 3, column: 27 });
});

test('what is too large is not read', () => {
  const [fault] = parseSource('#'.repeat(9 * 1024 * 1024), { file: 't.yaml', env: {} }).diagnostics;
  expect(fault!.message).toBe('t.yaml is 9 MB; a topology may have 8 MB.');
});

test.each([
  ['utf16le', '\ufeff'],
  ['utf16le', ''],
] as const)('what is in UTF-16 is called so: %s, begun with "%s"', (encoding, mark) => {
  const text = Buffer.from(`${mark}name: x\n`, encoding).toString('utf8');
  const [fault] = parseSource(text, { file: 't.yaml', env: {} }).diagnostics;
  expect(fault).toMatchObject({
    code: 'PW_NOT_UTF8',
    message: expect.stringMatching(/^t\.yaml is in UTF-16/) as string,
  });
});

test('the command line names the topology', () => {
  const named = withName(parseSource(text, { file: 't.yaml', env: {} }), 'y');
  expect(named.valueAt(['name'])).toBe('y');
  expect(named.locate(['name']).file).toBe('--name');
  expect(named.locate(['nodes', 'web']).line).toBe(3);
});

describe('objects', () => {
  test('are at the places they are said to be', () => {
    const at = { file: '--node', line: 1, column: 5 };
    const source = sourceOf({ nodes: { a: {} } }, 'argv', (path) => (path.length === 2 ? at : undefined));
    expect(source.locate(['nodes', 'a'])).toEqual(at);
    expect(source.locate(['nodes'])).toEqual({ file: 'argv', line: 1, column: 1 });
  });

  const loop: Record<string, unknown> = {};
  loop['again'] = loop;
  test.each([
    ['a function', { name: () => 'x' }, /a function/],
    ['an instance', { nodes: new Map() }, /a Map/],
    ['a loop', loop, /nests its values too deeply/],
    ['a NUL', { name: 'a\0' }, /control character/],
    ['a list at the top', [], /an empty list/],
    ['nothing', undefined, /a undefined|is empty/],
  ])('%s is no data', (_, value, message) => {
    expect(sourceOf(value, 'x.ts').diagnostics[0]!.message).toMatch(message);
  });

  test('undefined is absent', () => {
    expect(Object.keys(sourceOf({ name: 'x', nodes: undefined }, 'x.ts').tree as object)).toEqual(['name']);
  });
});

test.each([
  ['1400', 1400],
  ['0x10', 16],
  ['1.50', 1.5],
  ['true', true],
  ['', null],
  ['~', null],
  ['yes', 'yes'],
  ['1 # x', '1 # x'],
  ['[a]', '[a]'],
  ['02:00:00:00:00:01', '02:00:00:00:00:01'],
])('the scalar %j', (text, value) => expect(plainScalar(text)).toBe(value));

test('a tag that is written says what a scalar is, quoted or not', () => {
  const text = 'a: !!str 0123\nb: !!int "5"\nc: 5\nd: "5"\ne: !!null ~\nf:\n0x1F: g\n';
  expect(parseSource(text, { file: 'x.yaml', env: {} }).tree).toEqual({
    a: '0123',
    b: 5,
    c: 5,
    d: '5',
    e: null,
    f: null,
    '0x1F': 'g',
  });
});
