import { deviceKind, type NetlinkDump, z } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { resourceTypes } from '../index.js';
import { AttributeWriter } from './attribute-writer.js';
import { decodeRows, dumpRequests } from './dump.js';
import { INFO, LINK } from './link-numbers.js';
import { FLAG, MESSAGE } from './numbers.js';

const kinds = new Map([
  [
    'odd',
    deviceKind({
      kind: 'odd',
      attributes: {
        mode: {
          schema: z.string(),
          class: 'in-place',
          word: 'mode',
          netlink: { type: 1, layout: 'u32', words: { private: 1, bridge: 4 } },
        },
        port: {
          schema: z.int(),
          class: 'fixed',
          word: 'dstport',
          printed: 'port',
          netlink: { type: 2, layout: 'be16' },
        },
        external: { schema: z.boolean(), class: 'fixed', word: 'external', netlink: { type: 3, layout: 'flag' } },
        local: { schema: z.string(), class: 'fixed', word: 'local', netlink: { type: 4, layout: 'ipv4' } },
      },
    }),
  ],
]);
const NAMES: Readonly<Record<number, string>> = { 2: 'br0', 3: 'eth0' };
const context = {
  deviceKind: (kind: string) => kinds.get(kind),
  nameOf: (ifindex: number) => NAMES[ifindex],
};
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replace(/\s+/g, ''), 'hex');
const rows = (dump: NetlinkDump, type: number, ...bodies: readonly Uint8Array[]): readonly object[] =>
  decodeRows(
    dump,
    bodies.map((body) => ({ type, body })),
    context,
  );

describe('a dump is asked for', () => {
  const REQUESTS: readonly (readonly [NetlinkDump, number, string])[] = [
    [{ object: 'link' }, MESSAGE.getLink, '00000000 00000000 00000000 00000000 08001d00 08000000'],
    [{ object: 'address' }, MESSAGE.getAddress, '00000000 00000000'],
    [{ object: 'route' }, MESSAGE.getRoute, '00000000 00000000 00000000'],
    [{ object: 'rule', family: 6 }, MESSAGE.getRule, '00000000 00000000 00000000'],
    [{ object: 'neighbour' }, MESSAGE.getNeighbour, '00000000 00000000 00000000'],
  ];
  test.each(REQUESTS)('%j', (dump, type, body) =>
    expect(dumpRequests(dump)).toEqual([{ type, flags: FLAG.dump, body: new Uint8Array(bytes(body)) }]),
  );

  test('names of namespaces are not the kernel’s to list', () => expect(dumpRequests({ object: 'netns' })).toEqual([]));

  test('every question of every resource type can be put to the kernel itself, but those to iptables, about helpers and of files', () => {
    const others = resourceTypes
      .flatMap(({ queries }) => queries)
      .filter(({ dump, helpers, files }) => !dump && !helpers && !files);
    expect(others.map(({ argv }) => argv.join(' '))).toEqual(['iptables-save', 'ip6tables-save']);
  });
});

