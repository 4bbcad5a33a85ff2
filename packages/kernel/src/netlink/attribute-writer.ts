import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { align, LITTLE_ENDIAN } from './numbers.js';
import type { Blank, NetlinkRequest, Unknown } from './types.js';

const NESTED = 0x8000; // NLA_F_NESTED
const utf8 = new TextEncoder();

/** Writes a request's body: first the fields of its struct, then attributes, one behind the other. */
export class AttributeWriter {
  #bytes = new Uint8Array(128);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #blanks: Blank[] = [];

  get length(): number {
    return this.#length;
  }

  finish(): Pick<NetlinkRequest, 'body' | 'blanks'> {
    const body = this.#bytes.subarray(0, this.#length);
    return this.#blanks.length === 0 ? { body } : { body, blanks: this.#blanks };
  }

  /** Fields of the struct. */
  field8(...values: readonly number[]): this {
    for (const value of values) this.#view.setUint8(this.#room(1), value);
    return this;
  }

  field16(...values: readonly number[]): this {
    for (const value of values) this.#view.setUint16(this.#room(2), value, LITTLE_ENDIAN);
    return this;
  }

  field32(...values: readonly (number | Unknown)[]): this {
    for (const value of values) {
      const at = this.#room(4);
      this.#view.setUint32(at, this.#known(value, at), LITTLE_ENDIAN);
    }
    return this;
  }

  /** Begins an attribute that others stand in, and answers what `end` wants to know. */
  begin(type: number): number {
    const at = this.#room(4);
    this.#view.setUint16(at + 2, type, LITTLE_ENDIAN);
    return at;
  }

  /** Begins a struct rtnexthop, whose length stands where that of an attribute does. */
  beginHop(flags: number, hops: number): number {
    const at = this.#room(4);
    this.#view.setUint8(at + 2, flags);
    this.#view.setUint8(at + 3, inRange(hops, 0xff));
    return at;
  }

  end(begun: number): this {
    this.#view.setUint16(begun, this.#length - begun, LITTLE_ENDIAN);
    this.#room(align(this.#length) - this.#length);
    return this;
  }

  isEmpty(begun: number): boolean {
    return this.#length === begun + 4;
  }

  /** Takes back what was begun, with all in it. */
  cancel(begun: number): this {
    this.#bytes.fill(0, begun, this.#length);
    this.#length = begun;
    return this;
  }

  /** Like `begin`, for attributes newer than Linux 5.2, which must say that others stand in them. */
  beginMarked(type: number): number {
    return this.begin(type | NESTED);
  }

  u8(type: number, value: number): void {
    const at = this.#value(type, 1);
    this.#view.setUint8(at, inRange(value, 0xff));
  }

  u16(type: number, value: number): void {
    const at = this.#value(type, 2);
    this.#view.setUint16(at, inRange(value, 0xffff), LITTLE_ENDIAN);
  }

  u32(type: number, value: number | Unknown): void {
    const at = this.#value(type, 4);
    this.#view.setUint32(at, inRange(this.#known(value, at), 0xffff_ffff), LITTLE_ENDIAN);
  }

  u64(type: number, value: number): void {
    const at = this.#value(type, 8);
    this.#view.setBigUint64(at, BigInt(inRange(value, Number.MAX_SAFE_INTEGER)), LITTLE_ENDIAN);
  }

  be16(type: number, value: number): void {
    const at = this.#value(type, 2);
    this.#view.setUint16(at, inRange(value, 0xffff));
  }

  be32(type: number, value: number): void {
    const at = this.#value(type, 4);
    this.#view.setUint32(at, inRange(value, 0xffff_ffff));
  }

  bytes(type: number, value: Uint8Array): void {
    const at = this.#value(type, value.length);
    this.#bytes.set(value, at);
  }

  /** Without a final zero. */
  text(type: number, value: string): void {
    this.bytes(type, utf8.encode(value));
  }

  /** With a final zero: names of devices. */
  name(type: number, value: string): void {
    this.bytes(type, utf8.encode(`${value}\0`));
  }

  /** A number that is not known is 0 for now. */
  #known(value: number | Unknown, at: number): number {
    if (typeof value === 'number') return value;
    this.#blanks.push({ at, for: value });
    return 0;
  }

  /** Where the value of an attribute goes. */
  #value(type: number, length: number): number {
    const at = this.#room(4 + align(length));
    this.#view.setUint16(at, 4 + length, LITTLE_ENDIAN);
    this.#view.setUint16(at + 2, type, LITTLE_ENDIAN);
    return at + 4;
  }

  /** Where so many more bytes begin, all zero. */
  #room(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function inRange(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most)
    fail(errors.notEncodable(`a whole number from 0 to ${most}`, String(value)));
  return value;
}
