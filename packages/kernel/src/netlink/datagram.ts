import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { align, FLAG, HEADER, LITTLE_ENDIAN } from './numbers.js';
import type { NetlinkRequest } from './types.js';

export interface ReceivedMessage {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  /** A view of the datagram. */
  readonly body: Uint8Array;
}

export interface SentRequest {
  readonly request: NetlinkRequest;
  readonly seq: number;
  readonly acknowledge: boolean;
}

/** The messages of a received datagram. */
export function* messagesOf(datagram: Uint8Array): Iterable<ReceivedMessage> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at < datagram.length; ) {
    const left = datagram.length - at;
    const length = left < HEADER ? 0 : view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER || length > left) fail(errors.truncatedNetlink());
    yield {
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      seq: view.getUint32(at + 8, LITTLE_ENDIAN),
      body: datagram.subarray(at + HEADER, at + length),
    };
    at += align(length);
  }
}

/** Requests behind each other, each with its header, as one send takes them. */
export function datagramOf(requests: readonly SentRequest[]): Uint8Array {
  const length = requests.reduce((sum, { request }) => sum + HEADER + align(request.body.length), 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { request, seq, acknowledge } of requests) {
    view.setUint32(at, HEADER + request.body.length, LITTLE_ENDIAN);
    view.setUint16(at + 4, request.type, LITTLE_ENDIAN);
    view.setUint16(at + 6, request.flags | FLAG.request | (acknowledge ? FLAG.acknowledge : 0), LITTLE_ENDIAN);
    view.setUint32(at + 8, seq, LITTLE_ENDIAN);
    bytes.set(request.body, at + HEADER);
    at += HEADER + align(request.body.length);
  }
  return bytes;
}
