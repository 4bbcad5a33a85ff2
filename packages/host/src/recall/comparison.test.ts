import { datagramOf, decodeRows, messagesOf, type NetlinkMessage } from '@pipewright/kernel';
import type { NetlinkDump } from '@pipewright/plugin';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Syscalls } from '../sys/syscalls.js';
import { Comparison } from './comparison.js';
import { PORT, SEQUENCE } from './message.js';
import { recordOf } from './record-of.js';
import { type KeptRecord, recordIn } from './record.js';
import { Recording } from './recording.js';

const [NEW_NEIGHBOUR, DONE] = [28, 3];
const DUMP: NetlinkDump = { object: 'neighbour' };
const context = { deviceKind: () => undefined, nameOf: (index: number) => `eth${index}` };
const request = { type: 30, flags: 0x300, body: new Uint8Array(12) };

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));
/** An address, a device, the state of the entry, how often it was used. */
const neighbour = (address: number, device: number, state: number, used = 0): NetlinkMessage => ({
  type: NEW_NEIGHBOUR,
  body: bytesOf(
    `02000000 0${device}000000 ${state.toString(16).padStart(2, '0')}000001 08000100 0a0000${address.toString(16).padStart(2, '0')}
     0a000200 020000000099 0000 08000300 ${used.toString(16).padStart(8, '0')}`,
  ),
});
const PERMANENT = 0x80;
const STALE = 0x04;
const KNOWN = [neighbour(7, 2, PERMANENT), neighbour(8, 2, STALE), neighbour(9, 3, PERMANENT)];

function datagram(messages: readonly NetlinkMessage[], sequence: number, port: number): Buffer {
  const sent = [...messages, { type: DONE, body: new Uint8Array(4) }].map(({ type, body }) => ({
    request: { type, flags: 2, body },
    seq: sequence,
    acknowledge: false,
  }));
  const bytes = Buffer.from(datagramOf(sent));
  for (let at = 0; at < bytes.length; at += (bytes.readUInt32LE(at) + 3) & ~3) {
    bytes.writeUInt16LE(2, at + 6);
    bytes.writeUInt32LE(port, at + 12);
  }
  return bytes;
}

function recorded(messages: readonly NetlinkMessage[]): KeptRecord {
  const recording = new Recording();
  const sys = recording.watching({ socket: () => 5 } as unknown as Syscalls);
  const answer = datagram(messages, 77, 4711);
  const known = [...messagesOf(answer)].slice(0, -1).map(({ type, body }) => ({ type, body }));
  recording.dumped(sys.socket(16, 3, 0), { request, datagrams: [answer], messages: known });
  recording.decoded(known, DUMP, context);
  const file = recordOf(recording, { program: '', argv: [], folder: '' }, []);
  const record = file && recordIn(Buffer.concat(file));
  if (!record) throw new Error('no record');
  return record;
}

/** In datagrams of so many bytes at most, as the kernel likes it. */
function isSame({ head, bytes }: KeptRecord, messages: readonly NetlinkMessage[], split = false): boolean | undefined {
  const check = head.dumps[0]?.[0];
  if (!check) throw new Error('no dump');
  const comparison = new Comparison(check, head, bytes, [0, head.places[0]?.lengths[0] ?? 0]);
  const whole = datagram(messages, SEQUENCE, PORT);
  const cut = split ? Math.min(whole.readUInt32LE(0), whole.length - 20) : 0;
  const first = cut > 0 ? comparison.take(whole.subarray(0, cut), cut) : undefined;
  return first ?? comparison.take(whole.subarray(cut), whole.length - cut);
}

describe('a dump is the same', () => {
  const record = recorded(KNOWN);
  test.each<readonly [string, readonly NetlinkMessage[]]>([
    ['where nothing changed', KNOWN],
    [
      'where something changed that nobody reads',
      [neighbour(7, 2, PERMANENT, 9), neighbour(8, 2, STALE), neighbour(9, 3, PERMANENT)],
    ],
    ['where what nothing comes of has gone', [neighbour(7, 2, PERMANENT), neighbour(9, 3, PERMANENT)]],
    [
      'where more of it has come, in another state',
      [neighbour(7, 2, PERMANENT), neighbour(9, 3, PERMANENT), neighbour(10, 2, 2)],
    ],
  ])('%s', (_, messages) => {
    expect(isSame(record, messages)).toBe(true);
    expect(isSame(record, messages, true)).toBe(true);
  });

  test.each<readonly [string, readonly NetlinkMessage[]]>([
    ['one has gone', KNOWN.slice(0, 2)],
    ['all have gone', []],
    ['one has come', [...KNOWN, neighbour(11, 2, PERMANENT)]],
    ['one has become another', [neighbour(7, 2, PERMANENT), neighbour(9, 2, PERMANENT)]],
    [
      'what nothing came of became more',
      [neighbour(7, 2, PERMANENT), neighbour(8, 2, PERMANENT), neighbour(9, 3, PERMANENT)],
    ],
    ['they came in another order', [neighbour(9, 3, PERMANENT), neighbour(7, 2, PERMANENT)]],
    ['something else came', [...KNOWN, { type: 24, body: new Uint8Array(12) }]],
  ])('but not where %s', (_, messages) => {
    expect(isSame(record, messages)).toBe(false);
    expect(isSame(record, messages, true)).toBe(false);
  });

  test('only where the same is read of it', () => {
    const any = fc.tuple(
      fc.integer({ min: 7, max: 9 }),
      fc.integer({ min: 2, max: 3 }),
      fc.constantFrom(PERMANENT, STALE, 2),
      fc.nat(3),
    );
    const dumps = fc.array(
      any.map((it) => neighbour(...it)),
      { maxLength: 4 },
    );
    const rowsOf = (messages: readonly NetlinkMessage[]) => decodeRows(DUMP, messages, context);
    let same = 0;
    fc.assert(
      fc.property(dumps, dumps, (before, now) => {
        if (isSame(recorded(before), now) !== true) return;
        same++;
        expect(rowsOf(now)).toEqual(rowsOf(before));
      }),
      { numRuns: 2000 },
    );
    expect(same).toBeGreaterThan(10);
  });
});

test('of what nobody tells how it is read all bytes matter', () => {
  const record = recorded(KNOWN);
  const blind = { ...record, head: { ...record.head, dumps: [[{ protocol: 0, request: '' }]] } };
  expect(isSame(blind, KNOWN)).toBe(true);
  expect(isSame(blind, [neighbour(7, 2, PERMANENT, 9), ...KNOWN.slice(1)])).toBe(false);
});

test('a dump that was broken off, or refused, is not the same', () => {
  const { head, bytes } = recorded(KNOWN);
  const check = head.dumps[0]?.[0];
  for (const [offset, value] of [
    [6, 0x12],
    [4, 2],
    [0, 7],
  ] as const) {
    const answer = datagram(KNOWN, SEQUENCE, PORT);
    answer.writeUInt16LE(value, offset);
    if (check) expect(new Comparison(check, head, bytes, [0, bytes.length]).take(answer, answer.length)).toBe(false);
  }
});
