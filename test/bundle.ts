import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One file of a program of the tests that is to run in a sandbox; resolves to where it is. */
export async function bundle(name: string): Promise<string> {
  const file = `${ROOT}node_modules/.cache/${name}.cjs`;
  mkdirSync(`${ROOT}node_modules/.cache`, { recursive: true });
  await build({
    entryPoints: [`${ROOT}test/${name}.ts`],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@pipewright/source'],
    external: ['koffi'],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    logLevel: 'error',
  });
  return file;
}
