import { basename, dirname } from 'node:path/posix';
import type { FileSystem } from '@pipewright/plugin';

/** Files in memory. Folders are there while something is in them. */
export class MemoryFileSystem implements FileSystem {
  readonly #texts = new Map<string, string>();

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.#texts.get(path));
  }

  write(path: string, text: string): Promise<void> {
    this.#texts.set(path, text);
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    this.#texts.delete(path);
    return Promise.resolve();
  }

  list(folder: string): Promise<readonly string[]> {
    const names = [...this.#texts.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
    return Promise.resolve(names.sort());
  }
}
