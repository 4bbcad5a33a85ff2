import { closeSync, openSync, readFileSync } from 'node:fs';
import { Comparison } from './comparison.js';
import { askFile, spelled } from './file-question.js';
import { HEADER, SEQUENCE } from './message.js';
import type { DumpCheck, FileChecks, KeptRecord, PlaceCheck } from './record.js';
import type { ShortSyscalls } from './short-syscalls.js';

const RTM_NEWNSID = 88;
const RTM_GETNSID = 90;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const NETLINK_ROUTE = 0;

/** Puts every question of a record again. */
export class Look {
  readonly #sys: ShortSyscalls;
  readonly #record: KeptRecord;
  readonly #home = openSync('/proc/thread-self/ns/net', 'r');
  readonly #host: number;
  /** Where in its bytes the next answer is. */
  #at = 0;
  readonly #room = Buffer.allocUnsafeSlow(32 * 1024);

  constructor(sys: ShortSyscalls, record: KeptRecord) {
    this.#sys = sys;
    this.#record = record;
    this.#host = sys.netlink(NETLINK_ROUTE);
  }

  /** Whether all is answered as it was. Throws where it cannot be asked. */
  isSame(): boolean {
    return this.#record.head.places.every((it) => this.#isPlaceSame(it));
  }

  close(): void {
    closeSync(this.#host);
    closeSync(this.#home);
  }

  #isPlaceSame(place: PlaceCheck): boolean {
    if (place.path === '') return this.#isSameAt(place, this.#home);
    const fd = openSync(place.path, 'r');
    try {
      return this.#isSameAt(place, fd);
    } finally {
      closeSync(fd);
    }
  }

  #isSameAt({ path, files, number, numbers = [], dumps: list, lengths }: PlaceCheck, fd: number): boolean {
    const dumps = this.#record.head.dumps[list] ?? [];
    const sockets = new Map<number, number>();
    const enter = (): boolean => {
      for (const { protocol } of dumps) sockets.set(protocol, sockets.get(protocol) ?? this.#sys.netlink(protocol));
      return files.every((it) => this.#areFilesSame(it));
    };
    const socketOf = (protocol: number): number => sockets.get(protocol) ?? this.#host;
    if (path === '') sockets.set(NETLINK_ROUTE, this.#host);
    try {
      return (
        (path === '' ? enter() : this.#sys.within(fd, this.#home, enter)) &&
        (number === undefined || this.#numberOf(fd, this.#host) === number) &&
        numbers.every(([of, known]) => this.#numberAt(of, sockets.get(NETLINK_ROUTE)) === known) &&
        dumps.every((it, index) => this.#isDumpSame(it, socketOf(it.protocol), lengths[index] ?? 0))
      );
    } finally {
      for (const socket of sockets.values()) if (socket !== this.#host) closeSync(socket);
    }
  }

  #areFilesSame({ call, options, fields, asked }: FileChecks): boolean {
    return asked.every(([path, answer]) =>
      typeof answer === 'string'
        ? spelled(askFile({ call, path, options }), fields) === answer
        : this.#isNext(readFileSync(path), answer),
    );
  }

  #isNext(text: Buffer, length: number): boolean {
    const from = this.#at;
    this.#at += length;
    return text.length === length && this.#record.bytes.compare(text, 0, length, from, this.#at) === 0;
  }

  #numberAt(of: string, socket: number | undefined): number | undefined {
    if (socket === undefined || of === '') return socket && this.#numberOf(this.#home, socket);
    const fd = openSync(of, 'r');
    try {
      return this.#numberOf(fd, socket);
    } finally {
      closeSync(fd);
    }
  }

  #numberOf(fd: number, socket: number): number | undefined {
    numberQuestion.writeUInt32LE(fd, HEADER.end + 8);
    this.#sys.send(socket, numberQuestion);
    const length = this.#sys.recv(socket, this.#room);
    const isNumber =
      length >= HEADER.end + 12 &&
      this.#room.readUInt16LE(HEADER.type) === RTM_NEWNSID &&
      this.#room.readUInt16LE(HEADER.end + 6) === NETNSA_NSID;
    return isNumber ? this.#room.readInt32LE(HEADER.end + 8) : undefined;
  }

  #isDumpSame(check: DumpCheck, socket: number, length: number): boolean {
    const { head, bytes } = this.#record;
    const from = this.#at;
    this.#at += length;
    const comparison = new Comparison(check, head, bytes, [from, this.#at]);
    this.#sys.send(socket, requestOf(check.request));
    for (;;) {
      const same = comparison.take(this.#room, this.#sys.recv(socket, this.#room));
      if (same !== undefined) return same;
    }
  }
}

/** A few, each in many places. */
const requests = new Map<string, Buffer>();

function requestOf(text: string): Buffer {
  const known = requests.get(text) ?? Buffer.from(text, 'base64');
  requests.set(text, known);
  return known;
}

/** RTM_GETNSID: struct rtgenmsg, and the descriptor of the namespace. */
const numberQuestion = Buffer.alloc(HEADER.end + 12);
numberQuestion.writeUInt32LE(numberQuestion.length, HEADER.length);
numberQuestion.writeUInt16LE(RTM_GETNSID, HEADER.type);
numberQuestion.writeUInt16LE(1, HEADER.flags); // NLM_F_REQUEST
numberQuestion.writeUInt32LE(SEQUENCE, HEADER.sequence);
numberQuestion.writeUInt16LE(8, HEADER.end + 4);
numberQuestion.writeUInt16LE(NETNSA_FD, HEADER.end + 6);
