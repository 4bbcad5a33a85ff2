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

/** Of a message that is read as each of `dumps`. */
export function readsOf(dumps: readonly NetlinkDump[], message: NetlinkMessage, context: DecodeContext): MessageReads {
  const read = new Uint8Array(message.body.length);
  let rows = 0;
  let isAlone = true;
  const nameOf: DecodeContext['nameOf'] = (index) => {
    isAlone = false;
    return context.nameOf(index);
  };
  const decode = () => {
    for (const dump of dumps) rows += decodeRows(dump, [message], { ...context, nameOf }).length;
  };
  overhear(decode, (from, to, bits) => {
    if (bits === undefined) read.fill(WHOLE, from, to);
    else addBits(read.subarray(from, to), bits);
  });
  return { read, isIdle: rows === 0 && isAlone };
}

const WHOLE = 0xff;

function addBits(read: Uint8Array, bits: number): void {
  for (let at = 0; at < read.length; at++) {
    const place = LITTLE_ENDIAN ? at : read.length - 1 - at;
    read[at] = (read[at] ?? 0) | ((bits >>> (8 * place)) & WHOLE);
  }
}
