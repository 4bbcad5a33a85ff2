import { expect, test } from 'vitest';
import { libraryCheck, namespaceCheck, stateChecks } from './rights.js';

test('namespaces that cannot be made are the end', () => {
  expect(namespaceCheck({ code: 0, stdout: '', stderr: '' })).toMatchObject({ ok: true, detail: 'can be made' });
  expect(namespaceCheck({ code: 1, stdout: '', stderr: 'unshare: Operation not permitted\n' })).toMatchObject({
    ok: false,
    essential: true,
    detail: 'unshare: Operation not permitted',
  });
});

test('where nothing can be written no change can be made', () => {
  expect(stateChecks({ code: 0, stdout: '', stderr: '' })).toEqual([]);
  expect(stateChecks({ code: 1, stdout: '/run\n', stderr: '' })).toMatchObject([
    { ok: false, essential: true, detail: '/run is not writable' },
  ]);
});

test('a library that does not load is no end', async () => {
  expect(await libraryCheck(() => Promise.resolve())).toMatchObject({ ok: true });
  expect(await libraryCheck(() => Promise.reject(new Error('no koffi\nat …')))).toMatchObject({
    ok: false,
    essential: false,
    detail: 'no koffi',
  });
});
