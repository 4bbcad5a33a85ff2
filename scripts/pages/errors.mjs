import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { page, plain } from './page.mjs';

const root = new URL('../../', import.meta.url);

/** docs/reference/errors.md: every code of every table, its words filled with the names of what they are made from. */
export async function errorsPage() {
  const tables = await Promise.all(tableFiles().map(readTable));
  return {
    'docs/reference/errors.md': page(
      'every errors.ts',
      '# Errors',
      '',
      'Words in capitals stand for what was found. `fix` says what to type; where a word was near to a known one, the message',
      'adds "Did you mean …?". Exit codes are explained in [troubleshooting](../troubleshooting.md#exit-codes).',
      tables
        .filter(({ faults }) => faults.length > 0)
        .map(({ title, faults }) => ['', `## ${title}`, faults.map(faultPart)]),
    ),
  };
}

/** `packages/core/src/parse/errors.ts`, `plugins/bridge/errors.ts`, … */
const tableFiles = () =>
  ['packages', 'plugins'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true })
      .map((path) => `${folder}/${path}`)
      .filter((path) => /^(packages\/[^/]+\/src|plugins)\/(.+\/)?errors[.]ts$/.test(path))
      .sort(),
  );

async function readTable(path) {
  const built = path.replace(/^(packages\/[^/]+)\/src\//, '$1/dist/').replace(/^plugins\//, 'plugins/dist/');
  const { errors } = await import(new URL(built.replace(/[.]ts$/, '.js'), root));
  const parameters = parametersByCode(path);
  const faults = Object.values(errors ?? {}).map((make) => make(...parameters.get(make.code).map(placeholder)));
  return { title: titleOf(path), faults };
}

/** `core`, `core: parse`, `plugin bridge`. */
const titleOf = (path) =>
  path
    .replace(/^packages\/([^/]+)\/src\/(.*)errors[.]ts$/, (_, name, inner) =>
      [name, ...inner.split('/')].filter(Boolean).join(': '),
    )
    .replace(/^plugins\/([^/]+)\/.*$/, 'plugin $1');

/** The parameters of each `defineError('CODE', (parameters) => …)` in a file. */
function parametersByCode(path) {
  const file = ts.createSourceFile(path, readFileSync(new URL(path, root), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map();
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'defineError')
      found.set(node.arguments[0].text, [...node.arguments[1].parameters]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What stands for a value: its parameter's name in capitals; for a choice of words the first; for an optional one nothing. */
function placeholder(parameter) {
  const type = parameter.type?.getText() ?? 'string';
  const word = parameter.name
    .getText()
    .replaceAll(/(?=[A-Z])/g, '-')
    .toUpperCase();
  const [, choice] = /^'([^']*)' [|]/.exec(type) ?? [];
  if (parameter.questionToken || type.endsWith('| undefined')) return undefined;
  return choice ?? (type.endsWith('[]') ? [word, '…'] : word);
}

const faultPart = ({ code, exit, message, fix }) => {
  const [first, ...more] = fix.split('\n');
  return [
    '',
    `### ${code}`,
    '',
    `> ${plain(message).replaceAll('\n', '\n> ')}`,
    '',
    `Exit code ${exit}. Fix: ${plain(first)}`,
    more.length === 0 ? [] : ['', '```yaml', ...more, '```'],
  ];
};
