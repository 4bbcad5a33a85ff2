import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { ipv4Text, ipv6Text, macText } from './address-text.js';
import { align, LITTLE_ENDIAN } from './numbers.js';

/** Bytes of struct nlattr. */
const HEAD = 4;
const TYPE = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

/**
 * Hears of the bytes of a message that are read: a value, or the head of an attribute, there or not. `bits`: of the
 * number that they are, these alone.
 */
type Listener = (from: number, to: number, bits?: number) => void;

let listener: Listener | undefined;

/** Runs `work`, which decodes one message, and tells `heard` of all it reads of it. */
export function overhear(work: () => void, heard: Listener): void {
  listener = heard;
  try {
    work();
  } finally {
    listener = undefined;
  }
}

/**
 * Walks the attributes of a message: `while (it.next()) switch (it.type)`. One object a message and none an attribute,
 * as a survey reads tens of thousands of them.
 */
export class AttributeReader {
  /** The number of the attribute that it stands at. */
  type = 0;
  /** Where the value of that attribute begins and ends. */
  from: number;
  to: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #next: number;

  /** Over the attributes from `start`, behind the struct that a message begins with, to `end`. */
  constructor(bytes: Uint8Array, start: number, end: number = bytes.length) {
    if (start > end) fail(errors.truncatedNetlink());
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = end;
    this.#next = start;
    this.from = start;
    this.to = start;
  }

  next(): boolean {
    const at = this.#next;
    listener?.(at, at + HEAD);
    if (at >= this.#end) return false;
    if (this.#end - at < HEAD) fail(errors.truncatedNetlink());
    const length = this.#view.getUint16(at, LITTLE_ENDIAN);
    if (length < HEAD || length > this.#end - at) fail(errors.truncatedNetlink());
    this.type = this.#view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE;
    this.from = at + HEAD;
    this.to = at + length;
    this.#next = at + align(length);
    return true;
  }

  /** The attributes inside this one, the first `skip` bytes of it being a struct. */
  nested(skip = 0): AttributeReader {
    return new AttributeReader(this.#bytes, this.from + skip, this.to);
  }

  /** Of the struct before the attributes. */
  field8(at: number): number {
    listener?.(at, at + 1);
    return this.#view.getUint8(at);
  }

  field16(at: number): number {
    listener?.(at, at + 2);
    return this.#view.getUint16(at, LITTLE_ENDIAN);
  }

  field32(at: number): number {
    listener?.(at, at + 4);
    return this.#view.getUint32(at, LITTLE_ENDIAN);
  }

  /** Of a number of the struct, these bits. */
  bits8(at: number, bits: number): number {
    listener?.(at, at + 1, bits);
    return this.#view.getUint8(at) & bits;
  }

  bits16(at: number, bits: number): number {
    listener?.(at, at + 2, bits);
    return this.#view.getUint16(at, LITTLE_ENDIAN) & bits;
  }

  bits32(bits: number): number {
    if (this.to - this.from < 4) fail(errors.truncatedNetlink());
    listener?.(this.from, this.from + 4, bits);
    return this.#view.getUint32(this.from, LITTLE_ENDIAN) & bits;
  }

  u8(): number {
    return this.#view.getUint8(this.#value(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#value(2), LITTLE_ENDIAN);
  }

  u32(): number {
    return this.#view.getUint32(this.#value(4), LITTLE_ENDIAN);
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#value(8), LITTLE_ENDIAN));
  }

  be16(): number {
    return this.#view.getUint16(this.#value(2));
  }

  be32(): number {
    return this.#view.getUint32(this.#value(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#value(4), LITTLE_ENDIAN);
  }

  /** Up to the first zero. What is no UTF-8 is replaced: an alias is any bytes that somebody chose. */
  text(): string {
    listener?.(this.from, this.to);
    let text = '';
    for (let at = this.from; at < this.to; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === 0) return text;
      if (byte >= 0x80) return this.#decoded();
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decoded(): string {
    const zero = this.#bytes.indexOf(0, this.from);
    return new TextDecoder().decode(this.#bytes.subarray(this.from, zero < 0 ? this.to : Math.min(zero, this.to)));
  }

  /** The address that begins `skip` bytes behind the beginning of the value. */
  ip(family: 4 | 6, skip = 0): string {
    return family === 4
      ? ipv4Text(this.#bytes, this.#value(skip + 4) + skip)
      : ipv6Text(this.#bytes, this.#value(skip + 16) + skip);
  }

  mac(): string {
    listener?.(this.from, this.to);
    return macText(this.#bytes, this.from, this.to);
  }

  /** All of the value. */
  data(): Uint8Array {
    listener?.(this.from, this.to);
    return this.#bytes.subarray(this.from, this.to);
  }

  #value(length: number): number {
    listener?.(this.from, this.from + length);
    if (this.to - this.from < length) fail(errors.truncatedNetlink());
    return this.from;
  }
}
