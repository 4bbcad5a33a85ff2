// Generated sources, then declarations and modules by tsc, then the CLI: a file that starts it, the help it prints, what
// `plugins new` writes, and the program as one CommonJS file.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { generate } from './generate.mjs';
import { quickSpread } from './quick-spread.mjs';
import { quickZod } from './quick-zod.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const cli = 'packages/cli';
const { version } = JSON.parse(readFileSync(`${cli}/package.json`, 'utf8'));

for (const path of await generate(['sources'])) console.log(`wrote ${path}`);

const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

const { helpTexts } = await import('../packages/cli/dist/argv/help-texts.js');
writeFileSync(`${cli}/dist/help.json`, JSON.stringify(helpTexts()));

rmSync(`${cli}/dist/templates`, { recursive: true, force: true }); // none that has gone
cpSync(`${cli}/templates`, `${cli}/dist/templates`, { recursive: true });

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  conditions: ['@pipewright/source'],
  supported: { 'dynamic-import': false }, // `require` is quicker, and all that code from a cache of V8 can do
  minify: true,
  legalComments: 'linked',
  // CommonJS has no import.meta, which yargs asks where it is. What makes URLs takes a while to load.
  banner: { js: "const importMeta = { get url() { return require('node:url').pathToFileURL(__filename).href } };" },
  define: {
    __VERSION__: JSON.stringify(version),
    'import.meta.url': 'importMeta.url',
  },
  outdir: `${cli}/dist`,
  outExtension: { '.js': '.cjs' },
  logLevel: 'warning',
};

/** Packages that not every command needs: each is a file beside the program, read when it is first used. */
const parts = {
  cosmiconfig: 'cosmiconfig/dist/Explorer.js',
  execa: 'execa',
  'ip-address': 'ip-address', // IPv4 is read without it
  listr2: 'listr2',
  plugin: '@pipewright/plugin',
  yaml: 'yaml',
  yargs: 'yargs',
};

/** So is what Node brings, which has loaded all else that every command needs. */
const ofNode = ['node:timers/promises'];

/**
 * `import()` of such a package loads its file, and so does the first use of what a plain import brings of it: the same
 * source does for those who install a package of ours alone.
 */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    const fileOf = (path) =>
      ofNode.includes(path) ? path : `./${Object.keys(parts).find((name) => parts[name] === path)}.cjs`;
    onResolve({ filter: /./, namespace: 'late' }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: new RegExp(`^(${[...Object.values(parts), ...ofNode].join('|')})$`) }, ({ path, kind }) =>
      kind === 'dynamic-import'
        ? { path: fileOf(path), external: true }
        : path === parts.plugin
          ? undefined
          : { path, namespace: 'late' },
    );
    onLoad({ filter: /./, namespace: 'late' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name));
      const getters = names.map((name) => `get ${name}() { return load().${name} }`);
      const load = `let it; const load = () => (it ??= require('${fileOf(path)}'));`;
      return { contents: `${load} module.exports = { ${getters.join(',\n')} }` };
    });
  },
};

/** What starts the program has loaded this: the program goes on with the same recording. */
const startedAgain = {
  name: 'started-again',
  setup({ onResolve }) {
    const filter = /[/](start[/]again|recall[/]recording)[.]js$/;
    onResolve({ filter }, () => ({ path: './again.cjs', external: true }));
  },
};

const UNUSED_OF_ZOD = 'node_modules/zod/v4/classic/coerce.js';

/**
 * esbuild leaves out what is not used of a namespace, but not of one that is handed on: of `z`, here, ours is taken from
 * zod itself. Plugins of others get all of it, with a copy of the contract of their own.
 */
const directZod = {
  name: 'direct-zod',
  setup({ onLoad }) {
    const imported =
      /^import \{([^}]*(?<!type )\b)z\b,?([^}]*)\} from '(@pipewright[/]plugin|zod|[.]+[/]schema[.]js)';$/m;
    onLoad({ filter: /[/](packages|plugins)[/].*[.]ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(imported, "import {$1$2} from '$3';\nimport * as z from 'zod';"),
      loader: 'ts',
    }));
  },
};

/** zod brings the words of fifty languages; ours are all in English. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    const contents = "export { default as en } from './en.js';";
    onLoad({ filter: /[/]zod[/]v4[/]locales[/]index[.]js$/ }, () => ({ contents }));
  },
};

const start = { ...shared, entryPoints: ['start', 'again'].map((name) => `${cli}/src/start/${name}.ts`) };
const program = {
  ...shared,
  entryPoints: { pipewright: `${cli}/src/main.ts` },
  external: ['jiti', 'koffi'],
  plugins: [startedAgain, late, directZod, englishOnly, quickZod],
  metafile: true,
};
const partOf = ([name, path]) => ({
  ...shared,
  // An export of that name is what Node's own `require` gives.
  stdin: { contents: `const it = require('${path}'); module.exports = it['module.exports'] ?? it`, resolveDir: cli },
  entryNames: name,
  plugins: [englishOnly],
  external: ['js-yaml', 'parse-json', 'typescript'], // cosmiconfig's own loaders ask for these; it is given others
});

const [{ metafile }] = await Promise.all(
  [program, start, ...Object.entries(parts).map(partOf)].map((it) => build(it)),
).catch(() => process.exit(1)); // it has said what is wrong

for (const name of ['pipewright', 'plugin']) {
  const path = `${cli}/dist/${name}.cjs`;
  writeFileSync(path, quickSpread(readFileSync(path, 'utf8')));
}

const complaints = [
  // One of them makes esbuild wrap nearly everything into functions: twice the code, none of it left out where unused.
  ...Object.entries(metafile.inputs).flatMap(([path, { imports }]) =>
    imports
      .filter((it) => it.kind === 'dynamic-import' && /^(packages|plugins)[/]/.test(it.path))
      .map((it) => `${path} must import ${it.path} statically`),
  ),
  // Then `z` is handed on somewhere, where all of zod is what may be used of it.
  ...(Object.values(metafile.outputs).some(({ inputs }) => inputs[UNUSED_OF_ZOD]?.bytesInOutput > 0)
    ? [`${UNUSED_OF_ZOD} is bundled though nothing uses it`]
    : []),
  // What starts the program takes it for Latin-1.
  ...['pipewright', ...Object.keys(parts)]
    .filter((name) => /[^\0-\x7f]/.test(readFileSync(`${cli}/dist/${name}.cjs`, 'latin1')))
    .map((name) => `${name}.cjs is not ASCII`),
];
if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exit(1);
}
