import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { page } from './page.mjs';

const folder = new URL('../../packages/plugin/dist/', import.meta.url);

/** The files of the contract in the order to read them. */
const sections = {
  'define-plugin': 'The plugin itself',
  drivers: 'Drivers',
  model: 'What drivers are given',
  constructors: 'Building resources',
  'segment-switch': 'Networks that are a switch',
  'let-through': 'Beside Docker',
  'host-device': 'On a device of the host',
  tunnel: 'Tunnels to other machines',
  underlay: 'Below tunnels',
  resource: 'Resources',
  schema: 'Grammars for options',
  service: 'Ports and environment',
  'published-ports': 'Published ports',
  nft: 'Tables of nftables',
  ip: 'Addresses',
  'vlan-ranges': 'Lists of VLANs',
  sha256: 'Hashes for names',
  words: 'Words of a command',
  command: 'Commands in a file',
  duration: 'Durations in a file',
  errors: 'Errors and complaints',
  'device-kind': 'Kinds of kernel devices',
  'resource-type': 'Resource types',
  change: 'Changes',
  op: 'Ops',
  'container-kind': 'Nodes that are containers',
  engine: 'Container engines',
  'node-target': 'Where nodes are',
  ports: 'Ports of the engine',
  tokens: 'Tokens',
};

/** docs/reference/plugin-api.md: the declarations of @pipewright/plugin with their own comments. */
export async function pluginApiPage() {
  const exported = [...read('index').text.matchAll(/from '[.]\/(.+)[.]js'/g)].map(([, name]) => name);
  const forgotten = exported.filter((name) => !(name in sections));
  if (forgotten.length > 0) throw new Error(`scripts/pages/plugin-api.mjs gives no section to ${forgotten.join(', ')}`);
  return {
    'docs/reference/plugin-api.md': page(
      'packages/plugin/src',
      '# Plugin API',
      '',
      'All that `@pipewright/plugin` exports; [write a plugin](../guides/write-a-plugin.md) shows it at work. The package also',
      'exports `z` of [zod](https://zod.dev), so that a plugin and pipewright use one copy of it.',
      Object.entries(sections).map(([name, title]) => ['', `## ${title}`, declarations(name)]),
    ),
  };
}

const read = (name) =>
  ts.createSourceFile(name, readFileSync(new URL(`${name}.d.ts`, folder), 'utf8'), ts.ScriptTarget.Latest, true);

const isExported = (statement) => statement.modifiers?.some((it) => it.kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** Types that the exported ones are made of are wanted too. */
const isType = (statement) => ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);

const declarations = (name) =>
  read(name)
    .statements.filter((it) => isExported(it) || isType(it))
    .map(declaration);

function declaration(statement) {
  const comment = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc)?.comment ?? '';
  const text = statement.getText().replace(/^export (declare )?/, '');
  const words = [...(isExported(statement) ? [] : ['Not exported; a part of types that are.']), comment]
    .join(' ')
    .trim();
  return ['', `### ${nameOf(statement)}`, '', words, '', '```ts', narrow(text), '```'];
}

const nameOf = (statement) => (statement.name ?? statement.declarationList?.declarations[0]?.name).getText();

/** tsc indents by four. */
const narrow = (text) => text.replaceAll(/^(?: {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2));
