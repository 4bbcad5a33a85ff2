import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '@pipewright/plugin';

/** State files of root: nobody else reads them. */
export class NodeFileSystem implements FileSystem {
  async read(path: string): Promise<string | undefined> {
    return unless('ENOENT', readFile(path, 'utf8'), undefined);
  }

  async write(path: string, text: string): Promise<void> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `.${basename(path)}.${randomUUID()}`);
    await synced(draft, 'wx', async (file) => file.writeFile(text));
    await rename(draft, path);
    await synced(folder, 'r');
  }

  async remove(path: string): Promise<void> {
    await unless(
      'ENOENT',
      rm(path).catch(async (error: unknown) => {
        if (codeOf(error) !== 'ERR_FS_EISDIR') throw error;
        await rmdir(path);
      }),
      undefined,
    );
  }

  async list(folder: string): Promise<readonly string[]> {
    return unless('ENOENT', readdir(folder), []);
  }
}

type Opened = Awaited<ReturnType<typeof open>>;

async function synced(path: string, flags: 'wx' | 'r', use?: (file: Opened) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

async function unless<T, O>(code: string, work: Promise<T>, otherwise: O): Promise<T | O> {
  return work.catch((error: unknown) => {
    if (codeOf(error) === code) return otherwise;
    throw error;
  });
}
