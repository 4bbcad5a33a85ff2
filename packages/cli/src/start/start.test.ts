import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { helpTexts } from '../argv/help-texts.js';

const RIGHT = "console.log('right');";
/** Of the same length: to V8, which compares nothing else, the same source. */
const WRONG = "console.log('wrong');";

const root = mkdtempSync(join(tmpdir(), 'pipewright-'));
const dist = join(root, 'dist');
const cache = join(root, 'cache');
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  await build({
    entryPoints: ['start.ts', 'again.ts'].map((it) => fileURLToPath(new URL(it, import.meta.url))),
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    conditions: ['@pipewright/source'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { __VERSION__: '"1.2.3"', 'import.meta.url': '__filename' },
  });
  writeFileSync(join(dist, 'help.json'), JSON.stringify(helpTexts()));
  writeFileSync(join(dist, 'part.cjs'), 'exports.word = __filename.slice(__dirname.length);');
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(cache, { recursive: true, force: true });
  program(RIGHT);
});

/** In place, as it is the same file that changes. */
const program = (text: string): void => writeFileSync(join(dist, 'pipewright.cjs'), text);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, 'start.cjs'), ...argv], {
    encoding: 'utf8',
    env: { PIPEWRIGHT_CACHE_DIR: cache, ...env },
  });
  return { code: status, stdout, stderr };
}

const ran = (stdout: string): Ran => ({ code: 0, stdout, stderr: '' });

const kept = (): string => {
  const [name = ''] = readdirSync(cache);
  return join(cache, name);
};

/** What is kept of the right program with the code of the wrong one: who reads it runs that. */
function poison(): void {
  program(WRONG);
  run(['up']);
  const code = readFileSync(kept()).subarray(512);
  rmSync(kept());
  program(RIGHT);
  run(['up']);
  const [of] = readFileSync(kept()).toString('utf8', 0, 512).split('\0');
  const header = Buffer.alloc(512);
  header.write([of, code.length, 1, ''].join('\0'));
  writeFileSync(kept(), Buffer.concat([header, code]));
}

