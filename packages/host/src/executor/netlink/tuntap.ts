import { closeSync, openSync } from 'node:fs';
import { endianness } from 'node:os';
import type { TuntapOp } from '@pipewright/plugin';
import type { Syscalls } from '../../sys/syscalls.js';

// linux/if_tun.h; the numbers of the requests are those of all machines but MIPS, PowerPC and SPARC.
const TUNSETIFF = 0x4004_54ca;
const TUNSETPERSIST = 0x4004_54cb;
const REQUESTS: Readonly<Record<string, number>> = { user: 0x4004_54cc, group: 0x4004_54ce };
const FLAGS: Readonly<Record<string, number>> = { tun: 0x1, tap: 0x2, multi_queue: 0x100, vnet_hdr: 0x4000 };
/** Without a header of its own before each packet, and refused where a device has that name. */
const NO_PI_AND_NEW = 0x1000 | 0x8000;

/** Does it in the namespace that we are in. */
export function openTuntap(sys: Syscalls, { device, words }: TuntapOp): void {
  const flags = words.reduce((all, word) => all | (FLAGS[word] ?? 0), NO_PI_AND_NEW);
  const fd = openSync('/dev/net/tun', 'r+');
  try {
    sys.ioctl(fd, TUNSETIFF, interfaceRequest(device, flags));
    for (const [index, word] of words.entries()) {
      const request = REQUESTS[word];
      if (request !== undefined) sys.ioctl(fd, request, Number(words[index + 1]));
    }
    sys.ioctl(fd, TUNSETPERSIST, 1);
  } finally {
    closeSync(fd);
  }
}

/** struct ifreq of linux/if.h: a name, and flags. */
function interfaceRequest(device: string, flags: number): Uint8Array {
  const bytes = new Uint8Array(40);
  new TextEncoder().encodeInto(device, bytes.subarray(0, 15));
  new DataView(bytes.buffer).setUint16(16, flags, endianness() === 'LE');
  return bytes;
}
