import type Koffi from 'koffi';
import {
  AF_NETLINK,
  CLONE_NEWNET,
  LOCK_EX,
  LOCK_NB,
  NETLINK_GET_STRICT_CHK,
  SOCK_RAW_CLOEXEC,
  SOL_NETLINK,
} from '../sys/constants.js';
import { loadBuild } from '../sys/koffi-build.js';
import { PORT } from './message.js';

type Foreign = (...args: readonly unknown[]) => number;

/** The few system calls that a look takes: nothing else is defined, as that takes time. All throw what the kernel refuses. */
export class ShortSyscalls {
  readonly #socket: Foreign;
  readonly #option: Foreign;
  readonly #bind: Foreign;
  readonly #send: Foreign;
  readonly #recv: Foreign;
  readonly #setns: Foreign;
  readonly #flock: Foreign;

  constructor(koffi: typeof Koffi) {
    const libc = koffi.load(null);
    const define = (prototype: string): Foreign => libc.func(prototype) as Foreign;
    this.#socket = define('int socket(int domain, int type, int protocol)');
    this.#option = define('int setsockopt(int fd, int level, int option, const void *value, uint32_t size)');
    this.#bind = define('int bind(int fd, const void *address, uint32_t size)');
    this.#send = define('intptr_t send(int fd, const void *data, size_t size, int flags)');
    this.#recv = define('intptr_t recv(int fd, void *data, size_t size, int flags)');
    this.#setns = define('int setns(int fd, int type)');
    this.#flock = define('int flock(int fd, int operation)');
  }

  /** A socket of the namespace that we are in, of a port that is always the same. */
  netlink(protocol: number): number {
    const fd = done(this.#socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol));
    done(this.#option(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, ON, ON.length));
    done(this.#bind(fd, ADDRESS, ADDRESS.length));
    return fd;
  }

  send(fd: number, data: Buffer): void {
    done(this.#send(fd, data, data.length, 0));
  }

  recv(fd: number, room: Buffer): number {
    return done(this.#recv(fd, room, room.length, 0));
  }

  /** As `Namespaces.within`: `work` is synchronous, and who cannot come back ends. */
  within<T>(fd: number, home: number, work: () => T): T {
    done(this.#setns(fd, CLONE_NEWNET));
    try {
      return work();
    } finally {
      if (this.#setns(home, CLONE_NEWNET) < 0) process.abort();
    }
  }

  lock(fd: number): boolean {
    return this.#flock(fd, LOCK_EX | LOCK_NB) === 0;
  }
}

/** Undefined where koffi is not what is loaded first. */
export function shortSyscalls(): ShortSyscalls | undefined {
  const koffi = process.platform === 'linux' ? loadBuild() : undefined;
  return koffi && new ShortSyscalls(koffi);
}

function done(result: number): number {
  if (result < 0) throw new Error('refused');
  return result;
}

const ON = Buffer.from(Uint32Array.of(1).buffer);

/** struct sockaddr_nl of linux/netlink.h. */
const ADDRESS = Buffer.alloc(12);
ADDRESS.writeUInt16LE(AF_NETLINK);
ADDRESS.writeUInt32LE(PORT, 4);
