import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { coreErrors, injectable } from '@pipewright/core';
import { fail, type Lock } from '@pipewright/plugin';
import { errors } from './errors.js';
import { codeOf } from './file-system.js';
import { stateFolder } from './ledger.js';

/**
 * One lock a host, kept by the kernel (flock(2)) on a file that we hold open: it is free the moment we end, however
 * that comes about. Node has no flock, so the util-linux program takes it for us on the descriptor it inherits.
 */
@injectable()
export class FileLock implements Lock {
  async exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T> {
    const held = await acquire(join(stateFolder(), 'lock'), waiting);
    try {
      return await run();
    } finally {
      await held.close();
    }
  }
}

async function acquire(path: string, waiting: (holder: string) => void): Promise<FileHandle> {
  for (;;) {
    const file = await openFile(path);
    if (!(await flock(file, '--nonblock'))) {
      waiting((await file.readFile('utf8')).trim());
      if (!(await flock(file))) fail(coreErrors.interrupted()); // ^C ends it with us
    }
    // Whoever unlinked the file in between made ours another than the one that others will open.
    if (await isStill(path, file)) {
      await file.truncate();
      await file.write(`${process.pid}\n`, 0); // a hint for whoever waits, nothing more
      return file;
    }
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    await mkdir(stateFolder(), { recursive: true, mode: 0o700 });
    return await open(path, 'a+', 0o600);
  } catch (error) {
    return fail(errors.noLock(path, String(error)), { cause: error });
  }
}

/** Resolves to whether the lock is ours now; without options it waits. */
async function flock(file: FileHandle, ...options: readonly string[]): Promise<boolean> {
  const child = spawn('flock', [...options, '--exclusive', '3'], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/bin:/bin` },
    stdio: ['ignore', 'ignore', 'ignore', file.fd],
  });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch (error) {
    return fail(
      codeOf(error) === 'ENOENT' ? errors.noTool('flock', 'util-linux') : errors.noLock('flock', String(error)),
    );
  }
}

async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const [named, own] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return named?.ino === own.ino && named.dev === own.dev;
}
