import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { AttributeReader } from './attribute-reader.js';
import { align, FLAG, HEADER, LITTLE_ENDIAN } from './numbers.js';
import type { Acknowledgement } from './types.js';

/** NLMSGERR_ATTR_* of linux/netlink.h. */
const ATTRIBUTE = { message: 1, offset: 2 } as const;

/** Reads the body of an NLMSG_ERROR: an error number, the request's header, what more the kernel has to say. */
export function decodeAcknowledgement(body: Uint8Array, flags: number): Acknowledgement {
  if (body.length < 4 + HEADER) fail(errors.truncatedNetlink());
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const errno = -view.getInt32(0, LITTLE_ENDIAN) || 0; // not -0
  if (!(flags & FLAG.extended)) return { errno };
  // Unless the socket is told otherwise, a refused request comes back whole.
  const echoed = errno === 0 || flags & FLAG.capped ? HEADER : align(view.getUint32(4, LITTLE_ENDIAN));
  return { errno, ...details(new AttributeReader(body, 4 + echoed)) };
}

function details(it: AttributeReader): Omit<Acknowledgement, 'errno'> {
  const found: { message?: string; offset?: number } = {};
  while (it.next()) {
    if (it.type === ATTRIBUTE.message) found.message = it.text();
    else if (it.type === ATTRIBUTE.offset) found.offset = it.u32();
  }
  return found;
}
