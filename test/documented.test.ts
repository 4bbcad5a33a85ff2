import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** What the pages say is so: every error has its entry, every link leads somewhere, every topology shown is one. */
const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'packages/cli/bin/pipewright.cjs');

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => !/node_modules|[/]dist[/]/.test(path));

const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!);

const sources = ['packages', 'plugins'].flatMap(filesIn).filter((path) => /(?<![.]test)[.]ts$/.test(path));
const pages = ['README.md', 'CONTRIBUTING.md', ...['docs', 'examples', 'plugins'].flatMap(filesIn)].filter((path) =>
  path.endsWith('.md'),
);

describe('errors', () => {
  const defined = sources.flatMap((path) => matches(read(path), /defineError\(\s*'([^']*)'/g));
  const documented = matches(read('docs/reference/errors.md'), /^### (.*)$/gm);

  test('each code is defined once', () => expect(defined).toEqual([...new Set(defined)]));

  test('each has one entry in the reference, and each entry is one', () =>
    expect([...documented].sort()).toEqual([...defined].sort()));
});

/** As GitHub makes them. */
const anchorsOf = (text: string): readonly string[] =>
  matches(text, /^#+ (.*)$/gm).map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('%s: links lead somewhere', (page) => {
  const dead = matches(read(page), /\]\(([^)\s]+)\)/g).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path, anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path!);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
  });
  expect(dead).toEqual([]);
});

const topologies = pages.flatMap((page) =>
  matches(read(page), /^```yaml\n((?!# wrong)(?:#.*\n)*name: [^]*?)^```$/gm).map((text, index) => ({
    page,
    index,
    text,
  })),
);

test.each(topologies)('$page: topology $index is one', ({ text }) => {
  const { status, stderr } = spawnSync(process.execPath, [cli, 'validate', '-f', '-'], {
    cwd: join(root, 'examples/custom-plugin'), // where the plugin is that one of them uses
    input: text,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(status, stderr).toBe(0);
});
