import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * A folder in which nobody but we can put or change a file: ours, and nobody else's to write in. Its files are reached
 * through the open folder, so that it does not help to put another in its place.
 */
export class PrivateFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined where there is none that can be trusted. Reads into `room` if that is large enough. */
  read(name: string, room: Buffer): Buffer | undefined {
    return this.#inside((folder) => {
      const file = openSync(`${folder}/${name}`, O_RDONLY | O_NOFOLLOW);
      try {
        const found = fstatSync(file);
        if (!found.isFile() || !isOurs(found, 0o022)) return undefined;
        const bytes = found.size <= room.length ? room : Buffer.allocUnsafeSlow(found.size);
        return bytes.subarray(0, readSync(file, bytes, 0, found.size, 0));
      } finally {
        closeSync(file);
      }
    });
  }

  /** All of it or nothing; says nothing where it cannot be. */
  write(name: string, ...parts: readonly Buffer[]): void {
    this.#make();
    this.#inside((folder) => {
      // A pid alone is that of others too: in other pid namespaces.
      const draft = `${folder}/.${name}.${process.pid}.${process.hrtime.bigint()}`;
      try {
        writeFileSync(draft, Buffer.concat(parts), { flag: 'wx', mode: 0o600 });
        renameSync(draft, `${folder}/${name}`);
      } catch {
        unlinkSync(draft);
      }
    });
  }

  /** Empties it where more is in it. */
  keepAtMost(files: number): void {
    this.#inside((folder) => {
      const names = readdirSync(folder);
      if (names.length > files) for (const name of names) unlinkSync(`${folder}/${name}`);
    });
  }

  /** With the folders above it, but not for root: what is above it for root has other users too. */
  #make(): void {
    try {
      mkdirSync(this.#path, { mode: 0o700, recursive: process.geteuid?.() !== 0 });
    } catch {
      // It is there, or cannot be.
    }
  }

  #inside<T>(work: (folder: string) => T): T | undefined {
    try {
      const folder = openSync(this.#path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      try {
        return isOurs(fstatSync(folder), 0o022) ? work(`/proc/self/fd/${folder}`) : undefined;
      } finally {
        closeSync(folder);
      }
    } catch {
      return undefined;
    }
  }
}

/** Ours, and none of the rights of `others` given. */
const isOurs = ({ uid, mode }: Stats, others: number): boolean => uid === process.geteuid?.() && (mode & others) === 0;
