import type { FileSystem } from '@pipewright/plugin';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileLedger } from './ledger.js';

const files = new Map<string, string>();
const inMemory: FileSystem = {
  read: async (path) => files.get(path),
  write: async (path, text) => void files.set(path, text),
  remove: async (path) => void files.delete(path),
  list: async (folder) => [
    ...new Set(
      [...files.keys()]
        .filter((it) => it.startsWith(`${folder}/`))
        .map((it) => it.slice(folder.length + 1).split('/')[0]!),
    ),
  ],
};
const ledger = new FileLedger(inMemory);
const entry = {
  topology: 'shop',
  source: { name: 'shop' },
  base: '/srv',
  replaced: [],
  resources: [
    {
      type: 'device',
      key: 'device:local//br0',
      id: 'front',
      on: { host: 'local' },
      attrs: { name: 'br0', master: null },
      within: [{ ref: 'x' }],
    },
  ],
};
const path = '/state/shop/ledger.json';

beforeEach(() => vi.stubEnv('PIPEWRIGHT_STATE_DIR', '/state'));
afterEach(() => {
  vi.unstubAllEnvs();
  files.clear();
});

test('gives back what it was given, from the folder of its topology', async () => {
  await ledger.write(entry);
  expect([...files.keys()]).toEqual([path]);
  expect(await ledger.read('shop')).toEqual(entry);
});

test('knows the topologies that have one', async () => {
  await ledger.write(entry);
  files.set('/state/other/journal', '');
  files.set('/state/lock', '');
  expect(await ledger.topologies()).toEqual(['shop']);
  await ledger.remove('shop');
  expect(await ledger.topologies()).toEqual([]);
});

test.each(['none', '../shop', ''])('reads nothing of %j', async (topology) => {
  files.set('/shop/ledger.json', '{}');
  expect(await ledger.read(topology)).toBeUndefined();
});

describe('a file that is not its own', () => {
  test.each([
    ['torn', '{"format":1,"topology":"sh'],
    ['of another format', JSON.stringify({ format: 9, ...entry })],
    ['of another shape', JSON.stringify({ format: 1, ...entry, resources: [{}] })],
    ['empty', ''],
  ])('%s: says which, and what to do', async (_, text) => {
    files.set(path, text);
    await expect(ledger.read('shop')).rejects.toMatchObject({
      code: 'PW_BAD_LEDGER',
      fix: expect.stringContaining(`rm ${path}`) as string,
    });
  });
});
