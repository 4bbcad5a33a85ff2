/** A system call that failed, with the kernel's reason. */
export class SyscallError extends Error {
  constructor(
    readonly syscall: string,
    /** As in errno(3), positive. */
    readonly errno: number,
    /** `EPERM`, … */
    readonly code: string,
  ) {
    super(`${syscall}: ${code}`);
  }
}

/** The system calls Node has not. All of them are synchronous and throw SyscallError. */
export interface Syscalls {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: number): void;
  send(fd: number, data: Uint8Array): void;
  /** Of a packet socket: a whole frame, out by the device of a number. */
  sendOn(fd: number, ifindex: number, frame: Uint8Array): void;
  /** To a struct sockaddr_in or sockaddr_in6; does not wait for room. */
  sendTo(fd: number, data: Uint8Array, address: Uint8Array): void;
  /** Bytes received into `buffer`. */
  recv(fd: number, buffer: Uint8Array): number;
  /** A number of ethtool's about a device: SIOCETHTOOL with struct ethtool_value, on any socket. The number it leaves there. */
  ethtool(fd: number, device: string, command: number, value: number): number;
  /** With what a request takes: a structure, or a number by its value. */
  ioctl(fd: number, request: number, argument: Uint8Array | number): void;
  /** As `recv`; undefined where there is nothing to receive now. */
  recvNow(fd: number, buffer: Uint8Array): number | undefined;
  /** As `recvNow`; from whom is left in `address`, as `sendTo` takes it. */
  recvFrom(fd: number, buffer: Uint8Array, address: Uint8Array): number | undefined;
  /** The time of day, in milliseconds and parts of them. */
  timeOfDay(): number;
  /**
   * Makes room for descriptors of numbers up to `most`, from another thread: the kernel lets a process of several threads
   * wait for a grace period of RCU, some 10 ms, whenever a new descriptor takes its table to twice the size. `fd`: any.
   */
  makeRoom(fd: number, most: number): void;
  setns(fd: number, type: number): void;
  unshare(flags: number): void;
  mount(source: string, target: string, type: string, flags: number): void;
  umount(target: string, flags: number): void;
  /** False where another has the lock and `operation` is not to wait. */
  flock(fd: number, operation: number): boolean;
}
