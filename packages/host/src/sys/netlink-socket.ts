import { closeSync } from 'node:fs';
import {
  type Acknowledgement,
  datagramOf,
  decodeAcknowledgement,
  messagesOf,
  namespaceNumber,
  namespaceQuestion,
  type NetlinkMessage,
  type NetlinkRequest,
} from '@pipewright/kernel';
import {
  AF_NETLINK,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_ROUTE,
  SOCK_RAW_CLOEXEC,
  SOL_NETLINK,
} from './constants.js';
import { current } from '../recall/recording.js';
import type { Syscalls } from './syscalls.js';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_DUMP_INTR = 0x10;

/** The kernel fills a datagram of a dump up to this size, where the reader has the room. */
const DATAGRAM = 32 * 1024;
/** 256 answers fit in what a socket has room for by default; the rest of more would be lost (ENOBUFS). */
const MOST_AT_ONCE = 128;
const DUMP_TRIES = 20;

/** One request's end, in the order of the requests. */
export interface Answer {
  readonly request: NetlinkRequest;
  readonly acknowledgement: Acknowledgement;
}

export class DumpInterrupted extends Error {}

/** A netlink socket, a routing one unless another protocol is named, of the namespace it was made in, wherever the thread is later. All calls are synchronous. */
export class NetlinkSocket {
  readonly #sys: Syscalls;
  readonly #fd: number;
  #sequence = 0;

  constructor(sys: Syscalls, protocol = NETLINK_ROUTE) {
    this.#sys = sys;
    this.#fd = sys.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    for (const option of [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK])
      sys.setsockopt(this.#fd, SOL_NETLINK, option, 1);
  }

  /**
   * Sends requests, many in one datagram, and returns those that failed. Only the last asks for an answer, which says
   * that all are done; a failure is always answered. The kernel goes on after one.
   */
  send(requests: readonly NetlinkRequest[]): readonly Answer[] {
    const failures: Answer[] = [];
    for (let at = 0; at < requests.length; at += MOST_AT_ONCE)
      failures.push(...this.#sendTogether(requests.slice(at, at + MOST_AT_ONCE)));
    return failures;
  }

  /** All messages of one dump, asked again where something changed meanwhile. */
  dump(request: NetlinkRequest): readonly NetlinkMessage[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const datagrams: Uint8Array[] = [];
      const ask = () => this.#dumpOnce(request, datagrams);
      const messages = current ? current.asking(ask) : ask();
      if (!messages) continue;
      current?.dumped(this.#fd, { request, datagrams, messages });
      return messages;
    }
    throw new DumpInterrupted('it changed with every look');
  }

  /** The answer to a question about one thing; undefined where there is none. */
  ask(request: NetlinkRequest): NetlinkMessage | Acknowledgement {
    const seq = ++this.#sequence;
    this.#sys.send(this.#fd, datagramOf([{ request, seq, acknowledge: false }]));
    for (;;)
      for (const it of messagesOf(this.#receive()))
        if (it.seq === seq) return it.type === NLMSG_ERROR ? decodeAcknowledgement(it.body, it.flags) : it;
  }

  /** The number that its namespace has for another one, `fd` being a descriptor of that; undefined where it has none. */
  numberOf(fd: number): number | undefined {
    const ask = () => this.ask(namespaceQuestion(fd));
    const answer = current ? current.asking(ask) : ask();
    const number = 'type' in answer ? namespaceNumber(answer) : undefined;
    current?.numbered(this.#fd, fd, number);
    return number;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #sendTogether(requests: readonly NetlinkRequest[]): readonly Answer[] {
    const first = this.#sequence + 1;
    const last = first + requests.length - 1;
    this.#sequence = last;
    const sent = requests.map((request, index) => ({
      request,
      seq: first + index,
      acknowledge: first + index === last,
    }));
    this.#sys.send(this.#fd, datagramOf(sent));
    return this.#failures(requests, first);
  }

  #failures(requests: readonly NetlinkRequest[], first: number): readonly Answer[] {
    const failures: Answer[] = [];
    const last = first + requests.length - 1;
    for (;;)
      for (const { type, seq, flags, body } of messagesOf(this.#receive())) {
        const request = requests[seq - first];
        if (type !== NLMSG_ERROR || !request) continue; // of an earlier, broken off exchange
        const acknowledgement = decodeAcknowledgement(body, flags);
        if (acknowledgement.errno !== 0) failures.push({ request, acknowledgement });
        if (seq === last) return failures;
      }
  }

  /** Undefined where the dump is not of one moment. */
  #dumpOnce(request: NetlinkRequest, datagrams: Uint8Array[]): readonly NetlinkMessage[] | undefined {
    const seq = ++this.#sequence;
    this.#sys.send(this.#fd, datagramOf([{ request, seq, acknowledge: false }]));
    const messages: NetlinkMessage[] = [];
    let whole = true;
    for (;;) {
      const datagram = this.#receive();
      datagrams.push(datagram);
      for (const { type, flags, seq: of, body } of messagesOf(datagram)) {
        if (of !== seq) continue;
        if ((flags & NLM_F_DUMP_INTR) !== 0) whole = false;
        if (type === NLMSG_DONE) return whole ? messages : undefined;
        if (type === NLMSG_ERROR) throw new DumpRefused(decodeAcknowledgement(body, flags));
        messages.push({ type, body });
      }
    }
  }

  /** A copy: what is received next must not write over it. */
  #receive(): Uint8Array {
    const size = this.#sys.recv(this.#fd, incoming);
    return incoming.slice(0, size);
  }
}

const incoming = new Uint8Array(DATAGRAM);

export class DumpRefused extends Error {
  constructor(readonly acknowledgement: Acknowledgement) {
    super(acknowledgement.message ?? `errno ${acknowledgement.errno}`);
  }
}
