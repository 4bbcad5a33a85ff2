import { MemoryFileSystem } from '@pipewright/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileLedger } from './ledger.js';

let files = new MemoryFileSystem();
let ledger = new FileLedger(files);
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

beforeEach(() => {
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', '/state');
  files = new MemoryFileSystem();
  ledger = new FileLedger(files);
});
afterEach(() => vi.unstubAllEnvs());

async function write(): Promise<void> {
  await ledger.prepare('shop', entry);
  await ledger.settle('shop');
}

test('gives back what it was given, from the folder of its topology, on one line', async () => {
  await write();
  expect(await files.list('/state/shop')).toEqual(['ledger.json']);
  expect((await files.read(path))?.split('\n')).toHaveLength(2);
  expect(await ledger.read('shop')).toEqual(entry);
});

test('knows the topologies that have one', async () => {
  await write();
  await files.write('/state/other/journal', '');
  await files.write('/state/lock', '');
  expect(await ledger.topologies()).toEqual(['shop']);
  await ledger.remove('shop');
  expect(await ledger.topologies()).toEqual([]);
  expect(await files.list('/state')).toEqual(['lock', 'other']);
});

test('a prepared entry is a file of its own, and none is left when it is settled or dropped', async () => {
  await write();
  await ledger.prepare('shop', entry);
  expect(await files.list('/state/shop')).toEqual(['ledger.json', 'ledger.next.json']);
  await ledger.discard('shop');
  await ledger.prepare('shop', undefined);
  expect(await files.list('/state/shop')).toEqual(['ledger.json', 'ledger.removal']);
  await ledger.settle('shop');
  expect(await files.list('/state')).toEqual([]);
});

test.each(['none', '../shop', ''])('reads nothing of %j', async (topology) => {
  await files.write('/shop/ledger.json', '{}');
  expect(await ledger.read(topology)).toBeUndefined();
});

describe('a file that is not its own', () => {
  test.each([
    ['torn', '{"format":1,"topology":"sh'],
    ['of another format', JSON.stringify({ format: 9, ...entry })],
    ['with a thing that is none', JSON.stringify({ format: 1, ...entry, resources: [...entry.resources, {}] })],
    ['with a thing nowhere', JSON.stringify({ format: 1, ...entry, replaced: [{ ...entry.resources[0], on: {} }] })],
    [
      'with a bad reference',
      JSON.stringify({ format: 1, ...entry, replaced: [{ ...entry.resources[0], within: [{}] }] }),
    ],
    ['without things', JSON.stringify({ format: 1, ...entry, resources: undefined })],
    ['empty', ''],
  ])('%s: says which, and what to do', async (_, text) => {
    await files.write(path, text);
    await expect(ledger.read('shop')).rejects.toMatchObject({
      code: 'PW_BAD_LEDGER',
      fix: expect.stringContaining(`rm ${path}`) as string,
    });
  });

  test('what is torn is no JSON', async () => {
    await files.write(path, '{"format":1,"topo');
    await expect(ledger.read('shop')).rejects.toThrow(/there: it is no JSON/);
  });
});
