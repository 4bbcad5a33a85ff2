import { closeSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Listening } from '@pipewright/plugin';
import {
  AF_NETLINK,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_LISTEN_ALL_NSID,
  NETLINK_ROUTE,
  RTNLGRP,
  SOCK_RAW_CLOEXEC,
  SOL_NETLINK,
} from './constants.js';
import { type Syscalls, SyscallError } from './syscalls.js';

const GROUPS = [
  RTNLGRP.link,
  RTNLGRP.ipv4Address,
  RTNLGRP.ipv4Route,
  RTNLGRP.ipv4Rule,
  RTNLGRP.ipv6Address,
  RTNLGRP.ipv6Route,
  RTNLGRP.ipv6Rule,
];

/**
 * What the kernel tells of devices, addresses, routes and rules of the namespace it is made in, and of all that have a
 * number there, as those have that a cable leads to. It holds none of them: one that is left goes.
 */
export class Notifications implements Listening {
  readonly #sys: Syscalls;
  readonly #fd: number;

  constructor(sys: Syscalls) {
    this.#sys = sys;
    this.#fd = sys.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
    for (const group of GROUPS) sys.setsockopt(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    sys.setsockopt(this.#fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1);
    sys.send(this.#fd, NOTHING);
  }

  heard(): boolean {
    for (let any = false; ; any = true) if (!this.#take()) return any;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Whether there was one. Those that there was no room for were some. */
  #take(): boolean {
    try {
      return this.#sys.recvNow(this.#fd, incoming) !== undefined;
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ENOBUFS') return true;
      throw error;
    }
  }
}

/** A message of nothing (NLMSG_NOOP): the kernel tells nobody who has no port, and gives one to who sends (netlink(7)). */
const NOTHING = new Uint8Array(Uint32Array.of(16, endianness() === 'LE' ? 1 : 1 << 16, 0, 0).buffer);

/** What they say nobody reads: the kernel cuts them. */
const incoming = new Uint8Array(64);
