import { transform } from 'esbuild';
import { defineConfig, type Plugin, type TestUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
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

/** Some boot a machine, some build all but a plugin: short files that take minutes. */
const LONG = /[/]test[/](ipsec|one-folder|vlan|bridge-vlan|gre|examples|far-recovery)[.]test[.]ts$/;

/** The others go by length, as a clone has seen none of them run. What is long and last leaves cores idle. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((it) => !isLong(it))];
  }
}

const endToEnd: TestUserConfig = {
  server: { deps: { external: [/[/](packages[/]\w+|plugins)[/]dist[/]/] } },
  pool: 'forks',
  maxWorkers: 5, // on two cores: some always wait for the kernel or for daemons
  sequence: { groupOrder: 1 }, // after the unit tests, which leave it no free core
  testTimeout: 120_000, // with others on its cores a machine is several times slower
  hookTimeout: 120_000,
  retry: 2, // real daemons and packets on a busy machine; each further try is told at the end
};

export default defineConfig({
  oxc: false,
  plugins: [esbuild],
  test: {
    reporters: ['default', './scripts/plain-totals.ts'],
    sequence: { sequencer: LongFirst },
    isolate: false, // a worker loads our modules once, not for each file: what a test changes in one it puts back
    projects: [
      {
        extends: true,
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts'],
          pool: 'threads',
          maxWorkers: '100%', // without it one core of two is left alone
          testTimeout: 60_000, // nothing is timed: whatever else the machine does, a test is right or wrong
        },
      },
      {
        extends: true,
        test: { ...endToEnd, name: 'e2e', include: ['test/**/*.test.ts'] },
      },
      {
        // By iproute2's programs, too: all that an executor does.
        extends: true,
        test: {
          ...endToEnd,
          name: 'e2e by shell',
          include: ['smoke', 'up-down', 'attach', 'containers', 'announced'].map((it) => `test/${it}.test.ts`),
          env: { PIPEWRIGHT_EXECUTOR: 'shell' },
        },
      },
    ],
  },
});
