import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileBlockOp } from '@pipewright/plugin';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFileBlock } from './file-block.js';
import { readFiles } from './read-files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pw-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'latin1');

const sh = (script: string): void => {
  execFileSync('sh', ['-ec', script, 'sh', at('hosts')]);
};

const op = (name: string, lines?: readonly string[], copyOf = ''): FileBlockOp => ({
  op: 'file-block',
  on: { host: 'local' },
  path: at(name),
  topology: 't',
  copyOf,
  ...(lines ? { lines } : {}),
});

const write = (...words: Parameters<typeof op>): void => writeFileBlock(op(...words), {});

describe('a block in a file', () => {
  test.each(['', '127.0.0.1 localhost\n', '::1 a\r\n::1 b\r\n', '::1 a', '\xff\xfe not UTF-8\n'])(
    'comes and goes, all else stays: %j',
    (text) => {
      writeFileSync(at('hosts'), text, 'latin1');
      const { ino } = statSync(at('hosts'));
      write('hosts', ['10.0.0.2\tdb']);
      expect(read('hosts').startsWith(text)).toBe(true);
      expect(read('hosts')).toContain('\n10.0.0.2\tdb\n# END pipewright:t\n');
      write('hosts', ['10.0.0.3\tdb', 'fd00::3\tdb']);
      expect(read('hosts')).not.toContain('10.0.0.2');
      write('hosts');
      expect(read('hosts')).toBe(text);
      expect(statSync(at('hosts')).ino).toBe(ino); // it may be mounted somewhere
    },
  );

  test('a missing file begins with a copy, and goes with the block', () => {
    writeFileSync(at('base'), '::1 localhost\n');
    write('a/b/hosts', ['10.0.0.2\tdb'], at('base'));
    expect(read('a/b/hosts')).toMatch(
      /^::1 localhost\n# BEGIN pipewright:t made \w{16} from .*base\n10\.0\.0\.2\tdb\n/,
    );
    expect(statSync(at('a/b/hosts')).mode & 0o777).toBe(0o644);
    write('a/b/hosts');
    expect(existsSync(at('a/b/hosts'))).toBe(false);
    write('a/b/hosts');
    write('nowhere/hosts');
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  test('text of any language comes back as it was', () => {
    write('links.env', [`export A='grün 東京'`]);
    expect(readFiles([at('links.env')], {})[0]?.text).toContain(`export A='grün 東京'\n`);
  });

  test.each<[string, () => void, RegExp]>([
    ['a symbolic link', () => symlinkSync('/etc/hosts', at('hosts')), /is a symbolic link/],
    ['a link to nothing', () => symlinkSync(at('other'), at('hosts')), /is a symbolic link/],
    ['a second name', () => sh('touch "$1.x"; ln "$1.x" "$1"'), /hard link/],
    ['a folder', () => mkdirSync(at('hosts')), /is no ordinary file/],
    ['a FIFO', () => sh('mkfifo "$1"'), /is no ordinary file/],
    ['a device', () => sh('mknod "$1" c 1 3'), /is no ordinary file/],
    ['one that is too large', () => sh('truncate -s 1G "$1"'), /is larger than 1 MB/],
  ])('%s is refused, and left alone', (_, make, words) => {
    make();
    expect(() => write('hosts', ['10.0.0.2\tdb'])).toThrow(words);
    expect(() => write('hosts')).toThrow(words);
    expect(readFiles([at('hosts')], {})).toEqual([]);
  });

  test('a folder that is a symbolic link is refused', () => {
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('etc'));
    expect(() => write('etc/hosts', [])).toThrow(/behind a symbolic link/);
    expect(() => writeFileBlock({ ...op('x', []), path: `${folder}/real/../x` }, {})).toThrow(/no plain path/);
  });

  test('root writes to what is read only for others', () => {
    writeFileSync(at('hosts'), '');
    chmodSync(at('hosts'), 0o444);
    write('hosts', ['10.0.0.2\tdb']);
    expect(read('hosts')).toContain('10.0.0.2\tdb');
  });

  test('patterns: any folder', () => {
    write('netns/a/hosts', ['1.1.1.1\ta']);
    write('netns/b/hosts', ['1.1.1.1\tb']);
    mkdirSync(at('netns/c'));
    const paths = readFiles([at('netns/*/hosts'), at('nothing/*/hosts')], {}).map(({ path }) => path);
    expect(paths).toEqual([at('netns/a/hosts'), at('netns/b/hosts')]);
  });
});

test('a reader never sees less than what stays', async () => {
  const text = '127.0.0.1 localhost\n'.repeat(40);
  writeFileSync(at('hosts'), text);
  // A process of its own: nothing here runs while this one writes.
  const reader = `
    const { readFileSync } = require('node:fs');
    const until = Date.now() + 700;
    let read = 0;
    for (; Date.now() < until; read++)
      if (!readFileSync(process.argv[1], 'latin1').startsWith(process.argv[2])) process.exit(1);
    process.exit(read > 100 ? 0 : 2);`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', reader, at('hosts'), text], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let code: number | null | undefined;
  void ended.then((it) => (code = it));
  for (let number = 0; code === undefined; number++) {
    write('hosts', number % 3 === 0 ? undefined : Array.from({ length: number % 7 }, (_, it) => `10.0.0.${it}\tdb`));
    if (number % 50 === 0) await new Promise(setImmediate);
  }
  expect(code).toBe(0);
});
