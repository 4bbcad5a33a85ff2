import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type NetworkDriver, networkDriver, z } from '@pipewright/plugin';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPlugins } from './plugins.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewright-plugins-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const load = (use: string, options = {}) => loadPlugins([{ use, options, path: [] }], folder);

const ESM =
  "import { definePlugin, z } from '@pipewright/plugin';\nexport default definePlugin({ name: 'p', api: 1, options: z.object({}) });\n";
const CJS =
  "const { definePlugin, z } = require('@pipewright/plugin');\nmodule.exports = definePlugin({ name: 'p', api: 1, options: z.object({}) });\n";

test('a plugin in TypeScript shares the copies of the contract and of zod', async () => {
  await write('kinds/helper.ts', 'export const KIND: string = "wire";\n');
  await write(
    'kinds/wire.ts',
    `import { definePlugin, networkDriver, type NetworkDriver, z } from '@pipewright/plugin';
import { z as zod } from 'zod';
import * as four from 'zod/v4';
import { KIND } from './helper.js';
enum Colour { red = 'red' }
const options = zod.object({ colour: four.enum(Colour).default(Colour.red) });
export const wire: NetworkDriver = networkDriver({ kind: KIND, summary: 'A wire.', options, compile: () => [] });
export default definePlugin({ name: 'wire', api: 1, drivers: { networks: [wire] }, deviceKinds: [{ networkDriver, z, zod } as never] });
`,
  );
  const [loaded] = await load('./kinds/wire.ts', { fast: true });
  const { networks } = loaded!.plugin.drivers as { readonly networks: readonly NetworkDriver[] };
  expect(loaded).toMatchObject({ options: { fast: true }, from: './kinds/wire.ts', plugin: { name: 'wire' } });
  expect(networks[0]!.options.parse({})).toEqual({ colour: 'red' });
  expect(networks[0]!.options).toBeInstanceOf(z.ZodObject);
  const [seen] = loaded!.plugin.deviceKinds as unknown as readonly Record<string, unknown>[];
  expect(seen!['networkDriver']).toBe(networkDriver);
  expect([seen!['z'], seen!['zod']]).toEqual([z, z]);
});

describe('forms', () => {
  test.each([
    ['./p.mts', ESM],
    ['./p.mjs', ESM],
    ['./p.js', ESM],
    ['./p.cjs', CJS],
    ['../NAME/p.ts', ESM],
  ])('%s', async (use, text) => {
    const path = use.replace('NAME', folder.slice(folder.lastIndexOf('/') + 1));
    await write(path.slice(path.lastIndexOf('/') + 1), text);
    expect((await load(path))[0]!.plugin.name).toBe('p');
  });

  test.each([
    ['a package that can only be imported', { type: 'module', exports: { import: './p.js' } }, 'p.js', ESM],
    ['a package of CommonJS', { main: 'p.js' }, 'p.js', CJS],
    ['a package of TypeScript', { type: 'module', exports: './p.ts' }, 'p.ts', ESM],
  ])('%s', async (_, manifest, file, text) => {
    await write(
      'node_modules/@me/wire/package.json',
      JSON.stringify({ name: '@me/wire', version: '1.0.0', ...manifest }),
    );
    await write(`node_modules/@me/wire/${file}`, text);
    expect((await load('@me/wire'))[0]!.plugin.name).toBe('p');
  });
});

describe('mistakes name the plugin and the file', () => {
  test.each([
    ['./none.ts', 'PW_NO_PLUGIN', /There is no plugin .\/none.ts/],
    ['nobody-has-this', 'PW_NO_PLUGIN', /There is no plugin nobody-has-this/],
    [
      './throws.ts',
      'PW_PLUGIN_FAILED',
      /throws.ts \(.*throws.ts\) failed while it was loaded: no luck at \/.*throws.ts:1$/,
    ],
    ['./broken.ts', 'PW_PLUGIN_FAILED', /broken.ts .*ParseError: .* at \/.*broken.ts:1$/],
    ['./imports.ts', 'PW_PLUGIN_FAILED', /imports.ts .*Cannot find module/],
    ['./named.ts', 'PW_NOT_A_PLUGIN', /is no plugin but/],
    ['./text.ts', 'PW_NOT_A_PLUGIN', /is no plugin but "hello"/],
  ])('%s', async (use, code, message) => {
    await write('throws.ts', "throw new Error('no luck');");
    await write('broken.ts', 'export default {');
    await write('imports.ts', "import './nothing.js';\nexport default {};");
    await write('named.ts', "export const plugin = { name: 'p', api: 1 };");
    await write('text.ts', "export default 'hello';");
    await expect(load(use)).rejects.toMatchObject({
      code,
      exit: 2,
      message: expect.stringMatching(message) as unknown,
    });
  });
});
