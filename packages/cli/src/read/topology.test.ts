import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTopology } from './find.js';
import { type ReadOptions, readTopology } from './topology.js';
import { onlyRootChanges } from './trust.js';
import { streamText } from './whole-text.js';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'pipewright-read-')));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const read = (options: ReadOptions = {}, cwd = folder) => readTopology({ cwd, env: {}, ...options });
const nameOf = async (options: ReadOptions = {}, cwd = folder): Promise<unknown> =>
  (await read(options, cwd)).source.valueAt(['name']);

describe('an input without end', () => {
  test('is refused where it is a device, and a file that is too long, before it is read', async () => {
    await expect(read({ file: '/dev/zero' })).rejects.toMatchObject({
      code: 'PW_DEVICE_FOR_FILE',
      message: '/dev/zero is a device, and no topology.',
    });
    await write('long.yaml', '');
    await truncate(join(folder, 'long.yaml'), 256 * 2 ** 20 + 1);
    await expect(read({ file: 'long.yaml' })).rejects.toMatchObject({
      code: 'PW_INPUT_TOO_LONG',
      message: 'long.yaml is longer than 256 MiB, as no topology is.',
    });
  });

  test('is read no further than to the limit; what ends is whole', async () => {
    const piece = Buffer.alloc(2 ** 19, 'é');
    let count = 0;
    async function* endless(): AsyncIterable<Buffer> {
      for (;;) yield await Promise.resolve(count++ < 100 ? piece : Buffer.alloc(0));
    }
    await expect(streamText(endless(), 'Standard input', 1)).rejects.toMatchObject({ code: 'PW_INPUT_TOO_LONG' });
    expect(count).toBe(3);
    const halves = [piece.subarray(0, 3), piece.subarray(3, 8)];
    expect(await streamText(Readable.from(halves), 'Standard input')).toBe('éééé');
  });

  test('a pipe by its path is read to its end', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'fifo')]);
    const writing = writeFile(join(folder, 'fifo'), 'name: piped');
    expect(await nameOf({ file: 'fifo' })).toBe('piped');
    await writing;
  });
});

describe('what is found', () => {
  test.each([
    ['pipewright.yaml', 'name: x'],
    ['pipewright.yml', 'name: x'],
    ['pipewright.json', '{ "name": "x" }'],
    ['pipewright.ts', "interface Named { name: string }\nexport default { name: 'x' } satisfies Named;"],
    ['pipewright.mts', "const name: string = await Promise.resolve('x');\nexport default () => ({ name });"],
    ['pipewright.mjs', "export default async () => ({ name: 'x' });"],
    ['pipewright.js', "module.exports = { name: 'x' };"],
    ['.pipewrightrc', 'name: x'],
    ['.pipewrightrc.json', '{ "name": "x" }'],
    ['.pipewrightrc.yaml', 'name: x'],
    ['package.json', '{ "pipewright": { "name": "x" } }'],
  ])('%s', async (file, text) => {
    await write(file, text);
    expect(await nameOf()).toBe('x');
    expect((await read()).base).toBe(folder);
    expect(await nameOf({ file })).toBe('x');
  });

  test('the nearest, above the folder too', async () => {
    await write('pipewright.yaml', 'name: top');
    await write('a/package.json', '{ "name": "somebody-elses" }');
    await write('a/b/readme.md', '');
    expect(await nameOf({}, join(folder, 'a/b'))).toBe('top');
    await write('a/.pipewrightrc', 'name: near');
    expect(await nameOf({}, join(folder, 'a/b'))).toBe('near');
  });

  test("no code of cosmiconfig's own settings is run", async () => {
    await write('.config/config.js', "throw new Error('it ran');");
    await write('pipewright.yaml', 'name: x');
    expect(await findTopology(folder)).toBe(join(folder, 'pipewright.yaml'));
  });

  test('nothing', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'PW_NO_TOPOLOGY',
      exit: 2,
      fix: expect.stringContaining('pipewright.yaml') as unknown,
    });
  });
});

