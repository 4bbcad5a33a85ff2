import type { FileSystem } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

interface Made {
  readonly files: FileSystem;
  /** An empty folder to work in. */
  readonly folder: string;
}

/** What every FileSystem holds to. */
export function fileSystemSuite(make: () => Made | Promise<Made>): void {
  describe('a file system', () => {
    test('reads what was written last', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/a`, 'first');
      await files.write(`${folder}/a`, 'sécond\n');
      expect(await files.read(`${folder}/a`)).toBe('sécond\n');
    });

    test('reads nothing where nothing is', async () => {
      const { files, folder } = await make();
      expect(await files.read(`${folder}/none`)).toBeUndefined();
      expect(await files.read(`${folder}/none/deeper`)).toBeUndefined();
    });

    test('makes the folders of what it writes', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/one/two/a`, 'text');
      expect(await files.read(`${folder}/one/two/a`)).toBe('text');
    });

    test('removes files, and minds no missing ones', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/a`, 'text');
      await files.remove(`${folder}/a`);
      await files.remove(`${folder}/a`);
      expect(await files.read(`${folder}/a`)).toBeUndefined();
    });

    test('removes empty folders', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/some/a`, 'text');
      await files.remove(`${folder}/some/a`);
      await files.remove(`${folder}/some`);
      expect(await files.list(folder)).toEqual([]);
    });

    test('lists names, and none of a missing folder or of what is no folder', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/some/b`, '');
      await files.write(`${folder}/some/a`, '');
      expect([...(await files.list(`${folder}/some`))].sort()).toEqual(['a', 'b']);
      expect(await files.list(`${folder}/none`)).toEqual([]);
      expect(await files.list(`${folder}/some/a`)).toEqual([]);
    });

    test('renames, in the place of what has the name', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/old`, 'old');
      await files.write(`${folder}/new`, 'new');
      await files.rename(`${folder}/new`, `${folder}/old`);
      expect(await files.list(folder)).toEqual(['old']);
      expect(await files.read(`${folder}/old`)).toBe('new');
      await expect(files.rename(`${folder}/new`, `${folder}/old`)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    test('adds to a file that is there, and makes none', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/a`, 'one\n');
      const file = await files.open(`${folder}/a`);
      await file.append('zwö\n');
      await file.append('three\n');
      await file.close();
      expect(await files.read(`${folder}/a`)).toBe('one\nzwö\nthree\n');
      await expect(files.open(`${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await files.list(folder)).toEqual(['a']);
    });

    test('tells files from each other', async () => {
      const { files, folder } = await make();
      await files.write(`${folder}/a`, '');
      await files.write(`${folder}/b`, '');
      const identity = await files.identity(`${folder}/a`);
      expect(identity).not.toBe(await files.identity(`${folder}/b`));
      await files.rename(`${folder}/a`, `${folder}/c`);
      expect(await files.identity(`${folder}/c`)).toBe(identity);
      expect(await files.identity(`${folder}/a`)).toBeUndefined();
    });

    test('readers of a file being written see the old text or the new', async () => {
      const { files, folder } = await make();
      const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
      await files.write(`${folder}/a`, texts[0] ?? '');
      const written = Promise.all(
        Array.from({ length: 20 }, (_, index) => files.write(`${folder}/a`, texts[index % 2] ?? '')),
      );
      const seen = await Promise.all(Array.from({ length: 40 }, () => files.read(`${folder}/a`)));
      await written;
      expect(seen.filter((text) => text === undefined || !texts.includes(text))).toEqual([]);
      expect(await files.list(folder)).toEqual(['a']);
    });
  });
}
