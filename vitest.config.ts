import { transform } from 'esbuild';
import { defineConfig, type Plugin } from 'vitest/config';
import cli from './packages/cli/package.json' with { type: 'json' };

const conditions = ['@pipewright/source', 'node', 'import', 'module', 'default'];

/** The transform of the bundle. Vite's own lowers `await using` to a helper that Node 20 does not find. */
const esbuild: Plugin = {
  name: 'esbuild',
  enforce: 'pre',
  async transform(source, id) {
    if (!id.endsWith('.ts') || id.includes('/node_modules/')) return undefined;
    const { code, map } = await transform(source, {
      loader: 'ts',
      target: 'node20',
      sourcefile: id,
      sourcemap: true,
      define: { __VERSION__: JSON.stringify(cli.version) },
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
    });
    return { code, map };
  },
};

export default defineConfig({
  oxc: false,
  plugins: [esbuild],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', './scripts/plain-totals.ts'],
    isolate: false, // a worker loads our modules once, not for each file: what a test changes in one it puts back
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts'],
          pool: 'threads',
          testTimeout: 60_000, // nothing is timed: whatever else the machine does, a test is right or wrong
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 3, // on two cores: they wait for the kernel and for daemons half of the time
          sequence: { groupOrder: 1 }, // after the unit tests, which leave it no free core
          testTimeout: 120_000, // with others on its cores a machine is several times slower
          hookTimeout: 120_000,
          retry: 2, // real daemons and packets on a busy machine; each further try is told at the end
        },
      },
    ],
  },
});