describe('links', () => {
  const UP_RUNNING_LOWER_UP_PROMISC = 0x1 | 0x40 | 0x10000 | 0x100;
  const link = (write: (body: AttributeWriter) => void, hardware = 1, index = 7, flags = 0): Uint8Array => {
    const body = new AttributeWriter().field16(0, hardware).field32(index, flags, 0);
    write(body);
    return body.finish().body;
  };
  const links = (...bodies: readonly Uint8Array[]) => rows({ object: 'link' }, MESSAGE.newLink, ...bodies);

  test('an end of a cable, with everything', () =>
    expect(
      links(
        link(
          (it) => {
            it.name(LINK.name, 'eth0');
            it.u32(LINK.mtu, 1400);
            it.u32(LINK.group, 77);
            it.bytes(LINK.address, bytes('020000000003'));
            it.name(LINK.alias, 'pipewright:t:web/eth0');
            it.u32(LINK.master, 2);
            it.u32(LINK.link, 3);
            it.u32(LINK.linkNamespace, 1);
            const list = it.beginMarked(LINK.properties);
            it.name(LINK.altname, 'long-name-that-is-long');
            it.name(LINK.altname, 'b');
            const info = it.end(list).begin(LINK.info);
            it.text(INFO.kind, 'veth');
            it.end(info);
          },
          1,
          7,
          UP_RUNNING_LOWER_UP_PROMISC,
        ),
      ),
    ).toEqual([
      {
        ifindex: 7,
        flags: ['PROMISC', 'UP', 'LOWER_UP'],
        ifname: 'eth0',
        mtu: 1400,
        group: '77',
        address: '02:00:00:00:00:03',
        ifalias: 'pipewright:t:web/eth0',
        master: 'br0',
        link_index: 3,
        link_netnsid: 1,
        altnames: ['long-name-that-is-long', 'b'],
        linkinfo: { info_kind: 'veth' },
      },
    ]));

  test('names of the same dump come first, of whatever place in it; what nobody knows is printed by number', () => {
    const named = (index: number, name: string, lower?: number): Uint8Array =>
      link(
        (it) => {
          it.name(LINK.name, name);
          if (lower !== undefined) it.u32(LINK.link, lower);
        },
        1,
        index,
      );
    expect(links(named(5, 'w0', 6), named(6, 'w1', 5), named(8, 'x', 99), named(9, 'y', 0))).toMatchObject([
      { ifname: 'w0', link: 'w1' },
      { ifname: 'w1', link: 'w0' },
      { ifname: 'x', link: 'if99' },
      { ifname: 'y', link: null },
    ]);
  });

  test.each([
    ['none', 65534, '', undefined],
    ['a MAC address', 1, '020000000001', '02:00:00:00:00:01'],
    ["a tunnel's", 778, '0a000001', '10.0.0.1'],
    ["an IPv6 tunnel's", 823, 'fd000000000000000000000000000001', 'fd00::1'],
    ['four bytes of something else', 1, '0a000001', '0a:00:00:01'],
  ])('its own address: %s', (_, hardware, hex, address) =>
    expect(links(link((it) => it.bytes(LINK.address, bytes(hex)), hardware))).toEqual([
      { ifindex: 7, flags: [], ...(address === undefined ? {} : { address }) },
    ]),
  );

  const info = (kind: string, write: (body: AttributeWriter) => void) => (it: AttributeWriter) => {
    const begun = it.begin(LINK.info);
    it.text(INFO.kind, kind);
    const data = it.begin(INFO.data);
    write(it);
    it.end(data).end(begun);
  };

  test('attributes of its kind, in the words of ip', () =>
    expect(
      links(
        link(
          info('odd', (it) => {
            it.u32(1, 4);
            it.be16(2, 4789);
            it.bytes(3, bytes(''));
            it.bytes(4, bytes('0a000001'));
            it.u32(99, 7);
          }),
        ),
        link(info('odd', (it) => it.u32(1, 9))),
        link(info('unknown', (it) => it.u32(1, 9))),
      ),
    ).toMatchObject([
      { linkinfo: { info_kind: 'odd', info_data: { mode: 'bridge', port: 4789, external: true, local: '10.0.0.1' } } },
      { linkinfo: { info_kind: 'odd', info_data: { mode: 9 } } },
      { linkinfo: { info_kind: 'unknown' } },
    ]));

  test.each([
    ['control bytes', '6101 0a62', 'a\u0001\nb'],
    ['UTF-8', 'c3a9', 'é'],
    ['what is no UTF-8', '61ff62', 'a�b'],
    ['nothing behind a zero', '61c3a900ff', 'aé'],
  ])('an alias is any bytes: %s', (_, hex, ifalias) =>
    expect(links(link((it) => it.bytes(LINK.alias, bytes(hex))))).toMatchObject([{ ifalias }]),
  );
});

