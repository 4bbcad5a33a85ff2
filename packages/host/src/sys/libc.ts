import { closeSync } from 'node:fs';
import { constants, endianness } from 'node:os';
import type Koffi from 'koffi';
import { current } from '../recall/recording.js';
import { AF_PACKET, CLOCK_REALTIME, F_DUPFD_CLOEXEC, MSG_DONTWAIT, SIOCETHTOOL } from './constants.js';
import { millisecondsOf } from './timespec.js';
import { type Syscalls, SyscallError } from './syscalls.js';

type Foreign = (...args: readonly unknown[]) => number;

/** Loaded late: nothing but a command that touches the kernel pays for it. */
let loaded: Promise<Syscalls> | undefined;

/**
 * The C library of this process through koffi, which comes prebuilt for the machines Node runs on, with glibc and
 * musl. Rejects where it does not load.
 */
export const loadLibc = (): Promise<Syscalls> => (loaded ??= load().then((sys) => current?.watching(sys) ?? sys));

/**
 * koffi's build for glibc by its path, which spares what chooses among all builds: as much time again as loading it.
 * Undefined where that is not what this machine needs, not where npm puts it, or where this is no part of the program:
 * Node itself imports no such file.
 */
async function loadBuild(): Promise<typeof Koffi | undefined> {
  const { arch } = process;
  try {
    const path = `@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`;
    return ((await import(path)) as { readonly default: typeof Koffi }).default;
  } catch {
    return undefined;
  }
}

async function load(): Promise<Syscalls> {
  if (process.platform !== 'linux') throw new Error(`${process.platform} is not Linux`);
  const koffi = (await loadBuild()) ?? (await import('koffi')).default;
  const libc = koffi.load(null);
  const define = (prototype: string): Foreign => libc.func(prototype) as Foreign;
  const [socket, setsockopt, send, sendto, recv] = [
    define('int socket(int domain, int type, int protocol)'),
    define('int setsockopt(int fd, int level, int option, const int *value, uint32_t size)'),
    define('intptr_t send(int fd, const void *data, size_t size, int flags)'),
    define(
      'intptr_t sendto(int fd, const void *data, size_t size, int flags, const void *address, uint32_t addressSize)',
    ),
    define('intptr_t recv(int fd, _Out_ void *data, size_t size, int flags)'),
  ];
  const ioctl = define('int ioctl(int fd, unsigned long request, void *argument)');
  const ioctlOf = define('int ioctl(int fd, unsigned long request, unsigned long argument)');
  const [setns, unshare, mount, umount2, flock] = [
    define('int setns(int fd, int type)'),
    define('int unshare(int flags)'),
    define(
      'int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)',
    ),
    define('int umount2(const char *target, int flags)'),
    define('int flock(int fd, int operation)'),
  ];
  /** What few commands call is defined when it is called first, as that takes time. */
  const late = (prototype: string): Foreign => {
    let defined: Foreign | undefined;
    return (...args) => (defined ??= define(prototype))(...args);
  };
  const recvfrom = late(
    'intptr_t recvfrom(int fd, _Out_ void *data, size_t size, int flags, _Out_ void *address, _Inout_ uint32_t *addressSize)',
  );
  const clockGettime = late('int clock_gettime(int clock, _Out_ void *time)');
  const fcntl = libc.func('int fcntl(int fd, int command, int argument)');
  /** Again where a signal came first. */
  const call = (name: string, foreign: Foreign, ...args: readonly unknown[]): number => {
    for (;;) {
      const result = foreign(...args);
      if (result >= 0) return result;
      const errno = koffi.errno();
      if (errno !== constants.errno.EINTR) throw new SyscallError(name, errno, codeOf(errno));
    }
  };
  return {
    socket: (domain, type, protocol) => call('socket', socket, domain, type, protocol),
    setsockopt: (fd, level, option, value) => void call('setsockopt', setsockopt, fd, level, option, [value], 4),
    send: (fd, data) => void call('send', send, fd, data, data.byteLength, 0),
    sendOn(fd, ifindex, frame) {
      const address = linkLayerAddress(ifindex);
      call('sendto', sendto, fd, frame, frame.byteLength, 0, address, address.byteLength);
    },
    sendTo: (fd, data, address) =>
      void call('sendto', sendto, fd, data, data.byteLength, MSG_DONTWAIT, address, address.byteLength),
    recv: (fd, buffer) => call('recv', recv, fd, buffer, buffer.byteLength, 0),
    ethtool(fd, device, command, value) {
      const data: unknown = koffi.alloc('uint32', 2);
      try {
        koffi.encode(data, 'uint32', [command, value], 2);
        call('ioctl', ioctl, fd, SIOCETHTOOL, interfaceRequest(device, koffi.address(data)));
        return (koffi.decode(data, 'uint32', 2) as Uint32Array)[1] ?? 0;
      } finally {
        koffi.free(data);
      }
    },
    ioctl: (fd, request, argument) =>
      void call('ioctl', typeof argument === 'number' ? ioctlOf : ioctl, fd, request, argument),
    recvNow: (fd, buffer) => orElse(undefined, () => call('recv', recv, fd, buffer, buffer.byteLength, MSG_DONTWAIT)),
    recvFrom(fd, buffer, address) {
      const size = Uint32Array.of(address.byteLength);
      return orElse(undefined, () =>
        call('recvfrom', recvfrom, fd, buffer, buffer.byteLength, MSG_DONTWAIT, address, size),
      );
    },
    timeOfDay() {
      const time = new Uint8Array(16);
      call('clock_gettime', clockGettime, CLOCK_REALTIME, time);
      return millisecondsOf(time);
    },
    // Where that is more than may be open there is none: then opening them says so.
    makeRoom(fd, most) {
      fcntl.async(fd, F_DUPFD_CLOEXEC, most, (_: unknown, made: number) => {
        if (made >= 0) closeSync(made);
      });
    },
    setns: (fd, type) => void call('setns', setns, fd, type),
    unshare: (flags) => void call('unshare', unshare, flags),
    mount: (source, target, type, flags) => void call('mount', mount, source, target, type, flags, null),
    umount: (target, flags) => void call('umount2', umount2, target, flags),
    flock: (fd, operation) => orElse(false, () => call('flock', flock, fd, operation) === 0),
  };
}

/** struct sockaddr_ll of linux/if_packet.h: the frame says all else itself. */
function linkLayerAddress(ifindex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const native = new DataView(bytes.buffer);
  native.setUint16(0, AF_PACKET, endianness() === 'LE');
  native.setInt32(4, ifindex, endianness() === 'LE');
  return bytes;
}

/** struct ifreq of linux/if.h, of 40 bytes: a name, and where the data of the request is. */
function interfaceRequest(device: string, data: bigint): Uint8Array {
  const bytes = new Uint8Array(40);
  new TextEncoder().encodeInto(device, bytes.subarray(0, 15));
  new DataView(bytes.buffer).setBigUint64(16, data, endianness() === 'LE');
  return bytes;
}

/** `otherwise` where the call would have to wait. */
function orElse<T, O>(otherwise: O, call: () => T): T | O {
  try {
    return call();
  } catch (error) {
    if (error instanceof SyscallError && error.errno === constants.errno.EWOULDBLOCK) return otherwise;
    throw error;
  }
}

const codeOf = (errno: number): string =>
  Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
