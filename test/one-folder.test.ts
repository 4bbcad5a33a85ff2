import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/**
 * A kind is one folder: with folders of plugins deleted from a copy, the rest still builds, and its own tests
 * pass. What a deleted kind is needed for (end-to-end tests, generated pages) is not part of the rest.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'pipewright-one-folder-'));

const COPIED = [
  'packages',
  'plugins',
  'scripts',
  'tsconfig.json',
  'tsconfig.base.json',
  'vitest.config.ts',
  'package.json',
];

beforeAll(() => {
  for (const name of COPIED)
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      preserveTimestamps: true, // what was built stays built, so that only what changes is compiled again
      filter: (path) => basename(path) !== 'node_modules',
    });
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The installed packages, with the workspace's own ones pointing into the copy. */
function linkModules(from: string, to: string): void {
  mkdirSync(join(to, '@pipewright'), { recursive: true });
  for (const name of readdirSync(from)) if (name !== '@pipewright') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@pipewright')))
    symlinkSync(join(copy, name === 'plugins' ? 'plugins' : `packages/${name}`), join(to, '@pipewright', name));
}

function run(...argv: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, VITEST: undefined },
  });
  expect(status, `${argv.join(' ')}\n${stdout}${stderr}`).toBe(0);
}

/** Of all plugins and of each that is there. */
const indexes = (): readonly string[] =>
  readdirSync(join(copy, 'plugins'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(?!dist|node_modules)([^/]+\/)?index\.ts$/.test(path))
    .map((path) => `plugins/${path}`);

const kinds = readdirSync(join(root, 'plugins'), { withFileTypes: true })
  .filter((it) => it.isDirectory() && !['dist', 'node_modules'].includes(it.name))
  .map((it) => it.name);

/**
 * Which are deleted together: so that of any two kinds each is once deleted where the other stays, in fewer runs than
 * there are kinds. Each kind is in three of the runs, no two in the same three (a separating system, after Sperner).
 */
function runs(): readonly (readonly string[])[] {
  for (let count = 3; ; count++) {
    const threes = triples(count);
    if (threes.length < kinds.length) continue;
    const all = Array.from({ length: count }, (_, run) => kinds.filter((_kind, index) => threes[index]?.includes(run)));
    return all.filter((it) => it.length > 0);
  }
}

const triples = (count: number): readonly (readonly number[])[] => {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers.flatMap((a) =>
    numbers.flatMap((b) => numbers.flatMap((c) => (a < b && b < c ? [[a, b, c] as const] : []))),
  );
};

test('of any two kinds each is deleted without the other', () => {
  for (const one of kinds)
    for (const other of kinds)
      if (one !== other)
        expect(
          runs().some((it) => it.includes(one) && !it.includes(other)),
          `${one} without ${other}`,
        ).toBe(true);
});

/** With folders of kinds deleted, and nothing that still names them. */
function without(deleted: readonly string[], work: () => void): void {
  for (const kind of deleted) rmSync(join(copy, 'plugins', kind), { recursive: true });
  try {
    run('scripts/generate.mjs', 'sources');
    work();
  } finally {
    for (const kind of deleted)
      cpSync(join(root, 'plugins', kind), join(copy, 'plugins', kind), { recursive: true, preserveTimestamps: true });
  }
}

const named = (all: readonly (readonly string[])[]) => all.map((it) => [it.join(', '), it] as const);

/** Every other one, then those between: no kind imports another, as dependency-cruiser sees to it. */
const halves = [0, 1].map((half) => kinds.filter((_kind, index) => index % 2 === half));

test.each(named(halves))(
  'without %s the rest builds',
  (_, deleted) => {
    without(deleted, () => {
      run('node_modules/typescript/bin/tsc', '-b', 'plugins', 'packages/cli');
    });
  },
  240_000,
);

test.each(named(runs()))(
  'without %s the tests of the rest pass',
  (_, deleted) => {
    without(deleted, () => {
      // Those that have to do with plugins: the others do not know whether there are any.
      run(
        'node_modules/vitest/vitest.mjs',
        'related',
        '--run',
        '--project',
        'unit',
        ...['--exclude', 'packages/testkit', '--exclude', 'packages/cli/src/argv'], // of words, which no kind has a part in
        ...['--exclude', 'packages/cli/src/start'], // these start the bundle, which is of all
        ...indexes(),
      );
    });
  },
  240_000,
);

test('the engine asks for no kind by its word', () => {
  const words = new RegExp(`\\bkind\\b.{0,12}['"\`](${kinds.join('|')})['"\`]`);
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /^(plugin|kernel|core|host|cli)\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
  );
  const found = sources.filter((path) => words.test(readFileSync(join(root, 'packages', path), 'utf8')));
  expect(found).toEqual([]);
});
