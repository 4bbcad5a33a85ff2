import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Syscalls } from '../../sys/syscalls.js';
import { readFilterTable } from './filter-tables.js';

const NFT_MSG_NEWCHAIN = (10 << 8) | 3;
const NLMSG_DONE = 3;

/** A kernel that answers a question about nftables by messages of these types. */
function answering(...types: readonly number[]): { readonly sys: Syscalls; readonly asked: Uint8Array[] } {
  const asked: Uint8Array[] = [];
  const calls: Partial<Syscalls> = {
    socket: () => openSync('/dev/null', 'r'),
    setsockopt: () => undefined,
    send: (_, datagram) => void asked.push(datagram),
    recv: (_, buffer) => {
      const seq = new DataView(asked.at(-1)?.slice().buffer ?? new ArrayBuffer(16)).getUint32(8, true);
      const messages = types.flatMap((type) => [...headerOf(type, seq)]);
      buffer.set(messages);
      return messages.length;
    },
  };
  return { sys: calls as Syscalls, asked };
}

function headerOf(type: number, seq: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(20));
  header.setUint32(0, 20, true);
  header.setUint16(4, type, true);
  header.setUint32(8, seq, true);
  return new Uint8Array(header.buffer);
}

test('nothing where nftables tells of no chain, in the family that was asked for', () => {
  const { sys, asked } = answering(NLMSG_DONE);
  expect(readFilterTable(6, sys)).toBe('');
  expect(asked.map((it) => it[4])).toEqual([4, 7]); // NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, little endian
  expect(asked[0]?.[16]).toBe(10); // NFPROTO_IPV6
});

test('what stands in another table is nothing, too', () =>
  expect(readFilterTable(4, answering(NFT_MSG_NEWCHAIN, NLMSG_DONE).sys)).toBe(''));

test('in doubt a program is asked', () => {
  const deaf = {
    socket: () => {
      throw new Error('EPROTONOSUPPORT');
    },
  };
  expect(readFilterTable(4, deaf as unknown as Syscalls)).toBeUndefined();
});
