import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Head, recordBytes, recordIn } from './record.js';

const HEAD: Head = {
  inputs: {
    program: '1.2.3',
    argv: ['up', 'ä'],
    folder: '/',
    variables: [
      ['PATH', '/bin'],
      ['X', null],
    ],
  },
  said: [{ to: 1, text: 'No changes; t is as declared.\n' }],
  shapes: [{ length: 24, ranges: [0, 6], bits: [18, 129] }],
  layouts: [[0, -1]],
  idles: [[{ shape: { length: 20, ranges: [0, 6], bits: [] }, gist: '\u0000\u00ff' }]],
  dumps: [[{ protocol: 0, request: 'AAAA', layout: 0, idle: 0 }]],
  places: [{ path: '', files: [], dumps: 0, lengths: [8] }],
};
const BYTES = Buffer.from('whatever was told');
const FILE = Buffer.concat(recordBytes(HEAD, BYTES));
const FRAME = FILE.indexOf('{');

test('a record is read as it was written', () => expect(recordIn(FILE)).toEqual({ head: HEAD, bytes: BYTES }));

test('of half a file nothing is read', () => {
  for (let length = 0; length < FILE.length; length++) expect(recordIn(FILE.subarray(0, length))).toBeUndefined();
  expect(recordIn(Buffer.concat([FILE, BYTES]))).toBeUndefined();
});

test('of a file with other bits in its head nothing is read', () =>
  fc.assert(
    fc.property(fc.nat(FILE.length - BYTES.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const changed = Buffer.from(FILE);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(recordIn(changed)).toBeUndefined();
    }),
    { numRuns: 500 },
  ));

test('a record may begin anywhere in memory', () => {
  const room = Buffer.concat([Buffer.alloc(3), FILE]);
  expect(recordIn(room.subarray(3))?.head).toEqual(HEAD);
  expect(FRAME % 4).toBe(0);
});
