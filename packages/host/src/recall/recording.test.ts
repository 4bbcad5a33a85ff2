import { createRequire } from 'node:module';
import type * as Fs from 'node:fs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Syscalls } from '../sys/syscalls.js';
import { Recording } from './recording.js';

let folder = '';
let recording = new Recording();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipewright-'));
  recording = new Recording();
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (id: string): unknown => recording.requiring(createRequire(import.meta.url))(id);
const files = (): typeof Fs => load('node:fs') as typeof Fs;
const file = (text: string): string => {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
};

describe('what can be asked again is kept', () => {
  test('of files: what they say, whether they are there, and what was looked at of their state', async () => {
    const path = file('text');
    const fs = files();
    expect(fs.readFileSync(path, 'utf8')).toBe('text');
    expect(fs.existsSync(`${path}.not`)).toBe(false);
    expect(() => fs.readFileSync(`${path}.not`)).toThrow(/ENOENT/);
    expect(fs.statSync(path).isFile()).toBe(true);
    expect(fs.statSync(path).size).toBe(4);
    expect(fs.statSync(path, { bigint: true }).size).toBe(4n);
    expect(fs.statSync(`${path}.not`, { throwIfNoEntry: false })).toBeUndefined();
    expect(await fs.promises.readFile(path, 'utf8')).toBe('text');
    expect(await (load('node:fs/promises') as typeof Fs.promises).readdir(folder)).toEqual(['file']);
    const fd = fs.openSync(path, 'r');
    expect(fs.fstatSync(fd).ino).toBe(fs.statSync(path).ino);
    fs.closeSync(fd);
    expect(recording.spoiled).toBeUndefined();
    expect([...recording.files.values()].map(({ call, fields }) => [call, [...fields].sort()])).toEqual([
      ['readFileSync', []],
      ['existsSync', []],
      ['readFileSync', []],
      ['statSync', ['ino', 'mode', 'size']],
      ['statSync', ['size']],
      ['statSync', []],
      ['readdirSync', []],
    ]);
  });

  test('of the environment: the variables that were looked at', () => {
    const env = recording.environment({ ONE: '1', TWO: '2' });
    expect([env['ONE'], env['NONE'], 'TWO' in env]).toEqual(['1', undefined, true]);
    expect([...recording.variables]).toEqual([
      ['ONE', '1'],
      ['NONE', undefined],
      ['TWO', '2'],
    ]);
    expect(recording.spoiled).toBeUndefined();
  });

  test('of Node: what tells of nothing else', () => {
    for (const id of ['node:path', 'node:util', 'node:events', 'node:os']) load(id);
    expect((load('node:os') as { release: () => string }).release()).toMatch(/^\d/);
    expect(recording.spoiled).toBeUndefined();
  });
});

describe('it is spoiled by', () => {
  const path = (): string => file('text');
  const spoiling: readonly (readonly [string, () => unknown])[] = [
    ['a program', () => load('node:child_process')],
    ['a connection', () => load('node:net')],
    ['a module of somebody', () => load('koffi')],
    ['what loads modules', () => load('node:module')],
    ['something written', () => files().writeFileSync(path(), 'more')],
    ['something written by a promise', async () => files().promises.writeFile(path(), 'more')],
    ['something removed', () => files().unlinkSync(path())],
    ['a file that is read bit by bit', () => files().readSync(files().openSync(path(), 'r'), Buffer.alloc(2))],
    ['a file that is read by its descriptor', () => files().readFileSync(files().openSync(path(), 'r'))],
    [
      'a stream',
      () =>
        files()
          .createReadStream(folder)
          .on('error', () => undefined),
    ],
    ['a class that reads', () => files().ReadStream],
    ['what hangs on a function', () => files().realpathSync.native(path())],
    ['a descriptor of a process', () => files().existsSync('/proc/self/fd/0')],
    ['all of the environment', () => Object.keys(recording.environment({ ONE: '1' }))],
    ['the name of the machine', () => (load('node:os') as { hostname: () => string }).hostname()],
    [
      'an answer that changes',
      () => {
        const fs = files();
        const it = path();
        fs.readFileSync(it, 'utf8');
        writeFileSync(it, 'other');
        fs.readFileSync(it, 'utf8');
      },
    ],
    [
      'a state that changes',
      () => {
        const fs = files();
        const it = path();
        const before = fs.statSync(it).size;
        writeFileSync(it, 'longer');
        return before + fs.statSync(it).size;
      },
    ],
  ];
  test.each(spoiling)('%s', async (_, work) => {
    await work();
    expect(recording.spoiled).toBeDefined();
  });

  test('a system call that nobody knows, and a question that nobody tells of', () => {
    for (const name of ['send', 'sendOn', 'ethtool', 'ioctl', 'unshare', 'mount', 'umount', 'recvNow', 'anything']) {
      recording = new Recording();
      const sys = recording.watching({ [name]: () => 0 } as unknown as Syscalls) as unknown as Record<
        string,
        () => void
      >;
      sys[name]?.();
      expect([name, recording.spoiled]).toEqual([name, name]);
    }
  });
});
