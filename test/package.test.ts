import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onSandbox } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'pipewright-package-'));
const bin = (name: string): string => join(folder, 'node_modules/.bin', name);

// As a user does: what `npm publish` would upload, installed where nothing of this repository is.
beforeAll(() => {
  const npm = (cwd: string, ...words: readonly string[]): string =>
    execFileSync('npm', words, { cwd, encoding: 'utf8' });
  const packed = npm(at('packages/cli'), 'pack', '--json', '--pack-destination', folder);
  const [{ filename } = { filename: '' }] = JSON.parse(packed) as readonly { readonly filename: string }[];
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  npm(folder, 'install', ...flags, join(folder, filename));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the package, installed in an empty folder', () => {
  test(
    'runs, with a plugin that lies beside the topology',
    onSandbox(async (host) => {
      cpSync(at('examples/custom-plugin'), host.path('.'), { recursive: true });
      const before = await host.snapshot();
      await host.sh(
        `${bin('pipewright')} up --yes --quiet && ${bin('pipewright')} ping && ${bin('pipewright')} plan --check`,
      );
      await host.sh(`${bin('pipewright')} down --yes --quiet`);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'has both commands, the manual and the templates of plugins',
    onSandbox(async (host) => {
      expect(await host.sh(`${bin('pipework')} || true`)).toContain('Syntax:');
      await host.sh(`${bin('pipewright')} plugins new ring --kind network`);
      expect(await host.sh('ls ring')).toContain('index.ts');
      const manual = join(folder, 'node_modules/pipewright/dist/pipewright.1');
      expect(await host.sh(`head -n 3 ${manual}`)).toContain('.TH');
    }),
  );
});