describe('what is given', () => {
  test('any name, with its folder and places', async () => {
    await write('sub/shop.txt', 'name: x\nnodes: {}\n');
    const { source, base } = await read({ file: 'sub/shop.txt' });
    expect(base).toBe(join(folder, 'sub'));
    expect(source.locate(['nodes'])).toEqual({ file: 'sub/shop.txt', line: 2, column: 1 });
  });

  test('standard input', async () => {
    const { source, base } = await read({ file: '-', stdin: () => Promise.resolve('name: y\n') });
    expect([source.valueAt(['name']), source.file, base]).toEqual(['y', '<stdin>', folder]);
  });

  test('a name that overrides', async () => {
    await write('pipewright.yaml', 'name: x');
    expect(await nameOf({ name: 'y' })).toBe('y');
  });

  test('the folder that the text is in, for paths in it', async () => {
    const text = 'name: x\nplace: ${PIPEWRIGHT_FOLDER}/a';
    const placeOf = async (options: ReadOptions) => (await read(options)).source.valueAt(['place']);
    await write('deep/any.yaml', text);
    expect(await placeOf({ file: 'deep/any.yaml' })).toBe(join(folder, 'deep/a'));
    expect(await placeOf({ file: '-', stdin: () => Promise.resolve(text) })).toBe(join(folder, 'a'));
  });

  test('variables of the environment', async () => {
    await write('pipewright.yaml', 'name: ${STAGE}');
    expect(await nameOf({ env: { STAGE: 'test' } })).toBe('test');
  });

  test.each([
    ['none.yaml', 'PW_NO_FILE', /There is no file none.yaml/],
    ['none.ts', 'PW_NO_FILE', /There is no file none.ts/],
    ['.', 'PW_FOLDER_FOR_FILE', /^\. is a folder/],
    ['throws.ts', 'PW_CODE_FAILED', /throws.ts failed: no luck at \/.*throws.ts:1$/],
    ['broken.ts', 'PW_CODE_FAILED', /broken.ts failed: ParseError: .* at \/.*broken.ts:1$/],
  ])('%s', async (file, code, message) => {
    await write('throws.ts', "export default () => { throw new Error('no luck'); };");
    await write('broken.ts', 'export default {');
    await expect(read({ file })).rejects.toMatchObject({
      code,
      exit: 2,
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('code that returns no data', async () => {
    await write('x.ts', 'export default { name: () => 1 };');
    expect((await read({ file: 'x.ts' })).source.diagnostics).toMatchObject([{ code: 'PW_NOT_DATA' }]);
  });
});

test.each([
  [{ uid: 0, gid: 0, mode: 0o100664 }, true],
  [{ uid: 0, gid: 100, mode: 0o100644 }, true],
  [{ uid: 0, gid: 100, mode: 0o100664 }, false],
  [{ uid: 0, gid: 0, mode: 0o100666 }, false],
  [{ uid: 1000, gid: 0, mode: 0o100600 }, false],
])('%j: only root can change it: %s', (owned, only) => expect(onlyRootChanges(owned)).toBe(only));

describe('files of variables', () => {
  test('are read from the folder of the topology on, and from where one is that comes by standard input', async () => {
    await write('lab/app.env', 'WHERE=${PIPEWRIGHT_FOLDER}\n');
    await write('lab/t.yaml', 'name: t\nnodes: { a: { env-file: app.env } }\n');
    const where = async (options: ReadOptions, cwd?: string) =>
      (await read(options, cwd)).source.valueAt(['nodes', 'a', 'env', 'WHERE']);
    expect(await where({ file: 'lab/t.yaml' })).toBe(join(folder, 'lab'));
    const stdin = async () => Promise.resolve('name: t\nnodes: { a: { env-file: lab/app.env } }\n');
    expect(await where({ file: '-', stdin })).toBe(folder);
    await write('lab/t.mjs', "export default { name: 't', nodes: { a: { 'env-file': 'app.env' } } };\n");
    expect(await where({ file: 'lab/t.mjs' })).toBe(join(folder, 'lab'));
  });

  test('that cannot be read are mistakes of the topology', async () => {
    await write('t.yaml', 'name: t\nnodes: { a: { env-file: [none.env, ., /dev/zero] } }\n');
    const { source } = await read({ file: 't.yaml' });
    expect(source.diagnostics.map(({ message }) => message)).toEqual([
      `There is no file none.env, seen from ${folder}.`,
      expect.stringMatching(/^The file [.] cannot be read: EISDIR/),
      'The file /dev/zero cannot be read: /dev/zero is a device, and no topology.',
    ]);
  });
});
