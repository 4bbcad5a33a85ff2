import { MemoryFileSystem } from '@pipewright/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileAllotments } from './allotments.js';

const path = '/state/shop/allotments.json';
const allotted = new Map([['web/eth0', ['10.0.0.2/24', 'fd00::2/64']]]);

let files = new MemoryFileSystem();
beforeEach(() => {
  files = new MemoryFileSystem();
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', '/state');
});
afterEach(() => vi.unstubAllEnvs());

const allotments = () => new FileAllotments(files);

test('a file of the topology, that people can read', async () => {
  await allotments().write('shop', allotted);
  expect(JSON.parse((await files.read(path)) ?? '')).toEqual({
    format: 1,
    topology: 'shop',
    nics: { 'web/eth0': ['10.0.0.2/24', 'fd00::2/64'] },
  });
});

test('lives where a reboot does not reach', async () => {
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', undefined);
  await allotments().write('shop', allotted);
  expect(await files.list('/var/lib/pipewright/shop')).toEqual(['allotments.json']);
});

test.each(['../shop', ''])('reads nothing of %j', async (topology) => {
  await files.write('/shop/allotments.json', 'not read');
  expect(await allotments().read(topology)).toEqual(new Map());
});

test('leaves what else is in its folder', async () => {
  await files.write('/state/shop/ledger.json', '');
  await allotments().write('shop', allotted);
  await allotments().remove('shop');
  expect(await files.list('/state/shop')).toEqual(['ledger.json']);
});

describe('a file that is not its own', () => {
  test.each([
    ['torn', '{"format":1,"topology":"sh'],
    ['of another format', '{"format":9,"topology":"shop","nics":{}}'],
    ['of another shape', '{"format":1,"topology":"shop","nics":{"web/eth0":7}}'],
    ['empty', ''],
  ])('%s: says which, and what to do', async (_, text) => {
    await files.write(path, text);
    await expect(allotments().read('shop')).rejects.toMatchObject({
      code: 'PW_BAD_ALLOTMENTS',
      fix: expect.stringContaining(`rm ${path}`) as string,
    });
  });

  test('what is torn is no JSON', async () => {
    await files.write(path, '{"format":1,"topo');
    await expect(allotments().read('shop')).rejects.toThrow(/there: it is no JSON/);
  });
});
