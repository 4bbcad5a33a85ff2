import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseDuration, seconds } from './duration.js';

test.each([
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['1h', 3_600_000],
  ['1.5s', 1500],
  ['500ms', 500],
  [2, 2000],
  ['0s', undefined],
  [0, undefined],
  ['', undefined],
  ['30', undefined],
  ['5 minutes', undefined],
])('%j is a duration of %j ms', (given, milliseconds) => expect(parseDuration(given)).toBe(milliseconds));

test.each([
  [90, 90],
  ['90s', 90],
  ['1m30s', 90],
  ['2000ms', 2],
  ['0s', 0],
  [0, 0],
])('%j is %j whole seconds', (given, number) => expect(seconds(0, 100).parse(given)).toBe(number));

test.each([101, '101s', -1, 1.5, '1500ms', '90', 'soon', true, null])('%j is refused with what is allowed', (given) =>
  expect(seconds(0, 100).safeParse(given).error?.issues).toMatchObject([
    { message: 'whole seconds from 0 to 100, as `90` or `1m30s`' },
  ]),
);

test('editors are told of the bounds of a number', () =>
  expect(z.toJSONSchema(seconds(1, 600), { io: 'input' })).toMatchObject({
    anyOf: [{ type: 'integer', minimum: 1, maximum: 600 }, { type: 'string' }],
  }));
