import { echoRequest, ipv4Text, ipv6Text, readEcho } from '@pipewright/kernel';
import { closeSync } from 'node:fs';
import { endianness } from 'node:os';
import {
  AF_INET,
  AF_INET6,
  ICMP_FILTER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SIOCGSTAMPNS,
  SOCK_RAW_CLOEXEC,
  SO_SNDBUFFORCE,
  SOL_RAW,
  SOL_SOCKET,
} from './constants.js';
import { address4, address6 } from './socket-address.js';
import { type Syscalls, SyscallError } from './syscalls.js';
import { millisecondsOf } from './timespec.js';

/** A reply to a request, or an error. */
export interface Returned<Asker> {
  readonly asker: Asker;
  readonly sequence: number;
  readonly ms: number;
  readonly error?: string;
  readonly from: string;
  /** Where the sender is link-local: the number of the device. */
  readonly scope: number;
}

/**
 * A raw socket for echo requests, of the namespace it was made in: of other kinds nobody may make one in a namespace that is
 * new (ping_group_range of icmp(7)). No call waits.
 */
export class EchoSocket<Asker> {
  readonly #sys: Syscalls;
  readonly #family: 4 | 6;
  readonly #fd: number;
  readonly #id = Math.floor(Math.random() * 0x10000);
  #sequence = 0;
  /** By their numbers. */
  readonly #sent = new Map<number, { readonly asker: Asker; readonly at: number }>();

  constructor(sys: Syscalls, family: 4 | 6) {
    this.#sys = sys;
    this.#family = family;
    this.#fd =
      family === 4
        ? sys.socket(AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_ICMP)
        : sys.socket(AF_INET6, SOCK_RAW_CLOEXEC, IPPROTO_ICMPV6);
    if (family === 4) sys.setsockopt(this.#fd, SOL_RAW, ICMP_FILTER, ~WANTED);
    this.#makeRoom();
    this.#lastCame(); // from the first question on the kernel remembers
  }

  /** Sends a request, and returns its number. `scope`: of a link-local address, the number of the device. */
  send(asker: Asker, address: Uint8Array, scope: number): number {
    const sequence = (this.#sequence = (this.#sequence + 1) & 0xffff);
    const request = echoRequest(this.#family, { id: this.#id, sequence });
    this.#sent.set(sequence, { asker, at: this.#sys.timeOfDay() });
    this.#sendTo(this.#family === 4 ? address4(address) : address6(address, scope), request);
    return sequence;
  }

  /** What has come since. */
  received(): readonly Returned<Asker>[] {
    const all: Returned<Asker>[] = [];
    for (;;) {
      const size = this.#sys.recvFrom(this.#fd, packet, sender);
      if (size === undefined) return all;
      const it = readEcho(this.#family, packet.subarray(0, size));
      const sent = it?.id === this.#id ? this.#sent.get(it.sequence) : undefined;
      if (it === undefined || sent === undefined) continue; // another's
      const ms = Math.max(0, (this.#lastCame() ?? 0) - sent.at);
      all.push({ ...it, ...senderOf(this.#family), asker: sent.asker, ms });
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** For all that wait in the kernel for their neighbours. Who may not has less. */
  #makeRoom(): void {
    try {
      this.#sys.setsockopt(this.#fd, SOL_SOCKET, SO_SNDBUFFORCE, ROOM);
    } catch (error) {
      if (!(error instanceof SyscallError) || error.code !== 'EPERM') throw error;
    }
  }

  /** Where a firewall here refuses it, that may send an error as one on the way does. Without room it is lost. */
  #sendTo(address: Uint8Array, request: Uint8Array): void {
    try {
      this.#sys.sendTo(this.#fd, request, address);
    } catch (error) {
      if (!(error instanceof SyscallError) || !NOT_SENT.has(error.code)) throw error;
    }
  }

  /** When what was received last came, by the kernel: who is late to look at it makes no round trip longer. */
  #lastCame(): number | undefined {
    try {
      this.#sys.ioctl(this.#fd, SIOCGSTAMPNS, time);
      return millisecondsOf(time);
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ENOENT') return undefined; // nothing came
      throw error;
    }
  }
}

/** By bits of their types: replies, and the errors that say why there is none. Of ICMPv6 such a filter does not fit a number. */
const WANTED = (1 << 0) | (1 << 3) | (1 << 11) | (1 << 12);

const NOT_SENT: ReadonlySet<string> = new Set(['EPERM', 'EAGAIN']);

/** A thousand requests. */
const ROOM = 1024 * 1024;

// Each is read before another call writes to it.
const packet = new Uint8Array(2048);
const sender = new Uint8Array(28);
const time = new Uint8Array(16);

const senderOf = (family: 4 | 6): Pick<Returned<never>, 'from' | 'scope'> =>
  family === 4
    ? { from: ipv4Text(sender, 4), scope: 0 }
    : { from: ipv6Text(sender, 8), scope: new DataView(sender.buffer).getUint32(24, isLittle) };

const isLittle = endianness() === 'LE';
