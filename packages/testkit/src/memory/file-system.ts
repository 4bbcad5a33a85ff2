import type { FileSystem, GrowingFile } from '@pipewright/plugin';

/** One thing asked of a file system. `sync` is the second half of each that is durable when it resolves. */
export interface FileOperation {
  readonly does: 'read' | 'list' | 'identity' | 'write' | 'rename' | 'open' | 'append' | 'sync' | 'remove';
  readonly path: string;
}

interface MemoryFile {
  readonly inode: number;
  text: string;
}

/** By path. */
type Files = ReadonlyMap<string, MemoryFile>;

interface MemoryFileSystemOptions {
  /** Asked before each operation, counted from 0; what it returns is what the operation rejects with. */
  readonly fails?: (operation: FileOperation, index: number) => Error | undefined;
  /** What an earlier life left. */
  readonly files?: Files;
}

/**
 * Files in memory. Folders are there while something is in them. `killed` and `powerLost` end the life of those who use
 * it: they get no answer any more, and a new file system has what is left.
 */
export class MemoryFileSystem implements FileSystem {
  readonly #fails: NonNullable<MemoryFileSystemOptions['fails']>;
  readonly #files: Map<string, MemoryFile>;
  #synced: Files;
  #inodes: number;
  #operations = 0;
  #ended = false;

  constructor({ fails = () => undefined, files = new Map() }: MemoryFileSystemOptions = {}) {
    this.#fails = fails;
    this.#files = copied(files);
    this.#synced = copied(files);
    this.#inodes = Math.max(0, ...[...files.values()].map(({ inode }) => inode));
  }

  /** The process ended: all that it wrote is there. */
  killed(fails?: MemoryFileSystemOptions['fails']): MemoryFileSystem {
    this.#ended = true;
    return new MemoryFileSystem({ files: this.#files, ...(fails ? { fails } : {}) });
  }

  /** The machine ended: what was synced is there. */
  powerLost(fails?: MemoryFileSystemOptions['fails']): MemoryFileSystem {
    this.#ended = true;
    return new MemoryFileSystem({ files: this.#synced, ...(fails ? { fails } : {}) });
  }

  async read(path: string): Promise<string | undefined> {
    await this.#begin('read', path);
    return this.#files.get(path)?.text;
  }

  async write(path: string, text: string): Promise<void> {
    await this.#change('write', path, () => this.#put(path, { inode: ++this.#inodes, text }));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change('rename', from, () => {
      const moved = this.#need(from);
      this.#files.delete(from);
      const takeBack = this.#put(to, moved);
      return () => {
        takeBack();
        this.#files.set(from, moved);
      };
    });
  }

  async open(path: string): Promise<GrowingFile> {
    await this.#begin('open', path);
    const file = this.#need(path);
    const append = (more: string) => () => {
      const before = file.text;
      file.text += more;
      return () => (file.text = before);
    };
    return { append: async (more) => this.#change('append', path, append(more)), close: async () => undefined };
  }

  async remove(path: string): Promise<void> {
    await this.#begin('remove', path);
    if (this.#below(path).length > 0) throw fileError('ENOTEMPTY', path);
    this.#files.delete(path);
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.#begin('list', folder);
    return [...new Set(this.#below(folder).map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
  }

  async identity(path: string): Promise<string | undefined> {
    await this.#begin('identity', path);
    return this.#files.get(path)?.inode.toString();
  }

  /** `change` returns how it is taken back, which happens where it cannot be synced. */
  async #change(does: FileOperation['does'], path: string, change: () => () => unknown): Promise<void> {
    await this.#begin(does, path);
    const takeBack = change();
    try {
      await this.#begin('sync', path);
    } catch (error) {
      takeBack();
      throw error;
    }
    this.#synced = copied(this.#files);
  }

  async #begin(does: FileOperation['does'], path: string): Promise<void> {
    const error = this.#ended ? undefined : this.#fails({ does, path }, this.#operations++);
    if (this.#ended) await new Promise(() => undefined); // nobody is there to hear an answer
    if (error) throw error;
  }

  #put(path: string, file: MemoryFile): () => unknown {
    const before = this.#files.get(path);
    this.#files.set(path, file);
    return () => (before ? this.#files.set(path, before) : this.#files.delete(path));
  }

  #need(path: string): MemoryFile {
    const file = this.#files.get(path);
    if (!file) throw fileError('ENOENT', path);
    return file;
  }

  #below(folder: string): readonly string[] {
    return [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
  }
}

const copied = (files: Files): Map<string, MemoryFile> => new Map([...files].map(([path, it]) => [path, { ...it }]));

/** An error as Node's: `ENOSPC: …`. */
export const fileError = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
