import { crc32 as zlibs } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.js';

test('the value that the catalogues of such sums check with', () => expect(crc32('123456789')).toBe(0xcbf43926));

test('as zlib', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      expect(crc32(text)).toBe(zlibs(text));
    }),
  );
});
