import { openSync } from 'node:fs';
import type { NetlinkRequest } from '@pipewright/kernel';
import { describe, expect, test } from 'vitest';
import { DumpInterrupted, DumpRefused, NetlinkSocket } from './netlink-socket.js';
import type { Syscalls } from './syscalls.js';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const MULTI = 0x2;
const INTERRUPTED = 0x10;

interface Reply {
  readonly type: number;
  readonly flags?: number;
  /** Of the request before last, … */
  readonly late?: number;
  readonly body?: readonly number[];
}

/** A kernel that answers each request with the next of its datagrams. */
function scripted(...answers: readonly (readonly (readonly Reply[])[])[]) {
  const sent: number[] = [];
  let next = 0;
  let waiting: readonly (readonly Reply[])[] = [];
  const sys: Syscalls = {
    socket: () => openSync('/dev/null', 'r'),
    setsockopt: () => undefined,
    send: (_fd, data) => {
      const view = new DataView(data.buffer, data.byteOffset);
      for (let at = 0; at < data.byteLength; at += view.getUint32(at, true)) sent.push(view.getUint32(at + 8, true));
      waiting = answers[next++] ?? [];
    },
    sendOn: () => undefined,
    sendTo: () => undefined,
    recvFrom: () => undefined,
    timeOfDay: () => 0,
    recv: (_fd, buffer) => {
      const [replies = [], ...rest] = waiting;
      waiting = rest;
      return fill(buffer, replies, sent.at(-1) ?? 0);
    },
    makeRoom: () => undefined,
    setns: () => undefined,
    unshare: () => undefined,
    mount: () => undefined,
    umount: () => undefined,
    flock: () => true,
    recvNow: () => undefined,
    ioctl: () => undefined,
    ethtool: () => 0,
  };
  return { socket: new NetlinkSocket(sys), sent };
}

function fill(buffer: Uint8Array, replies: readonly Reply[], seq: number): number {
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  let at = 0;
  for (const { type, flags = MULTI, late = 0, body = [] } of replies) {
    view.setUint32(at, 16 + body.length, true);
    view.setUint16(at + 4, type, true);
    view.setUint16(at + 6, flags, true);
    view.setUint32(at + 8, seq - late, true);
    buffer.set(body, at + 16);
    at += 16 + body.length;
  }
  return at;
}

const request: NetlinkRequest = { type: 18, flags: 0x300, body: new Uint8Array(16) };
const link = (number: number, more: Partial<Reply> = {}): Reply => ({ type: 16, body: [number, 0, 0, 0], ...more });
const done: Reply = { type: NLMSG_DONE, body: [0, 0, 0, 0] };
/** -ENODEV, and the header of the request. */
const noDevice: Reply = {
  type: NLMSG_ERROR,
  flags: 0x100,
  body: [0xed, 0xff, 0xff, 0xff, ...new Array<number>(16).fill(0)],
};
const well: Reply = { type: NLMSG_ERROR, flags: 0x100, body: new Array<number>(20).fill(0) };
const numbers = (found: readonly { readonly body: Uint8Array }[]): readonly number[] =>
  found.map(({ body }) => body[0] ?? 0);

describe('a dump', () => {
  test('over several datagrams', () => {
    const { socket } = scripted([[link(1), link(2)], [link(3)], [done]]);
    expect(numbers(socket.dump(request))).toEqual([1, 2, 3]);
  });

  test('in which something changed is asked again', () => {
    const { socket, sent } = scripted([[link(1, { flags: MULTI | INTERRUPTED })], [done]], [[link(1), link(2), done]]);
    expect(numbers(socket.dump(request))).toEqual([1, 2]);
    expect(sent).toHaveLength(2);
  });

  test('of which only the end says that something changed, too', () => {
    const { socket } = scripted([[link(1)], [{ ...done, flags: MULTI | INTERRUPTED }]], [[link(2), done]]);
    expect(numbers(socket.dump(request))).toEqual([2]);
  });

  test('that changes with every look is given up', () => {
    const restless = [[link(1, { flags: MULTI | INTERRUPTED }), done]];
    const { socket } = scripted(...Array.from({ length: 50 }, () => restless));
    expect(() => socket.dump(request)).toThrow(DumpInterrupted);
  });

  test('that is refused', () => {
    const { socket } = scripted([[noDevice]]);
    expect(() => socket.dump(request)).toThrow(DumpRefused);
  });

  test('does not take the rest of an earlier one for its own', () => {
    const { socket } = scripted([[link(1), done]], [[link(9, { late: 1 }), link(2), done]]);
    socket.dump(request);
    expect(numbers(socket.dump(request))).toEqual([2]);
  });
});

describe('requests sent together', () => {
  test('are done when the last is answered', () => {
    expect(scripted([[well]]).socket.send([request, request])).toEqual([]);
  });

  test('fail each by itself, whatever datagram says so', () => {
    const other = { ...request };
    const { socket } = scripted([[{ ...noDevice, late: 1 }], [well]]);
    const failures = socket.send([other, request]);
    expect(failures.map((it) => [it.request === other, it.acknowledgement.errno])).toEqual([[true, 19]]);
  });
});
