import {
  appendFileSync,
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, PipewrightError, type FileSystem, type GrowingFile } from '@pipewright/plugin';
import { errors } from './errors.js';
import { wordsOf } from './words.js';

/**
 * State files of root: nobody else reads them. They are small, and nothing else could be done meanwhile: Node's promises
 * of files, and its threads, take longer to start than these calls.
 */
export class NodeFileSystem implements FileSystem {
  async read(path: string): Promise<string | undefined> {
    return unlessMissing(path, () => {
      // A FIFO would be waited at for somebody who writes to it, a device may never end.
      if (!statSync(path).isFile()) fail(errors.notRead(path, 'it is no ordinary file'));
      return readFileSync(path, 'utf8');
    });
  }

  async write(path: string, text: string): Promise<void> {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `.${basename(path)}.${uniqueWord()}`);
    try {
      synced(draft, 'wx', (file) => writeFileSync(file, text));
      await this.rename(draft, path);
    } catch (error) {
      quietly(() => unlinkSync(draft)); // on a full disk it would only be in the way
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    renameSync(from, to);
    synced(dirname(to), 'r');
  }

  async open(path: string): Promise<GrowingFile> {
    return new NodeGrowingFile(openSync(path, constants.O_WRONLY | constants.O_APPEND));
  }

  async remove(path: string): Promise<void> {
    try {
      unlinkSync(path);
    } catch (error) {
      if (codeOf(error) === 'EISDIR') rmdirSync(path);
      else if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    return unlessMissing(folder, () => readdirSync(folder), 'ENOTDIR') ?? [];
  }

  async identity(path: string): Promise<string | undefined> {
    const found = unlessMissing(path, () => statSync(path, { bigint: true }));
    return found && `${found.dev}:${found.ino}`;
  }
}

class NodeGrowingFile implements GrowingFile {
  readonly #file: number;
  #size: number;

  constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      appendFileSync(this.#file, bytes);
      fdatasyncSync(this.#file);
    } catch (error) {
      quietly(() => ftruncateSync(this.#file, this.#size)); // nothing better can be done, and no harm
      throw error;
    }
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    closeSync(this.#file);
  }
}

function synced(path: string, flags: 'wx' | 'r', use?: (file: number) => void): void {
  const file = openSync(path, flags, 0o600);
  try {
    use?.(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** For names of files. To load node:crypto for that takes longer than to write the file. */
export const uniqueWord = (): string => `${process.pid}-${process.hrtime.bigint().toString(36)}`;

export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function unlessMissing<T>(path: string, work: () => T, ...also: readonly string[]): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof PipewrightError) throw error;
    const code = codeOf(error);
    if (code === 'EACCES' && process.geteuid?.() !== 0) fail(errors.needsRoot());
    if (code === 'ENOENT' || also.some((it) => it === code)) return undefined;
    return fail(errors.notRead(path, wordsOf(error)), { cause: error });
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The failure before it is the one to tell of.
  }
}
