import { isAbsolute } from 'node:path';
import { PrivateFolder } from './private-folder.js';

/** What V8 made of the program in an earlier run. */
export interface KeptCode {
  readonly code: Buffer;
  /** How many runs have added what they compiled. */
  readonly runs: number;
}

/** A multiple of 8, or V8 would copy what follows. */
const HEADER = 512;

/**
 * The compiled code of one command. V8 itself looks whether it is of the same V8 with the same flags; of the source it
 * compares the length only, so that `of` has to tell one program from another.
 */
export class CodeCache {
  readonly #folder: PrivateFolder;
  readonly #file: string;
  readonly #of: string;

  constructor(folder: string, command: string, of: string) {
    this.#folder = new PrivateFolder(folder);
    this.#file = `${command}-${process.version}-${process.arch}`;
    this.#of = of;
  }

  /** Valid until `room` is used for something else. */
  read(room: Buffer): KeptCode | undefined {
    const bytes = this.#folder.read(this.#file, room);
    if (!bytes) return undefined;
    const [of, size, runs] = bytes.toString('utf8', 0, HEADER).split('\0');
    const code = bytes.subarray(HEADER);
    return of === this.#of && Number(size) === code.length ? { code, runs: Number(runs) } : undefined;
  }

  write({ code, runs }: KeptCode): void {
    const header = Buffer.alloc(HEADER);
    if (header.write(`${this.#of}\0${code.length}\0${runs}\0`) < HEADER) this.#folder.write(this.#file, header, code);
  }
}

/** Where it is kept; undefined where nothing shall be. */
export function cacheFolder(env: NodeJS.ProcessEnv, isRoot: boolean): string | undefined {
  const { PIPEWRIGHT_CACHE_DIR: own, XDG_CACHE_HOME: caches, HOME: home } = env;
  if (own !== undefined) return whole(own);
  // sudo may leave root the HOME of a user.
  if (isRoot) return '/var/cache/pipewright';
  const folder = whole(caches) ?? whole(home && `${home}/.cache`);
  return folder && `${folder}/pipewright`;
}

const whole = (path: string | undefined): string | undefined => (path && isAbsolute(path) ? path : undefined);
