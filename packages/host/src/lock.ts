import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { coreErrors, injectable } from '@pipewright/core';
import { fail, type Lock } from '@pipewright/plugin';
import { errors } from './errors.js';
import { codeOf } from './file-system.js';
import { wordsOf } from './words.js';
import { stateFolder } from './state-folder.js';
import { LOCK_EX, LOCK_NB } from './sys/constants.js';
import { loadLibc } from './sys/libc.js';
import { widePath } from './wide-path.js';

/**
 * One lock a host, kept by the kernel (flock(2)) on a file that we hold open: it is free the moment we end, however
 * that comes about. Node has no flock. Where it is taken, or there is no foreign function library, the util-linux
 * program waits for it on the descriptor it inherits: to wait in process would stop us from hearing a ^C.
 */
@injectable()
export class FileLock implements Lock {
  async exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T> {
    const held = await acquire(join(stateFolder(), 'lock'), waiting);
    try {
      return await run();
    } finally {
      closeSync(held);
    }
  }
}

async function acquire(path: string, waiting: (holder: string) => void): Promise<number> {
  for (;;) {
    const file = openFile(path);
    if (!(await tryLock(file))) {
      waiting(readFileSync(file, 'utf8').trim());
      if (!(await flock(file))) fail(coreErrors.interrupted()); // ^C ends it with us
    }
    // Whoever unlinked the file in between made ours another than the one that others will open.
    if (isStill(path, file)) {
      leaveHint(file);
      return file;
    }
    closeSync(file);
  }
}

/** For whoever waits, nothing more: a full disk does not stand in the way. */
function leaveHint(file: number): void {
  try {
    ftruncateSync(file);
    writeSync(file, `${process.pid}\n`, 0);
  } catch {
    // It says that somebody has the lock, not who.
  }
}

function openFile(path: string): number {
  try {
    makeFolder(stateFolder());
    return openSync(path, 'a+', 0o600);
  } catch (error) {
    return fail(errors.noLock(path, wordsOf(error)), { cause: error });
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // What is read-only is to Node, where it makes folders above as well, something that is not there.
    if (codeOf(error) === 'ENOENT') mkdirSync(firstMissing(path), { mode: 0o700 });
    throw error;
  }
}

const firstMissing = (path: string): string => (existsSync(dirname(path)) ? path : firstMissing(dirname(path)));

/** Resolves to whether the lock is ours now. */
async function tryLock(file: number): Promise<boolean> {
  const sys = await loadLibc().catch(() => undefined);
  return sys ? sys.flock(file, LOCK_EX | LOCK_NB) : flock(file, '--nonblock');
}

/** Resolves to whether the lock is ours now; without options it waits. */
async function flock(file: number, ...options: readonly string[]): Promise<boolean> {
  const { spawn } = await import('node:child_process'); // late: mostly nothing has to be waited for
  const child = spawn('flock', [...options, '--exclusive', '3'], {
    env: { PATH: widePath(process.env['PATH'] ?? '') },
    stdio: ['ignore', 'ignore', 'ignore', file],
  });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch (error) {
    return fail(
      codeOf(error) === 'ENOENT' ? errors.noTool('flock', 'util-linux') : errors.noLock('flock', wordsOf(error)),
    );
  }
}

function isStill(path: string, file: number): boolean {
  const [named, own] = [statSync(path, { throwIfNoEntry: false }), fstatSync(file)];
  return named?.ino === own.ino && named.dev === own.dev;
}
