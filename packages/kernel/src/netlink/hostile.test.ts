import { deviceKind, type NetlinkDump, type NetlinkType, PipewrightError, z } from '@pipewright/plugin';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAcknowledgement } from './acknowledgement.js';
import { datagramOf, messagesOf } from './datagram.js';
import { decodeRows } from './dump.js';
import { MESSAGE } from './numbers.js';
import { readsOf } from './reads-of.js';

const LAYOUTS: readonly NetlinkType[] = [
  ...(['u8', 'u16', 'u32', 'u64', 'be16', 'be32'] as const),
  ...(['string', 'flag', 'ipv4', 'ipv6', 'mac'] as const),
];
const everything = deviceKind({
  kind: 'all',
  attributes: Object.fromEntries(
    LAYOUTS.map((layout, type) => [
      layout,
      { schema: z.unknown(), class: 'in-place', word: layout, netlink: { type, layout } } as const,
    ]),
  ),
});
const context = { deviceKind: () => everything, nameOf: () => 'eth0' };

const DUMPS: readonly (readonly [NetlinkDump, number, string])[] = [
  [
    { object: 'link' },
    MESSAGE.newLink,
    `0000 0100 07000000 01000000 00000000 08000300 78797a00 08000400 78050000 0a000100 0200000000010000
     18003480 08003500 6f6e6500 0b003500 c3a97474776f0000
     30001200 07000100 616c6c00 24000200 08000200 2c010000 0c000300 0000000000010000 0c000800 01020304 04000700`,
  ],
  [
    { object: 'address' },
    MESSAGE.newAddress,
    '02188000 02000000 08000100 0a000002 08000200 0a000002 08000800 80000000',
  ],
  [
    { object: 'route' },
    MESSAGE.newRoute,
    `02100000 fec90001 00000000 08000100 0a460000 16001200 0a00 fd000000000000000000000000000009 0000
     24000900 10000402 02000000 08000500 0a000008 10001000 03000000 08000500 0a000009`,
  ],
  [
    { object: 'rule', family: 4 },
    MESSAGE.newRule,
    '02101800 64000001 00000000 08000600 64000000 08000200 0a000000 09000300 6574683000000000 05001500 c9000000',
  ],
  [
    { object: 'neighbour' },
    MESSAGE.newNeighbour,
    '02000000 02000000 80000001 08000100 0a000007 0a000200 0200000000990000 05000c00 c9000000',
  ],
];

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));
const truncated = (work: () => unknown): boolean => {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof PipewrightError && error.code === 'PW_TRUNCATED_NETLINK') return true;
    throw error;
  }
};

describe.each(DUMPS)('%j', (dump, type, hex) => {
  const decode = (body: Uint8Array): readonly object[] => decodeRows(dump, [{ type, body }], context);
  const valid = bytesOf(hex);

  test('the message itself is one row', () => expect(decode(valid)).toHaveLength(1));

  test('cut off in the middle of an attribute, it is said so', () =>
    expect(truncated(() => decode(valid.subarray(0, valid.length - 5)))).toBe(true));

  test('cut off anywhere, it is read or said so', () =>
    expect(Array.from(valid, (_, length) => truncated(() => decode(valid.subarray(0, length)))).slice(0, 8)).toEqual(
      Array(8).fill(true),
    ));

  test('any bytes are read or said to be cut off', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 256 }), (body) => void truncated(() => decode(body)))));

  test('so is a message with some bytes changed', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const body = valid.slice();
        for (const [at, byte] of changes) body[at] = byte;
        truncated(() => decode(body));
      }),
      { numRuns: 1000 },
    ));

  test('nothing is read from beyond its end', () => {
    const around = new Uint8Array(valid.length + 32).fill(0xff);
    around.set(valid, 16);
    expect(decode(around.subarray(16, 16 + valid.length))).toEqual(decode(valid));
  });
});

describe('a datagram', () => {
  test('is its messages again, each padded', () => {
    const request = (type: number, length: number) => ({ type, flags: 0x600, body: new Uint8Array(length).fill(type) });
    const datagram = datagramOf([
      { request: request(16, 17), seq: 5, acknowledge: true },
      { request: request(24, 12), seq: 6, acknowledge: false },
    ]);
    expect(datagram).toHaveLength(16 + 20 + 16 + 12);
    expect([...messagesOf(datagram)]).toEqual([
      { type: 16, flags: 0x605, seq: 5, body: new Uint8Array(17).fill(16) },
      { type: 24, flags: 0x601, seq: 6, body: new Uint8Array(12).fill(24) },
    ]);
  });

  test.each([
    ['a header cut off', '10000000 0300'],
    ['a message cut off', '14000000 03000000 00000000 00000000'],
    ['a length of nothing', '00000000 03000000 00000000 00000000'],
  ])('%s is said so', (_, hex) => expect(truncated(() => [...messagesOf(bytesOf(hex))])).toBe(true));

  test('of any bytes ends', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (it) => void truncated(() => [...messagesOf(it)]))));
});

test('an acknowledgement of any bytes is read or said to be cut off', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 96 }), fc.nat(0xffff), (body, flags) => {
      truncated(() => decodeAcknowledgement(body, flags));
    }),
  ));

describe('of a message', () => {
  const IDLE: typeof DUMPS = [
    [{ object: 'route' }, MESSAGE.newRoute, '0a800000 ff020002 00000000 08000f00 ff000000'],
    [{ object: 'neighbour' }, MESSAGE.newNeighbour, '02000000 02000000 04000001 08000100 0a000007'],
    [{ object: 'fdb' }, MESSAGE.newNeighbour, '07000000 02000000 02000400 0a000200 0200000000990000'],
  ];

  test.each(DUMPS)('of %j something comes', (dump, type, hex) =>
    expect(readsOf([dump], { type, body: bytesOf(hex) }, context).isIdle).toBe(false),
  );
  test.each(IDLE)('of %j nothing may come', (dump, type, hex) =>
    expect(readsOf([dump], { type, body: bytesOf(hex) }, context).isIdle).toBe(true),
  );

  test('of an address of a device that is not known here something may come elsewhere', () => {
    const body = bytesOf('02188000 09000000 08000200 0a000002');
    const [dump, message] = [{ object: 'address' }, { type: MESSAGE.newAddress, body }] as const;
    const unknown = { ...context, nameOf: () => undefined };
    expect(decodeRows(dump, [message], unknown)).toEqual([]);
    expect(readsOf([dump], message, unknown).isIdle).toBe(false);
  });

  test.each([...DUMPS, ...IDLE])('of %j what was not read makes no difference', (dump, type, hex) => {
    const body = bytesOf(hex);
    const { read, isIdle } = readsOf([dump], { type, body }, context);
    const rows = decodeRows(dump, [{ type, body }], context);
    expect(read.some((bits) => bits !== 0xff)).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: body.length, maxLength: body.length }), (others) => {
        const changed = body.map((byte, at) => (byte & (read[at] ?? 0)) | ((others[at] ?? 0) & ~(read[at] ?? 0)));
        expect(decodeRows(dump, [{ type, body: changed }], context)).toEqual(rows);
        expect(readsOf([dump], { type, body: changed }, context)).toEqual({ read, isIdle });
      }),
    );
  });
});
