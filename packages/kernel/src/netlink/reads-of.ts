import type { NetlinkDump } from '@pipewright/plugin';
import { overhear } from './attribute-reader.js';
import { decodeRows } from './dump.js';
import { LITTLE_ENDIAN } from './numbers.js';
import type { DecodeContext, NetlinkMessage } from './types.js';

/** What becomes of one message of a dump, and what of it decides that. */
export interface MessageReads {
  /** Of each byte of its body the bits that were read: with others in the rest it would be decoded alike. */
  readonly read: Uint8Array;
  /** Nothing comes of it, whatever else is there. */
  readonly isIdle: boolean;
}

/** Of a message that is read as each of `dumps`. `known`: what was read of others, by how that went; most go alike. */
export function readsOf(
  dumps: readonly NetlinkDump[],
  message: NetlinkMessage,
  context: DecodeContext,
  known = new Map<string, Uint8Array>(),
): MessageReads {
  let [rows, isAlone] = [0, true];
  const nameOf: DecodeContext['nameOf'] = (index) => {
    isAlone = false;
    return context.nameOf(index);
  };
  const heard: [from: number, to: number, bits: number | undefined][] = [];
  let key = String.fromCharCode(message.body.length);
  const decode = () => {
    for (const dump of dumps) rows += decodeRows(dump, [message], { ...context, nameOf }).length;
  };
  overhear(decode, (from, to, bits) => {
    heard.push([from, to, bits]);
    // All are below 0xffff, as a datagram is.
    key += String.fromCharCode(from, to);
    if (bits !== undefined) key += String.fromCharCode(SOME_BITS, bits >>> 16, bits);
  });
  const read = known.get(key) ?? readBy(heard, message.body.length);
  known.set(key, read);
  return { read, isIdle: rows === 0 && isAlone };
}

function readBy(heard: readonly (readonly [number, number, number | undefined])[], length: number): Uint8Array {
  const read = new Uint8Array(length);
  for (const [from, to, bits] of heard) {
    if (bits === undefined) read.fill(WHOLE, from, to);
    else addBits(read.subarray(from, to), bits);
  }
  return read;
}

const WHOLE = 0xff;
const SOME_BITS = 0xffff;

function addBits(read: Uint8Array, bits: number): void {
  for (let at = 0; at < read.length; at++) {
    const place = LITTLE_ENDIAN ? at : read.length - 1 - at;
    read[at] = (read[at] ?? 0) | ((bits >>> (8 * place)) & WHOLE);
  }
}
