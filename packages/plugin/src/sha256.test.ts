import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest, sha256 } from './sha256.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('of the standard', () => {
  expect(hex(digest('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('as OpenSSL, whatever the length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      expect(hex(digest(text))).toBe(createHash('sha256').update(text).digest('hex'));
    }),
    { numRuns: 1000 },
  );
});

test('the same by hand and by OpenSSL', () => {
  const all = Array.from({ length: 200 }, () => hex(sha256('pipewright')));
  expect(new Set(all)).toEqual(new Set([hex(digest('pipewright'))]));
});
