import {
  type DeviceAttribute,
  deviceKind,
  netlink,
  type NetlinkLayout,
  type NetlinkOp,
  type Placement,
  z,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { encodeNetlink } from './encode.js';
import { FLAG, MESSAGE } from './numbers.js';
import type { EncodeContext } from './types.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const ADD = FLAG.create | FLAG.exclusive;
const REPLACE = FLAG.create | FLAG.replace;

const bridge = deviceKind({
  kind: 'bridge',
  attributes: {
    stp: { schema: z.boolean(), class: 'in-place', word: 'stp_state', netlink: { type: 5, layout: 'u32' } },
    ageing: {
      schema: z.number(),
      class: 'in-place',
      word: 'ageing_time',
      write: (it) => String(Number(it) * 100),
      netlink: { type: 4, layout: 'u32' },
    },
    filtering: {
      schema: z.boolean(),
      class: 'in-place',
      word: 'f',
      initial: false,
      netlink: { type: 7, layout: 'u8' },
    },
  },
});

const INDEX: Readonly<Record<string, number>> = { 'local/br0': 2, 'local/p': 4, 'web/eth0': 3 };
const indexOf = ({ node }: Placement, name: string): number =>
  INDEX[`${node ?? 'local'}/${name}`] ?? expect.unreachable(`no ${name} in ${node ?? 'local'}`);
const netnsOf = ({ node }: Placement): number => (node === undefined ? 0xb0 : 0xa0);
const context: EncodeContext = {
  deviceKind: (kind) => (kind === 'bridge' ? bridge : undefined),
  index: indexOf,
  netns: netnsOf,
  found: indexOf,
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** Blanks and line ends are for the reader. */
const packed = (words: string): string => words.replace(/\s+/g, '');

const br0 = { ref: 'device:local//br0' };
const eth0 = { ref: 'device:local/web/eth0' };

const four = { family: 4, kind: 'unicast', table: 254, metric: 0, protocol: 201 };
const six = { ...four, family: 6, metric: 1024 };

// What iproute2 6.1 sends for the same op, byte for byte; on a little-endian machine.
const CASES: readonly (readonly [what: string, op: NetlinkOp, type: number, flags: number, body: string])[] = [
  [
    'a bridge, with what the kernel gives it anyway left out',
    netlink(host, 'link', 'add', {
      name: 'br0',
      kind: 'bridge',
      mac: '02:00:00:00:00:01',
      mtu: 1400,
      group: 7,
      up: true,
      stp: false,
      ageing: 12.5,
      filtering: false,
    }),
    MESSAGE.newLink,
    ADD,
    `00000000 00000000 01000000 01000000
      0a000100 0200000000010000
      08000400 78050000
      08001b00 07000000
      08000300 62723000
      24001200
        0a000100 6272696467650000
        14000200
          08000500 00000000
          08000400 e2040000`,
  ],
  [
    'a cable from the host into a node: the far end down, in place, under its name',
    netlink(host, 'link', 'add', {
      name: 'p',
      kind: 'veth',
      master: br0,
      up: true,
      peer: { on: web, attrs: { name: 'eth0', mac: '02:00:00:00:00:03', mtu: 1400, group: 7, up: true } },
    }),
    MESSAGE.newLink,
    ADD,
    `00000000 00000000 01000000 01000000
      08000a00 02000000
      08001f00 01000000
      08002000 01000000
      06000300 70000000
      64001200
        08000100 76657468
        58000200
          54000100 00000000 00000000 00000000 00000000
          08001c00 a0000000
          0a000100 0200000000030000
          08000400 78050000
          08001b00 07000000
          08001f00 01000000
          08002000 01000000
          09000300 6574683000000000`,
  ],
  [
    'a cable from a node to the host',
    netlink(web, 'link', 'add', { name: 'eth0', kind: 'veth', peer: { on: host, attrs: { name: 'p' } } }),
    MESSAGE.newLink,
    ADD,
    `00000000 00000000 00000000 00000000
      08001c00 a0000000
      08001f00 01000000
      08002000 01000000
      09000300 6574683000000000
      44001200
        08000100 76657468
        38000200
          34000100 00000000 00000000 00000000 00000000
          08001c00 b0000000
          08001f00 01000000
          08002000 01000000
          06000300 70000000`,
  ],
  [
    'a device on one of the host, into a node',
    netlink(web, 'link', 'add', { name: 'eth0', kind: 'onother', link: br0 }),
    MESSAGE.newLink,
    ADD,
    `00000000 00000000 00000000 00000000
      08001c00 a0000000
      08000500 02000000
      09000300 6574683000000000
      10001200
        0b000100 6f6e6f7468657200`,
  ],
  [
    'a device on another of its node, asked for there: into no other namespace',
    netlink(web, 'link', 'add', { name: 'on0', kind: 'onother', link: eth0 }),
    MESSAGE.newLink,
    ADD,
    `00000000 00000000 00000000 00000000
      08000500 03000000
      08000300 6f6e3000
      10001200
        0b000100 6f6e6f7468657200`,
  ],
  [
    'a removal',
    netlink(host, 'link', 'del', { name: 'p', kind: 'veth' }),
    MESSAGE.delLink,
    0,
    `00000000 04000000 00000000 00000000`,
  ],
  [
    'what differs',
    netlink(host, 'link', 'set', { name: 'br0', kind: 'bridge', mtu: 1300, stp: true }),
    MESSAGE.newLink,
    0,
    `00000000 02000000 00000000 00000000
      08000400 14050000
      1c001200
        0a000100 6272696467650000
        0c000200
          08000500 01000000`,
  ],
  [
    'what differs, nothing of its kind',
    netlink(host, 'link', 'set', { name: 'p', kind: 'veth', mtu: 1300, up: true }),
    MESSAGE.newLink,
    0,
    `00000000 04000000 01000000 01000000
      08000400 14050000`,
  ],
  [
    'what is taken back',
    netlink(host, 'link', 'set', { name: 'p', alias: '', master: null, promisc: false, up: false, group: 0 }),
    MESSAGE.newLink,
    0,
    `00000000 04000000 00000000 01010000
      08001b00 00000000
      04001400
      08000a00 00000000`,
  ],
  [
    'a mark',
    netlink(web, 'link', 'set', { name: 'eth0', alias: 'pipewright:t:web/eth0' }),
    MESSAGE.newLink,
    0,
    `00000000 03000000 00000000 00000000
      19001400 706970657772696768743a743a7765622f65746830000000`,
  ],
  [
    'further names',
    netlink(web, 'link', 'set', { name: 'eth0', altnames: ['one', 'two'] }),
    MESSAGE.newLinkProperty,
    ADD | FLAG.append,
    `00000000 03000000 00000000 00000000
      14003480
        08003500 6f6e6500
        08003500 74776f00`,
  ],
  [
    'an IPv4 address',
    netlink(web, 'address', 'replace', { address: '10.0.0.2/24', dev: eth0 }),
    MESSAGE.newAddress,
    REPLACE,
    `02180000 03000000
      08000200 0a000002
      08000100 0a000002`,
  ],
  [
    'an IPv6 address that asks nobody',
    netlink(web, 'address', 'replace', { address: 'fd00::2/64', dev: eth0, nodad: true }),
    MESSAGE.newAddress,
    REPLACE,
    `0a400200 03000000
      14000200 fd000000000000000000000000000002
      14000100 fd000000000000000000000000000002`,
  ],
  [
    'a loopback address',
    netlink(web, 'address', 'add', { address: '127.7.0.2/24', dev: eth0 }),
    MESSAGE.newAddress,
    ADD,
    `021800fe 03000000
      08000200 7f070002
      08000100 7f070002`,
  ],
  [
    'an address less',
    netlink(web, 'address', 'del', { address: '10.0.0.2/24', dev: eth0 }),
    MESSAGE.delAddress,
    0,
    `02180000 03000000
      08000200 0a000002
      08000100 0a000002`,
  ],
  [
    'a default route',
    netlink(web, 'route', 'replace', { ...four, to: 'default', via: '10.0.0.1', dev: eth0 }),
    MESSAGE.newRoute,
    REPLACE,
    `02000000 fec90001 00000000
      08000500 0a000001
      08000400 03000000`,
  ],
  [
    'an IPv6 default route',
    netlink(web, 'route', 'replace', { ...six, to: 'default', dev: eth0 }),
    MESSAGE.newRoute,
    REPLACE,
    `0a000000 fec90001 00000000
      08000600 00040000
      08000400 03000000`,
  ],
  [
    'a route with everything',
    netlink(web, 'route', 'replace', {
      ...four,
      to: '10.5.0.0/16',
      via: '10.0.0.9',
      dev: eth0,
      src: '10.0.0.2',
      onlink: true,
      table: 100,
      metric: 7,
    }),
    MESSAGE.newRoute,
    REPLACE,
    `02100000 64c90001 04000000
      08000100 0a050000
      08000500 0a000009
      08000600 07000000
      08000700 0a000002
      08000400 03000000`,
  ],
  [
    'a route over the device alone, in a table of a high number',
    netlink(web, 'route', 'replace', { ...four, to: '10.8.0.0/16', dev: eth0, table: 1000 }),
    MESSAGE.newRoute,
    REPLACE,
    `02100000 00c9fd01 00000000
      08000100 0a080000
      08000f00 e8030000
      08000400 03000000`,
  ],
  [
    'a gateway of the other family',
    netlink(web, 'route', 'replace', { ...four, to: '10.9.0.0/16', via: 'fd00::9', dev: eth0 }),
    MESSAGE.newRoute,
    REPLACE,
    `02100000 fec90001 00000000
      08000100 0a090000
      16001200 0a00fd0000000000000000000000000000090000
      08000400 03000000`,
  ],
  [
    'a route that leads nowhere',
    netlink(web, 'route', 'replace', { ...six, to: 'fd06::/64', kind: 'unreachable' }),
    MESSAGE.newRoute,
    REPLACE,
    `0a400000 fec90007 00000000
      14000100 fd060000000000000000000000000000
      08000600 00040000`,
  ],
  [
    'a route less',
    netlink(web, 'route', 'del', { ...four, to: 'default', via: '10.0.0.1', dev: eth0 }),
    MESSAGE.delRoute,
    0,
    `02000000 fe00ff00 00000000
      08000500 0a000001
      08000400 03000000`,
  ],
  [
    'a route to nowhere less',
    netlink(web, 'route', 'del', { ...four, to: '10.6.0.0/16', kind: 'blackhole' }),
    MESSAGE.delRoute,
    0,
    `02100000 fe00ff06 00000000
      08000100 0a060000`,
  ],
  [
    'a rule',
    netlink(web, 'rule', 'add', {
      family: 4,
      priority: 100,
      from: '10.0.0.0/24',
      to: '10.9.0.0/16',
      fwmark: 5,
      iif: 'eth0',
      table: 100,
      protocol: 201,
    }),
    MESSAGE.newRule,
    ADD,
    `02101800 64000001 00000000
      08000600 64000000
      08000200 0a000000
      08000100 0a090000
      08000a00 05000000
      09000300 6574683000000000
      05001500 c9000000`,
  ],
  [
    'an IPv6 rule to a table of a high number',
    netlink(web, 'rule', 'add', { family: 6, priority: 101, oif: 'eth0', table: 300, protocol: 201 }),
    MESSAGE.newRule,
    ADD,
    `0a000000 00000001 00000000
      08000600 65000000
      09001100 6574683000000000
      08000f00 2c010000
      05001500 c9000000`,
  ],
  [
    'a rule less',
    netlink(web, 'rule', 'del', { family: 6, priority: 101, oif: 'eth0', table: 300, protocol: 201 }),
    MESSAGE.delRule,
    0,
    `0a000000 00000000 00000000
      08000600 65000000
      09001100 6574683000000000
      08000f00 2c010000`,
  ],
  [
    'a neighbour',
    netlink(web, 'neighbour', 'replace', { to: '10.0.0.7', mac: '02:00:00:00:00:99', dev: eth0, protocol: 201 }),
    MESSAGE.newNeighbour,
    REPLACE,
    `02000000 03000000 80000000
      05000c00 c9000000
      08000100 0a000007
      0a000200 0200000000990000`,
  ],
  [
    'a neighbour less',
    netlink(web, 'neighbour', 'del', { to: 'fd00::7', mac: '02:00:00:00:00:99', dev: eth0, protocol: 201 }),
    MESSAGE.delNeighbour,
    0,
    `0a000000 03000000 80000000
      14000100 fd000000000000000000000000000007`,
  ],
];

test.each(CASES)('%s', (_, op, type, flags, body) => {
  const [request, ...more] = encodeNetlink(op, context);
  expect(more).toEqual([]);
  expect(request).toMatchObject({ type, flags });
  expect(hex(request!.body)).toBe(packed(body));
});

test.each(CASES)('numbers that nobody knows yet are left open, and all else is the same: %s', (_, op) => {
  const unknowing: EncodeContext = {
    ...context,
    index: (on, name) => ({ of: 'device', on, name }),
    netns: (on) => ({ of: 'namespace', on }),
  };
  const [known] = encodeNetlink(op, { ...context, found: () => undefined });
  const [open] = encodeNetlink(op, { ...unknowing, found: () => undefined });
  const filled = Uint8Array.from(open!.body);
  for (const { at, for: it } of open!.blanks ?? [])
    new DataView(filled.buffer).setUint32(at, it.of === 'device' ? indexOf(it.on, it.name) : netnsOf(it.on), true);
  expect(hex(filled)).toBe(hex(known!.body));
});

test('what no one message can carry is two: a link and its further names', () =>
  expect(
    encodeNetlink(netlink(web, 'link', 'set', { name: 'eth0', up: true, altnames: ['one'] }), context).map(
      ({ type }) => type,
    ),
  ).toEqual([MESSAGE.newLink, MESSAGE.newLinkProperty]));

test.each([{ name: 'eth0' }, { name: 'eth0', kind: 'veth', altnames: [] }])(
  'nothing to set, nothing sent: %j',
  (attrs) => expect(encodeNetlink(netlink(web, 'link', 'set', attrs), context)).toEqual([]),
);

describe('a device that is on its way still', () => {
  const unsent = { ...context, found: () => undefined };
  const eth0Attribute = packed('0900 0300 65746830 00000000'); // IFLA_IFNAME
  test('is changed by its name', () => {
    const [request] = encodeNetlink(netlink(web, 'link', 'set', { name: 'eth0', alias: 'x' }), unsent);
    expect(hex(request!.body)).toBe(packed(`00000000 00000000 00000000 00000000 ${eth0Attribute} 0500 1400 78000000`));
  });
  test('gets further names by its name', () => {
    const [request] = encodeNetlink(netlink(web, 'link', 'set', { name: 'eth0', altnames: ['long'] }), unsent);
    expect(hex(request!.body)).toContain(eth0Attribute);
  });
  test('and nothing to set is nothing sent', () =>
    expect(encodeNetlink(netlink(web, 'link', 'set', { name: 'eth0' }), unsent)).toEqual([]));
});

describe('attributes of a kind, as its table says', () => {
  const schema = z.unknown();
  const table = (
    layout: Omit<NetlinkLayout, 'type'>,
    more: Pick<Partial<DeviceAttribute>, 'write'> = {},
  ): DeviceAttribute => ({ schema, class: 'in-place', word: 'it', netlink: { type: 9, ...layout }, ...more });
  const VALUES: readonly (readonly [what: string, attribute: DeviceAttribute, value: unknown, bytes: string])[] = [
    ['a byte', table({ layout: 'u8' }), 200, '05000900 c8000000'],
    ['two bytes', table({ layout: 'u16' }), 0x1234, '06000900 34120000'],
    ['two bytes of the network', table({ layout: 'be16' }), 4789, '06000900 12b50000'],
    ['four bytes', table({ layout: 'u32' }), 0xfffffffe, '08000900 feffffff'],
    ['four bytes of the network', table({ layout: 'be32' }), 7, '08000900 00000007'],
    ['eight bytes', table({ layout: 'u64' }), 2 ** 40, '0c000900 0000000000010000'],
    ['yes', table({ layout: 'u8' }), true, '05000900 01000000'],
    ['no', table({ layout: 'u8' }), false, '05000900 00000000'],
    ['a flag', table({ layout: 'flag' }), true, '04000900'],
    ['a word', table({ layout: 'u32', words: { bridge: 4 } }), 'bridge', '08000900 04000000'],
    [
      'a word that is written otherwise',
      table({ layout: 'u32', words: { on: 1 } }, { write: (it: unknown) => (it === true ? 'on' : 'off') }),
      true,
      '08000900 01000000',
    ],
    ['a number that is written otherwise', table({ layout: 'u32' }, { write: () => '300' }), 3, '08000900 2c010000'],
    ['another device', table({ layout: 'u32' }), br0, '08000900 02000000'],
    ['a string', table({ layout: 'string' }), 'ab', '07000900 61620000'],
    ['an IPv4 address', table({ layout: 'ipv4' }), '10.0.0.1', '08000900 0a000001'],
    ['an IPv6 address', table({ layout: 'ipv6' }), 'fd00::1', '14000900 fd000000000000000000000000000001'],
    ['a MAC address', table({ layout: 'mac' }), '02:00:00:00:00:01', '0a000900 0200000000010000'],
  ];
  const encoded = (attribute: DeviceAttribute, value: unknown): string => {
    const kind = deviceKind({ kind: 'odd', attributes: { value: attribute } });
    const op = netlink(host, 'link', 'set', { name: 'p', kind: 'odd', value });
    return encodeNetlink(op, { ...context, deviceKind: () => kind })
      .map(({ body }) => hex(body))
      .join();
  };
  test.each(VALUES)('%s', (_, attribute, value, bytes) =>
    expect(encoded(attribute, value).endsWith(packed(`07000100 6f646400 ${dataHeader(bytes)} ${bytes}`))).toBe(true),
  );

  test('a flag that is not wanted is not there', () => expect(encoded(table({ layout: 'flag' }), false)).toBe(''));

  test.each([
    ['more than a byte', table({ layout: 'u8' }), 256],
    ['less than nothing', table({ layout: 'u32' }), -1],
    ['a fraction', table({ layout: 'u32' }), 1.5],
    ['a word that nobody knows', table({ layout: 'u32', words: { bridge: 4 } }), 'bridges'],
    ['no word at all', table({ layout: 'u32' }), ''],
    ['the wrong family', table({ layout: 'ipv4' }), 'fd00::1'],
    ['no address', table({ layout: 'ipv6' }), 'web'],
    ['no MAC address', table({ layout: 'mac' }), 'web'],
  ])('%s is refused', (_, attribute, value) =>
    expect(() => encoded(attribute, value)).toThrow(expect.objectContaining({ code: 'PW_NOT_ENCODABLE' })),
  );
});

/** Of IFLA_INFO_DATA around these bytes. */
const dataHeader = (bytes: string): string => `${(4 + packed(bytes).length / 2).toString(16).padStart(2, '0')}000200`;
