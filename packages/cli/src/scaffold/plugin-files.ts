import { readdirSync, readFileSync } from 'node:fs';
import type { NewFile } from './write-files.js';

/** Contracts that there is a template for, as they are called on a command line. */
export const templateKinds = ['network', 'link', 'node', 'feature'] as const;

export type TemplateKind = (typeof templateKinds)[number];

interface NewPlugin {
  readonly name: string;
  readonly kind: TemplateKind;
  readonly folder: string;
  /** Of the packages of pipewright that it is written for. */
  readonly version: string;
}

/** A plugin that works, a kind `name`: made of what is in the folder `templates`, which is a plugin `sample` of each contract. */
export const pluginFiles = ({ name, kind, folder, version }: NewPlugin, templates: URL): readonly NewFile[] => [
  ...readdirSync(new URL(kind, templates)).map((file) => ({
    path: `${folder}/${named(file, name)}`,
    text: named(readFileSync(new URL(`${kind}/${file}`, templates), 'utf8'), name),
  })),
  { path: `${folder}/package.json`, text: `${JSON.stringify(manifest(name, version), undefined, 2)}\n` },
];

/** `sample` is the kind's word; `sampleNetwork` is a name in code, where a dash must not be. */
const named = (text: string, name: string): string =>
  text.replaceAll(/\bsample(?=([A-Z])|\b)/g, (_, inCode: string | undefined) =>
    inCode === undefined ? name : camelCase(name),
  );

const camelCase = (name: string): string => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const manifest = (name: string, version: string): object => ({
  name: `pipewright-plugin-${name}`,
  version: '0.1.0',
  private: true,
  type: 'module',
  exports: './index.ts',
  scripts: { test: 'vitest run' },
  devDependencies: {
    '@pipewright/plugin': `^${version}`,
    '@pipewright/testkit': `^${version}`,
    vitest: '^4.1.0',
  },
});
