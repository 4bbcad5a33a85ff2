import { type Allotments, defineError, fail } from '@pipewright/plugin';
import { MemoryAllotments } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { forgetAllotted, keepAllotted, readAllotted } from './allotments.js';

const allotted = new Map([['web/eth0', ['10.0.0.2/24']]]);

/** A disk on which nothing goes any more. */
const broken: Allotments = {
  read: async () => Promise.reject(new Error('EIO: i/o error, read')),
  write: async () => Promise.reject(new Error('EROFS: read-only file system')),
  remove: async () => Promise.reject(new Error('EROFS: read-only file system')),
};

test('what is kept is read again, until it is forgotten', async () => {
  const store = new MemoryAllotments();
  expect(await keepAllotted(store, 'shop', allotted)).toEqual([]);
  expect(await readAllotted(store, 'shop')).toEqual({ allotted, warnings: [] });
  expect(await forgetAllotted(store, 'shop')).toEqual([]);
  expect(await readAllotted(store, 'shop')).toEqual({ allotted: new Map(), warnings: [] });
});

test.each([
  ['read', 'EIO', async () => (await readAllotted(broken, 'shop')).warnings],
  ['written', 'EROFS', () => keepAllotted(broken, 'shop', allotted)],
  ['removed', 'EROFS', () => forgetAllotted(broken, 'shop')],
])('what cannot be %s is a warning in the words of the system', async (_, words, warnings) => {
  expect(await warnings()).toMatchObject([{ severity: 'warning', message: expect.stringContaining(words) as string }]);
});

test('a store that knows what to do about it says so itself', async () => {
  const torn = defineError('TORN', () => ({ message: 'It is torn.', fix: 'rm it' }));
  const { warnings } = await readAllotted({ ...broken, read: async () => fail(torn()) }, 'shop');
  expect(warnings).toMatchObject([{ code: 'TORN', message: 'It is torn.', fix: 'rm it' }]);
});