describe('the code that is kept', () => {
  test('is kept for its owner alone, a file a command', () => {
    for (const argv of [['up'], ['up', '--yes'], ['down'], ['--odd'], ['../../etc']])
      expect(run(argv)).toEqual(ran('right\n'));
    expect(readdirSync(cache).map((it) => it.split('-')[0])).toEqual(['down', 'other', 'up']);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(statSync(kept()).mode & 0o777).toBe(0o600);
  });

  test('is used', () => {
    poison();
    expect(run(['up'])).toEqual(ran('wrong\n'));
  });

  test('is used in a folder that others may look into, as one that was made by hand', () => {
    mkdirSync(cache);
    chmodSync(cache, 0o755);
    poison();
    expect(run(['up'])).toEqual(ran('wrong\n'));
  });

  test('grows in the first runs, then stays', () => {
    const states = Array.from({ length: 5 }, () => {
      run(['up']);
      return statSync(kept(), { bigint: true }).ctimeNs;
    });
    expect(new Set(states.slice(2)).size).toBe(1);
    expect(new Set(states).size).toBe(3);
  });

  test('is used of what is loaded late, too', () => {
    program("setTimeout(() => console.log(require('./part.cjs').word))");
    const states = Array.from({ length: 5 }, () => {
      expect(run(['up'])).toEqual(ran('/part.cjs\n'));
      return readdirSync(cache).map((it) => String(statSync(join(cache, it), { bigint: true }).ctimeNs));
    });
    expect(states.map((it) => it.length)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(states.slice(2).flat()).size).toBe(2); // V8 took it: else each run would begin anew
  });

  const distrusted: readonly (readonly [string, () => void])[] = [
    ['another program', () => program("console.log('right') ;")],
    ['a folder that its group may write', () => chmodSync(cache, 0o770)],
    ['a folder that all may write', () => chmodSync(cache, 0o1777)],
    ['a file that others may write', () => chmodSync(kept(), 0o620)],
    ['half a file', () => truncateSync(kept(), 900)],
    ['nothing in it', () => truncateSync(kept())],
    ['garbage', () => writeFileSync(kept(), 'x'.repeat(5000))],
    [
      'garbage after the right words',
      () =>
        writeFileSync(
          kept(),
          Buffer.concat([readFileSync(kept()).subarray(0, 520), Buffer.alloc(statSync(kept()).size - 520, 7)]),
        ),
    ],
    [
      'a folder in its place',
      () => {
        const path = kept();
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      'a link in its place',
      () => {
        renameSync(kept(), join(root, 'elsewhere'));
        symlinkSync(join(root, 'elsewhere'), `${cache}/up`);
      },
    ],
    [
      'a link in place of its folder',
      () => {
        renameSync(cache, join(root, 'moved'));
        symlinkSync(join(root, 'moved'), cache);
      },
    ],
  ];
  test.each(distrusted)('is not used where there is %s', (_, change) => {
    poison();
    change();
    expect(run(['up'])).toEqual(ran('right\n'));
    rmSync(join(root, 'moved'), { recursive: true, force: true });
  });

  test.runIf(isRoot).each([
    ['folder', () => chownSync(cache, 65_534, 65_534)],
    ['file', () => chownSync(kept(), 65_534, 65_534)],
  ] as const)("is not used where it is somebody else's %s", (_, change) => {
    poison();
    change();
    expect(run(['up'])).toEqual(ran('right\n'));
  });

  test('is not kept of a run that failed, nor where nothing shall be kept, nor where it cannot be', () => {
    program('process.exitCode = 3;');
    expect(run(['up']).code).toBe(3);
    program(RIGHT);
    expect(run(['up'], { PIPEWRIGHT_CACHE_DIR: '' })).toEqual(ran('right\n'));
    expect(run(['up'], { PIPEWRIGHT_CACHE_DIR: 'cache' })).toEqual(ran('right\n'));
    expect(run(['up'], { PIPEWRIGHT_CACHE_DIR: join(dist, 'help.json', 'cache') })).toEqual(ran('right\n'));
    expect(() => readdirSync(cache)).toThrow(/ENOENT/);
  });
});

test('a program is run as Node runs it', () => {
  program(
    "console.log(require('./part.cjs').word, require('./part.cjs') === require('./part.cjs'), typeof module, require('node:path').basename(__filename))",
  );
  for (const _ of [1, 2]) expect(run(['up'])).toEqual(ran('/part.cjs true object pipewright.cjs\n'));
});

test('a program that works is not optimized for speed', () => {
  program('setTimeout(() => { let sum = 0; for (let i = 0; i < 1e7; i += 1) sum += i; console.log(sum); })');
  const { stdout } = spawnSync(process.execPath, ['--trace-opt', join(dist, 'start.cjs'), 'up'], {
    encoding: 'utf8',
    env: { PIPEWRIGHT_CACHE_DIR: cache },
  });
  expect(stdout).toContain('49999995000000');
  expect(stdout).not.toMatch(/completed.*TURBOFAN/);
});

const ASKS_V8 = "process.on('exit', () => console.log(process.moduleLoadList.includes('NativeModule v8')))";

test.each(['attach', 'detach', 'pipework'])('%s loads nothing of Node for that', (command) => {
  program(ASKS_V8);
  expect(run([command])).toEqual(ran('false\n'));
});

test('nothing is asked of a V8 that may not know the flags', () => {
  program(ASKS_V8);
  const newer = join(root, 'newer.cjs');
  writeFileSync(
    newer,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '99.0.0' } });",
  );
  expect(run(['up'], { NODE_OPTIONS: `--require ${newer}` })).toEqual(ran('false\n'));
  expect(run(['up'])).toEqual(ran('true\n'));
});

describe('answered without the program', () => {
  const { overview, commands } = helpTexts();

  test('the version', () => expect(run(['--version'])).toEqual(ran('1.2.3\n')));

  test.each([[[]], [['help']], [['--help']], [['-h']]])('%j: all commands', (argv) =>
    expect(run(argv)).toEqual(ran(`${overview.plain}\n`)),
  );

  test.each([[['up', '--help']], [['help', 'up']], [['up', '-h']]])('%j: one command', (argv) => {
    expect(run(argv)).toEqual(ran(`${commands['up']?.plain ?? ''}\n`));
    expect(run(argv, { FORCE_COLOR: '1' })).toEqual(ran(`${commands['up']?.coloured ?? ''}\n`));
    expect(run(argv, { FORCE_COLOR: '0' })).toEqual(ran(`${commands['up']?.plain ?? ''}\n`));
  });

  test.each([
    [['upp', '--help']],
    [['help', 'constructor']],
    [['up', '--help', 'x']],
    [['--version', '--json']],
    [['exec', 'web', '--help']],
  ])('%j is not', (argv) => expect(run(argv)).toEqual(ran('right\n')));

  test('a reader that is gone is no failure, a full disk is', () => {
    const sh = (script: string): string =>
      execFileSync('sh', ['-c', script, process.execPath, join(dist, 'start.cjs')], { encoding: 'utf8' });
    expect(sh('{ "$0" "$1" --version; echo $? >&3; } 3>&1 >&- | : ')).toBe('');
    program("console.error('the program, which says so'); process.exitCode = 1");
    expect(sh('"$0" "$1" --version 2>&1 > /dev/full; echo $?')).toBe('the program, which says so\n1\n');
  });
});
