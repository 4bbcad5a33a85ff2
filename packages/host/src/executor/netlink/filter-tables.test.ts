import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Syscalls } from '../../sys/syscalls.js';
import { hasFilterTables } from './filter-tables.js';

const NFT_MSG_NEWTABLE = 10 << 8;
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

test('there are tables where nftables tells of one, in the family that was asked for', () => {
  const { sys, asked } = answering(NFT_MSG_NEWTABLE, NLMSG_DONE);
  expect(hasFilterTables(6, sys)).toBe(true);
  expect([...(asked[0] ?? [])].slice(4, 6)).toEqual([1, 10]); // NFT_MSG_GETTABLE, little endian
  expect(asked[0]?.[16]).toBe(10); // NFPROTO_IPV6
});

test('there are none where it tells of none', () => expect(hasFilterTables(4, answering(NLMSG_DONE).sys)).toBe(false));

test('in doubt there are', () => {
  const deaf = {
    socket: () => {
      throw new Error('EPROTONOSUPPORT');
    },
  };
  expect(hasFilterTables(4, deaf as unknown as Syscalls)).toBe(true);
});
