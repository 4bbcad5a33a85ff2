import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { NodeFileSystem } from './file-system.js';

const files = new NodeFileSystem();
let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'pipewright-'))));
afterAll(async () => rm(folder, { recursive: true }));

test('writes for its owner alone, whole, and leaves no draft', async () => {
  const path = join(folder, 'a/b/state.json');
  await Promise.all(['one', 'two', 'two'].map(async (text) => files.write(path, text)));
  expect(['one', 'two']).toContain(await files.read(path));
  expect(await readdir(join(folder, 'a/b'))).toEqual(['state.json']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
});

test('what is missing is nothing, and its removal is done', async () => {
  expect(await files.read(join(folder, 'none'))).toBeUndefined();
  expect(await files.list(join(folder, 'none'))).toEqual([]);
  await files.remove(join(folder, 'none'));
});

test('what is for root alone is said to be so to others', async () => {
  const unreadable = '/proc/sys/net/ipv4/route/flush'; // for writing only: by root, too
  await expect(files.read(unreadable)).rejects.toMatchObject({ code: 'PW_STATE_NOT_READ', exit: 4 });
  const other = vi.spyOn(process, 'geteuid').mockReturnValue(65534);
  await expect(files.read(unreadable)).rejects.toMatchObject({ code: 'PW_NEEDS_ROOT', exit: 4 });
  other.mockRestore();
});

test('of what is there and is no file nothing is read, and nobody is waited for', async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('sh', ['-c', 'mkfifo "$0"', fifo]);
  for (const path of [folder, fifo, '/dev/zero'])
    await expect(files.read(path)).rejects.toMatchObject({
      code: 'PW_STATE_NOT_READ',
      message: `${path} could not be read: it is no ordinary file`,
    });
  await files.remove(fifo);
});

test('removes a file, an empty folder, and no full one', async () => {
  const path = join(folder, 'c/file');
  await files.write(path, '');
  await expect(files.remove(join(folder, 'c'))).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  await files.remove(path);
  await files.remove(join(folder, 'c'));
  expect(await files.list(folder)).not.toContain('c');
});
