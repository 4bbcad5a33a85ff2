import { mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLONE_NEWNET, MNT_DETACH, MS_BIND, MS_REC, MS_SHARED } from './constants.js';
import { type Syscalls, SyscallError } from './syscalls.js';

const OWN = '/proc/thread-self/ns/net';

/** Enters network namespaces, and makes them. */
export class Namespaces {
  /** The one this process began in. */
  readonly home: number;
  readonly #sys: Syscalls;

  constructor(sys: Syscalls) {
    this.#sys = sys;
    this.home = openSync(OWN, 'r');
  }

  /**
   * Runs `work` in a namespace. The thread itself is there meanwhile, and whatever it starts stays there: so `work`
   * awaits nothing and uses nothing of libuv's pool, and a process that cannot come back ends.
   */
  within<T>(fd: number, work: () => T): T {
    this.#sys.setns(fd, CLONE_NEWNET);
    try {
      return work();
    } finally {
      this.#comeBack();
    }
  }

  /** Makes a namespace; `prepare` runs in it with its descriptor, which is the caller's to close. */
  make<T>(prepare: (fd: number) => T): T {
    this.#sys.unshare(CLONE_NEWNET);
    try {
      return prepare(openSync(OWN, 'r'));
    } finally {
      this.#comeBack();
    }
  }

  /** Gives the namespace this thread is in a name in `folder`: a file it is mounted on, as ip-netns(8) does. */
  bind(folder: string, name: string): void {
    this.#share(folder);
    const path = join(folder, name);
    writeFileSync(path, '', { flag: 'wx', mode: 0 });
    try {
      this.#sys.mount(OWN, path, 'none', MS_BIND);
    } catch (error) {
      unlinkSync(path);
      throw error;
    }
  }

  /** Takes the name away; the namespace lives on while a process or a descriptor is in it. */
  unbind(folder: string, name: string): void {
    const path = join(folder, name);
    try {
      this.#sys.umount(path, MNT_DETACH);
    } catch (error) {
      if (!(error instanceof SyscallError) || error.code !== 'EINVAL') throw error; // never mounted: a file is left
    }
    unlinkSync(path);
  }

  /** Mounts below it are to be seen, and to go, in the mount namespaces of services and containers too. */
  #share(folder: string): void {
    if (this.#shared.has(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    try {
      this.#sys.mount('', folder, 'none', MS_SHARED | MS_REC);
    } catch (error) {
      if (!(error instanceof SyscallError) || error.code !== 'EINVAL') throw error; // no mount point yet
      this.#sys.mount(folder, folder, 'none', MS_BIND | MS_REC);
      this.#sys.mount('', folder, 'none', MS_SHARED | MS_REC);
    }
    this.#shared.add(folder);
  }

  readonly #shared = new Set<string>();

  #comeBack(): void {
    try {
      this.#sys.setns(this.home, CLONE_NEWNET);
    } catch {
      // Every thread and child made from now on would be in the wrong namespace. The journal knows what to undo.
      process.abort();
    }
  }
}
