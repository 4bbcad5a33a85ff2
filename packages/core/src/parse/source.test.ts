import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Path } from '@pipewright/plugin';
import { readJson } from './json-tree.js';
import { plainScalar } from './scalar.js';
import { isList, isMap, type Source, type Tree, withName } from './source.js';
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

describe('JSON', () => {
  const env = { SET: 'x', TAB: 'a\tb', BELL: '\u0007' };
  const read = (text: string) => parseSource(text, { file: 't.json', env });
  /** As the parser of YAML reads it: a comment is no JSON. */
  const asYaml = (text: string) => parseSource(`${text} # no JSON`, { file: 't.json', env });

  /** All that is known of each part. */
  const told = (source: Source, path: Path = []): unknown => {
    const value = source.valueAt(path);
    const keys = isMap(value)
      ? Object.keys(value)
      : isList(value ?? null)
        ? [...(value as readonly Tree[]).keys()]
        : [];
    return [
      typeof value === 'object' && value !== null ? keys : value,
      source.locate(path),
      source.locateKey(path),
      source.written(path),
      keys.map((key) => told(source, [...path, key])),
    ];
  };
  const equal = (text: string): void => {
    const [json, yaml] = [read(text), asYaml(text)];
    expect([told(json), json.diagnostics]).toEqual([told(yaml), yaml.diagnostics]);
  };

  const strings = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('${SET}', '$$', '${SET:-y}', 'a${TAB}', '<<', '__proto__', '0123', 'true', '\\', '"', 'a: b #c'),
  );
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      strings,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(true, false, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(strings, tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  test('is read as YAML is, each part at its place', () => {
    const maps = fc.dictionary(strings, values, { maxKeys: 4 });
    const isRead = (it: object, indent: number): void => {
      const text = JSON.stringify(it, null, indent);
      equal(text);
      expect(readJson(text, 't.json', env) === undefined).toBe(read(text).diagnostics.length > 0);
    };
    fc.assert(fc.property(maps, fc.constantFrom(0, 1, 3), isRead));
  });

  test.each([
    ['line breaks of Windows', '{\r\n  "name": "x",\r\n  "nodes": {}\r\n}\r\n'],
    ['space around', '\n  { "name" : "x" , "list" : [ 1 , [ ] , { } ] }\n\n'],
    ['numbers', '{"a": 1.50, "b": -0, "c": 1E3, "d": 12345678901234567890}'],
    ['escapes', '{"a\\u0062": "\\/ \\ud83d\\ude00 \\n"}'],
    ['a key twice', '{"name": "x", "nodes": {"a": null, "a": null}}'],
    ['a variable that is not set', '{"name": "${UNSET}"}'],
    ['a variable with a control character', '{"name": "${BELL}"}'],
    ['a key with a control character', '{"a\\u0007": 1}'],
    ['YAML in braces', '{ name: x, "nodes": {} }'],
    ['a comma too much', '{"name": "x",}'],
    ['an end too early', '{"name": ["x"}'],
    ['more behind it', '{"name": "x"} {}'],
    ['numbers that are none', '{"a": 01, "b": .5, "c": +1}'],
    ['too many levels', `{"a": ${'['.repeat(101)}${']'.repeat(101)}}`],
  ])('%s', (_, text) => {
    equal(text);
  });
});

test('what is too large is not read', () => {
  const [fault] = parseSource('#'.repeat(9 * 1024 * 1024), { file: 't.yaml', env: {} }).diagnostics;
  expect(fault!.message).toBe('t.yaml is 9 MB; a topology may have 8 MB.');
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
