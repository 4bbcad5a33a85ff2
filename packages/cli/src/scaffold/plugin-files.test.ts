import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pluginFiles, templateKinds } from './plugin-files.js';

const TEMPLATES = new URL('../../templates/', import.meta.url);

const written = (kind: (typeof templateKinds)[number], name: string) =>
  pluginFiles({ name, kind, folder: 'x', version: '1.2.3' }, TEMPLATES);

test('there is a template for each kind, and none else', () =>
  expect(readdirSync(TEMPLATES).sort()).toEqual([...templateKinds].sort()));

test.each(templateKinds)('%s: a plugin, its test, a topology, a page and a manifest', (kind) => {
  const files = written(kind, 'quiet-cable');
  expect(files.map((it) => it.path).sort()).toEqual(
    ['README.md', 'index.ts', 'package.json', 'quiet-cable.test.ts', 'topology.yaml'].map((it) => `x/${it}`),
  );
  expect(files.filter((it) => /sample/i.test(it.text))).toEqual([]);
});

test('a name with dashes is one word in code', () => {
  const index = written('network', 'quiet-cable').find((it) => it.path === 'x/index.ts')?.text;
  expect(index).toContain('export const quietCableNetwork = networkDriver({');
  expect(index).toContain("kind: 'quiet-cable',");
});

test('the manifest names the packages of the version that writes it', () =>
  expect(JSON.parse(written('link', 'x1').at(-1)!.text)).toMatchObject({
    name: 'pipewright-plugin-x1',
    devDependencies: { '@pipewright/plugin': '^1.2.3', '@pipewright/testkit': '^1.2.3' },
  }));
