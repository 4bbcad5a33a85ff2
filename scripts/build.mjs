// Generated sources, then declarations and modules by tsc, then the CLI as one CommonJS file: it starts in half the time.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { generate } from './generate.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const cli = 'packages/cli';
const { version } = JSON.parse(readFileSync(`${cli}/package.json`, 'utf8'));

for (const path of await generate(['sources'])) console.log(`wrote ${path}`);

const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

await build({
  entryPoints: [`${cli}/src/main.ts`],
  outfile: `${cli}/dist/pipewright.cjs`,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  conditions: ['@pipewright/source'],
  external: ['jiti', 'typescript'], // cosmiconfig's own loader asks for TypeScript; ours do not use it
  minify: true,
  keepNames: true, // errors and tokens show the names of their classes
  legalComments: 'linked',
  // CommonJS has no import.meta, which yargs asks where it is.
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { __VERSION__: JSON.stringify(version), 'import.meta.url': 'importMetaUrl' },
  logLevel: 'warning',
}).catch(() => process.exit(1)); // it has said what is wrong
