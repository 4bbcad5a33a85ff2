import { align, DONE, hasGist, HEADER, isAlike, maskOf } from './message.js';
import { type DumpCheck, type Head, IDLE, type Idle, type Shape } from './record.js';

const NLMSG_ERROR = 2;
const DUMP_INTERRUPTED = 0x10;

/**
 * Whether a dump comes as it did: in the same bytes, or message by message equal in all that matters, whatever idle
 * messages come between.
 */
export class Comparison {
  readonly #known: Buffer;
  readonly #shapes: readonly Shape[];
  /** Of the messages that are known; undefined where nobody knows what matters of them. */
  readonly #layout: readonly number[] | undefined;
  readonly #idle: readonly Idle[];
  readonly #from: number;
  readonly #end: number;
  /** Where what is known goes on. */
  #at: number;
  /** The number of the message there, where they are compared one by one. */
  #message: number | undefined;

  constructor(
    check: DumpCheck,
    { shapes, layouts, idles }: Pick<Head, 'shapes' | 'layouts' | 'idles'>,
    known: Buffer,
    [from, to]: readonly [from: number, to: number],
  ) {
    this.#known = known;
    this.#shapes = shapes;
    this.#layout = check.layout === undefined ? undefined : layouts[check.layout];
    this.#idle = (check.idle === undefined ? undefined : idles[check.idle]) ?? [];
    this.#from = from;
    this.#at = from;
    this.#end = to;
  }

  /** Of the next datagram. True: that was all, and alike. False: it differs. Undefined: more is to come. */
  take(datagram: Buffer, length: number): boolean | undefined {
    if (this.#message !== undefined) return this.#takeEach(datagram, length);
    const end = this.#at + length;
    if (end <= this.#end && this.#known.compare(datagram, 0, length, this.#at, end) === 0) {
      this.#at = end;
      return end === this.#end ? true : undefined;
    }
    if (!this.#layout) return false;
    this.#message = this.#count();
    return this.#takeEach(datagram, length);
  }

  #count(): number {
    let messages = 0;
    for (let at = this.#from; at < this.#at; at += align(this.#known.readUInt32LE(at))) messages++;
    return messages;
  }

  #takeEach(datagram: Buffer, length: number): boolean | undefined {
    for (let at = 0; at < length; ) {
      const size = length - at < HEADER.end ? 0 : datagram.readUInt32LE(at);
      const type = datagram.readUInt16LE(at + HEADER.type);
      const isBroken = size < HEADER.end || size > length - at || type === NLMSG_ERROR;
      if (isBroken || datagram.readUInt16LE(at + HEADER.flags) & DUMP_INTERRUPTED) return false;
      if (type === DONE) return this.#next() === undefined;
      if (!this.#isNext(datagram, at, size) && !this.#isIdle(datagram, at, size)) return false;
      at += align(size);
    }
    return undefined;
  }

  /** The shape of the next known message that is not idle; undefined after the last. */
  #next(): Shape | undefined {
    const layout = this.#layout ?? [];
    for (; this.#message !== undefined && this.#message < layout.length; this.#message++) {
      const shape = layout[this.#message] ?? IDLE;
      if (shape !== IDLE) return this.#shapes[shape];
      this.#at += align(this.#known.readUInt32LE(this.#at));
    }
    return undefined;
  }

  #isNext(datagram: Buffer, at: number, size: number): boolean {
    const shape = this.#next();
    if (shape?.length !== size || !isAlike(datagram, at, this.#known, this.#at, maskOf(shape))) return false;
    this.#at += align(size);
    this.#message = (this.#message ?? 0) + 1;
    return true;
  }

  #isIdle(datagram: Buffer, at: number, size: number): boolean {
    for (const { shape, gist } of this.#idle)
      if (shape.length === size && hasGist(datagram, at, shape, gist)) return true;
    return false;
  }
}
