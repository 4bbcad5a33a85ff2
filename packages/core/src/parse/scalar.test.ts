import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isScalar, type ScalarTag, Schema } from 'yaml';
import { plainScalar } from './scalar.js';

const core = new Schema({ schema: 'core' });

/** What the yaml package makes of it; loading that takes longer than most commands that read no YAML. */
function readByYaml(text: string): unknown {
  const isScalars = (it: (typeof core.tags)[number]): it is ScalarTag => it.collection === undefined;
  const tag = core.tags.filter(isScalars).find((it) => it.default === true && it.test?.test(text));
  const read: unknown = tag ? tag.resolve(text, () => undefined, {}) : text;
  return isScalar(read) ? read.value : read;
}

test('as the yaml package', () => {
  const piece = fc.constantFrom('-', '+', '0', '7', '9', '12', 'a', 'F', '.', 'e', 'E', 'x', 'o', '0x', '0o', '_', ' ');
  const word = fc.constantFrom(
    'null',
    'Null',
    'NULL',
    'true',
    'True',
    'false',
    '.inf',
    '.Inf',
    '.nan',
    '.NAN',
    '~',
    'n',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((it) => it.join('')),
    fc.tuple(fc.constantFrom('', '-', '+'), word).map((it) => it.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (it) => {
      expect(plainScalar(it)).toBe(readByYaml(it));
    }),
    { numRuns: 3000 },
  );
});
