import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeNewFiles } from './write-files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipewright-scaffold-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = () => ['p/one', 'p/two'].map((it) => ({ path: join(folder, it), text: it }));

test('folders are made, files are written', () => {
  writeNewFiles(files());
  expect(files().map((it) => readFileSync(it.path, 'utf8'))).toEqual(['p/one', 'p/two']);
});

test('where one is there nothing is written, and all that are there are named', () => {
  writeFileSync(join(folder, 'two'), 'mine');
  symlinkSync('nowhere', join(folder, 'three'));
  const wanted = ['one', 'two', 'three'].map((it) => ({ path: join(folder, it), text: '' }));
  expect(() => writeNewFiles(wanted)).toThrow(
    expect.objectContaining({
      code: 'PW_WOULD_OVERWRITE',
      exit: 2,
      message: `${folder}/two, ${folder}/three: there already; nothing was written.`,
    }),
  );
  expect(existsSync(join(folder, 'one'))).toBe(false);
  expect(readFileSync(join(folder, 'two'), 'utf8')).toBe('mine');
});

test('a place that cannot be is named', () => {
  writeFileSync(join(folder, 'p'), 'a file, no folder');
  expect(() => writeNewFiles(files())).toThrow(
    expect.objectContaining({ code: 'PW_UNWRITABLE', message: expect.stringContaining(`${folder}/p/one`) as string }),
  );
});