// Captured from Linux 6.18.
describe('addresses', () => {
  const FIRST = '02188000 02000000 08000100 0a000002 08000200 0a000002 08000800 80000000';
  const SECOND = '02188100 02000000 08000100 0a000003 08000200 0a000003 08000800 81000000';
  const SIXTH = '0a408201 02000000 14000100 fd000000000000000000000000000002 08000800 83000000';
  const PEER = '02208000 03000000 08000100 0a000909 08000200 0a000103';
  const addresses = (...bodies: readonly string[]) =>
    rows({ object: 'address' }, MESSAGE.newAddress, ...bodies.map(bytes));

  test('stand with their device; a second of a subnet is called so, a temporary IPv6 address is not', () =>
    expect(addresses(FIRST, PEER, SECOND, SIXTH)).toEqual([
      {
        ifindex: 2,
        ifname: 'br0',
        addr_info: [
          { family: 'inet', prefixlen: 24, local: '10.0.0.2' },
          { family: 'inet', prefixlen: 24, local: '10.0.0.3', secondary: true },
          { family: 'inet6', prefixlen: 64, local: 'fd00::2', nodad: true },
        ],
      },
      { ifindex: 3, ifname: 'eth0', addr_info: [{ family: 'inet', prefixlen: 32, local: '10.0.1.3' }] },
    ]));

  test('of a device that has gone meanwhile are left out', () =>
    expect(addresses(FIRST.replace(' 02000000', ' 63000000'))).toEqual([]));

  test('of other families are left out', () =>
    expect(addresses(FIRST.replace('02188000', '1c188000'))).toMatchObject([{ addr_info: [] }]));
});

describe('routes', () => {
  const route = (header: string, ...attributes: readonly string[]): Uint8Array => bytes(header + attributes.join(''));
  const OIF = '08000400 02000000';
  const routes = (...bodies: readonly Uint8Array[]) => rows({ object: 'route' }, MESSAGE.newRoute, ...bodies);
  const plain = { type: '1', table: '254', protocol: '201', scope: '0', flags: [] };

  test.each([
    [
      'a default route',
      route('02000000 fec90001 00000000', '08000f00 fe000000', '08000500 0a000001', OIF),
      { ...plain, dst: 'default', gateway: '10.0.0.1', dev: 'br0' },
    ],
    [
      'one with everything',
      route(
        '02100000 fcc9fd01 14000000',
        '08000f00 e8030000',
        '08000100 0a050000',
        '08000600 07000000',
        '08000700 0a000002',
        OIF,
      ),
      {
        type: '1',
        dst: '10.5.0.0/16',
        table: '1000',
        protocol: '201',
        scope: '253',
        metric: 7,
        prefsrc: '10.0.0.2',
        flags: ['onlink', 'linkdown'],
        dev: 'br0',
      },
    ],
    [
      'one to a single address, over a gateway of the other family',
      route(
        '02200000 fec90001 00000000',
        '08000100 0a050001',
        '16001200 0a00 fd000000000000000000000000000009 0000',
        OIF,
      ),
      { ...plain, dst: '10.5.0.1', via: { family: 'inet6', host: 'fd00::9' }, dev: 'br0' },
    ],
    [
      'an IPv6 default route',
      route('0a000000 fec90001 00000000', '08000600 00040000', OIF, '05001400 00000000'),
      { ...plain, dst: 'default', metric: 1024, dev: 'br0', pref: 'medium' },
    ],
    [
      'one that leads nowhere, of a preference that has no name',
      route('0a400000 fec90007 00000000', '14000100 fd060000000000000000000000000000', '05001400 09000000'),
      { ...plain, type: '7', dst: 'fd06::/64', pref: '9' },
    ],
    [
      'one of several branches',
      route(
        '02100000 fec90001 00000000',
        '08000100 0a460000',
        '24000900',
        '10000402 02000000 08000500 0a000008',
        '10001000 03000000 08000500 0a000009',
      ),
      {
        ...plain,
        dst: '10.70.0.0/16',
        nexthops: [
          { gateway: '10.0.0.8', dev: 'br0', weight: 3, flags: ['onlink'] },
          { gateway: '10.0.0.9', dev: 'eth0', weight: 1, flags: ['linkdown'] },
        ],
      },
    ],
  ])('%s', (_, body, expected) => expect(routes(body)).toEqual([expected]));

  test.each([
    ['local ones', '02200000 ff02fe02 00000000'],
    ['broadcasts', '02200000 ff02fd03 00000000'],
    ['multicasts', '0a080000 ff020005 00000000'],
    ['any of table local', '02200000 ff02fe01 00000000'],
    ['entries of the cache', '02200000 fe02fe01 00020000'],
    ['multicast routing', '80200000 fe02fe01 00000000'],
  ])('the kernel’s own are left out: %s', (_, header) => expect(routes(route(header, '00'))).toEqual([]));
});

