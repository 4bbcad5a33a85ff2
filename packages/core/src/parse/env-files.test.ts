import type { Fault } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { envFilesOf, withEnvFiles } from './env-files.js';
import { parseSource } from './yaml.js';

const TEXTS: Readonly<Record<string, string | Fault>> = {
  'a.env': 'A=1\nB=a # of it\n',
  'b.env': '\nB=${X}\n',
  none: { code: 'PW_NONE', message: 'There is none.', fix: 'Make one.', exit: 2 },
  bad: 'A=1\n =oops\n',
};

const read = (text: string) => {
  const source = parseSource(`name: t\n${text}`, { file: 't.yaml', env: {} });
  const texts = new Map(envFilesOf(source).map((it) => [it, TEXTS[it] ?? '']));
  return withEnvFiles(source, { X: 'x' }, texts);
};
const env = (text: string): unknown => read(`nodes: { n: ${text} }`).valueAt(['nodes', 'n', 'env']);
const wrong = (text: string) =>
  read(text).diagnostics.map(({ code, at }) => `${code} ${at?.file ?? ''}:${String(at?.line)}:${String(at?.column)}`);

describe('what files of variables say', () => {
  test.each([
    ['{ env-file: a.env }', { A: '1', B: 'a' }],
    ['{ env-file: [a.env, b.env] }', { A: '1', B: 'x' }],
    ['{ env-file: [b.env, a.env], env: { B: own, C: 3 } }', { A: '1', B: 'own', C: '3' }],
    ['{ env-file: a.env, env: { A: } }', { A: null, B: 'a' }],
    ['{ env-file: a.env, env: [A=2] }', ['A=1', 'B=a', 'A=2']],
    ['{ env-file: a.env, env: 7 }', 7],
    ['{ env-file: [] }', {}],
    ['{ env-file: 7 }', undefined],
  ])('is in the environment of %s', (text, said) => expect(env(text)).toEqual(said));

  test('is in that of groups and of the defaults, and the files are named no more', () => {
    const source = read('defaults: { env-file: a.env }\ngroups: { g: { env-file: b.env } }\nnodes: { n: {} }');
    expect(source.tree).toEqual({
      name: 't',
      defaults: { env: { A: '1', B: 'a' } },
      groups: { g: { env: { B: 'x' } } },
      nodes: { n: {} },
    });
  });

  test('is known by where it stands', () => {
    const source = read(
      'nodes: { n: { env-file: [a.env, b.env], env: { C: 3 } }, m: { env-file: a.env, env: [C=3] } }',
    );
    const at = (...path: readonly (string | number)[]) => source.locate(['nodes', ...path]);
    expect(at('n', 'env', 'A')).toEqual({ file: 'a.env', line: 1, column: 1 });
    expect(at('n', 'env', 'B')).toEqual({ file: 'b.env', line: 2, column: 1 });
    expect(at('n', 'env', 'C')).toMatchObject({ file: 't.yaml', line: 2 });
    expect(at('m', 'env', 1)).toEqual({ file: 'a.env', line: 2, column: 1 });
    expect(at('m', 'env', 2)).toMatchObject({ file: 't.yaml', line: 2 });
  });
});

test('of a file each mistake is told once, where it is; of one that cannot be read, where it is named', () => {
  expect(wrong('nodes:\n  n: { env-file: [bad, none] }\n  m: { env-file: bad }')).toEqual([
    'PW_BAD_ENV_LINE bad:2:2',
    'PW_NONE t.yaml:3:24',
  ]);
});

test('a topology that names no file stays what it is', () => {
  const source = parseSource('name: t\nnodes: { n: { env: { A: 1 } } }', { file: 't.yaml', env: {} });
  expect(envFilesOf(source)).toEqual([]);
  expect(withEnvFiles(source, {}, new Map())).toBe(source);
});
