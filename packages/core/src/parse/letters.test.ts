import { expect, test } from 'vitest';
import { parseSource } from './yaml.js';

const read = (text: string) =>
  parseSource(text, { file: 't.yaml', env: { VERSION: '1.10', NOTHING: '', NULL: 'null' } });

test.each([
  ['1.10', '1.10'],
  ['010', '010'],
  ['0x1F', '0x1F'],
  ['12345678901234567890', '12345678901234567890'],
  ['TRUE', 'TRUE'],
  ['yes', 'yes'],
  ['${VERSION}', '1.10'],
  ['${NULL}', 'null'],
  ['${NOTHING}', ''],
  ['', null],
  ['~', null],
])('a variable that is written %j is %j', (written, value) => {
  const source = read(`name: x\nnodes:\n  a:\n    env:\n      V: ${written}\n`);
  expect(source.valueAt(['nodes', 'a', 'env', 'V'])).toBe(value);
  expect(source.locate(['nodes', 'a', 'env', 'V']).line).toBe(5);
});

test('so it is in defaults, in groups and by an alias, and nowhere else', () => {
  const source = read(`name: x
x-env: &env { V: 1.10 }
defaults: { env: { V: 1.10 } }
groups: { g: { env: { V: 1.10 } } }
networks: { env: { kind: bridge, ageing: 1.10 } }
nodes: { env: { sysctls: { env: 1.10 } }, a: { env: { <<: *env } }, b: { env: *env } }
`);
  const at = (...path: readonly string[]) => source.valueAt(path);
  const kept = [
    at('defaults', 'env', 'V'),
    at('groups', 'g', 'env', 'V'),
    at('nodes', 'a', 'env', 'V'),
    at('nodes', 'b', 'env', 'V'),
  ];
  expect(kept).toEqual(['1.10', '1.10', '1.10', '1.10']);
  expect(at('networks', 'env', 'ageing')).toBe(1.1);
  expect(at('nodes', 'env', 'sysctls', 'env')).toBe(1.1);
});