describe('rules', () => {
  const rules = (...bodies: readonly string[]) =>
    rows({ object: 'rule', family: 4 }, MESSAGE.newRule, ...bodies.map(bytes));
  test.each([
    [
      'with everything',
      `02101800 64000001 00000000 08000600 64000000 08000200 0a000000 08000100 0a090000
       08000a00 05000000 08001000 ffffffff 09000300 6574683000000000 09001100 6574683100000000
       08000f00 2c010000 05001500 c9000000`,
      {
        priority: 100,
        src: '10.0.0.0',
        srclen: 24,
        dst: '10.9.0.0',
        dstlen: 16,
        fwmark: '0x5',
        iif: 'eth0',
        oif: 'eth1',
        table: '300',
        protocol: '201',
      },
    ],
    [
      'of single addresses, for a part of the mark',
      '02202000 05000001 00000000 08000200 0a000001 08000100 0a000002 08000a00 10000000 08001000 f0000000',
      { priority: 0, src: '10.0.0.1', dst: '10.0.0.2', fwmark: '0x10', fwmask: '0xf0', table: '5' },
    ],
    ['that leads to no table', '02000000 00000006 00000000', { priority: 0, src: 'all' }],
    [
      'of a mark of zero',
      '02000000 05000001 00000000 08001000 ffffffff',
      { priority: 0, src: 'all', fwmark: '0x0', table: '5' },
    ],
  ])('one %s', (_, body, expected) => expect(rules(body)).toEqual([expected]));

  // One dump tells of all, of multicast routing (128, RTNL_FAMILY_IPMR) too.
  const dump = ['02000000 05000001 00000000', '0a000000 06000001 00000000', '80000000 07000001 00000000'].map(bytes);
  test.each([
    [4, ['5']],
    [6, ['6']],
    [undefined, ['5', '6']],
  ] as const)('of the family %s among all', (family, tables) =>
    expect(rows({ object: 'rule', ...(family ? { family } : {}) }, MESSAGE.newRule, ...dump)).toMatchObject(
      tables.map((table) => ({ table })),
    ),
  );
});

test('neighbours: permanent ones only', () =>
  expect(
    rows(
      { object: 'neighbour' },
      MESSAGE.newNeighbour,
      bytes('02000000 02000000 80000001 08000100 0a000007 0a000200 0200000000990000 05000c00 c9000000'),
      bytes('0a000000 03000000 80000001 14000100 fd000000000000000000000000000007 0a000200 0200000000990000'),
      bytes('02000000 02000000 02000001 08000100 0a000008 0a000200 0200000000990000'),
      bytes('07000000 02000000 80000001 0a000200 0200000000990000'),
    ),
  ).toEqual([
    { dev: 'br0', dst: '10.0.0.7', lladdr: '02:00:00:00:00:99', protocol: '201' },
    { dev: 'eth0', dst: 'fd00::7', lladdr: '02:00:00:00:00:99' },
  ]));

test('messages of another type are passed over', () =>
  expect(rows({ object: 'link' }, MESSAGE.newRoute, new Uint8Array(2))).toEqual([]));
