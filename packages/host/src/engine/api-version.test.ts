import { expect, test } from 'vitest';
import { isApiVersion, isOlder, refusesVersion } from './api-version.js';

test.each([
  ['1.9', '1.24', true],
  ['1.24', '1.9', false],
  ['1.41', '1.41', false],
  ['1.99', '2.0', true],
  ['2.0', '1.99', false],
])('%s is older than %s: %s', (version, than, older) => expect(isOlder(version, than)).toBe(older));

test.each([
  ['1.41', true],
  ['', false],
  ['1', false],
  ['1.41, 1.42', false],
  [undefined, false],
])('%j is a version: %s', (text, is) => expect(isApiVersion(text)).toBe(is));

test.each([
  [400, 'client version 1.24 is too old. Minimum supported API version is 1.44', true],
  [400, 'client version 1.60 is too new. Maximum supported API version is 1.41', true],
  [400, 'invalid reference format', false],
  [404, 'client version 1.24 is too old', false],
])('%i %s', (status, message, refuses) => expect(refusesVersion({ status, body: { message } })).toBe(refuses));
