import { endianness } from 'node:os';

/** Of a struct timespec. */
export function millisecondsOf(timespec: Uint8Array): number {
  const view = new DataView(timespec.buffer, timespec.byteOffset);
  const isLittle = endianness() === 'LE';
  return Number(view.getBigInt64(0, isLittle)) * 1000 + Number(view.getBigInt64(8, isLittle)) / 1e6;
}
