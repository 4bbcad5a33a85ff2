import { endianness } from 'node:os';
import { AF_INET, AF_INET6 } from './constants.js';

/** struct sockaddr_in. */
export function address4(address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, isLittle);
  bytes.set(address, 4);
  return bytes;
}

/** struct sockaddr_in6; `scope`: of a link-local or multicast address, the number of the device. */
export function address6(address: Uint8Array, scope: number): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, isLittle);
  bytes.set(address, 8);
  view.setUint32(24, scope, isLittle);
  return bytes;
}

const isLittle = endianness() === 'LE';
