import { type Attrs, formatIp, keyOf, netlink, type NetlinkDump, type NetlinkObject } from '@pipewright/plugin';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resourceTypes } from '../index.js';
import { decodeRows } from './dump.js';
import { encodeNetlink } from './encode.js';

const on = { host: 'local' };
const dev = { ref: keyOf('device', on, 'eth0') };
const context = {
  deviceKind: () => undefined,
  index: () => 7,
  netns: () => 3,
  found: () => 7,
  nameOf: () => 'eth0',
};

/** What the resource type finds where the kernel answers with just what it was told. */
function told(object: NetlinkObject, attrs: Attrs): readonly Attrs[] {
  const requests = encodeNetlink(netlink(on, object, 'add', attrs), context);
  const type = resourceTypes.find((it) => it.type === (object === 'link' ? 'device' : object));
  const answers = type!.queries.map(({ dump }) => answer(dump!, attrs['family']));
  return type!.parse(answers, { on, nodes: [], deviceKind: context.deviceKind }).map((it) => it.attrs);

  function answer(dump: NetlinkDump, family: unknown): readonly object[] {
    const asked = dump.object === object && (dump.family === undefined || dump.family === family);
    return asked ? decodeRows(dump, requests, context) : [];
  }
}

const family = fc.constantFrom(4, 6);
const ipOf = (of: number): fc.Arbitrary<string> =>
  fc
    .bigInt({ min: 1n, max: 2n ** (of === 4 ? 32n : 128n) - 1n })
    // Not one of those that every device has, nor one that is written with dots (RFC 5952, 5).
    .filter((it) => of === 4 || (it >> 118n !== 0x3fan && it >> 48n !== 0n))
    .map((it) => formatIp(of === 4 ? 4 : 6, it));
const prefixOf = (of: number): fc.Arbitrary<string> =>
  fc.tuple(ipOf(of), fc.integer({ min: 1, max: of === 4 ? 32 : 128 })).map(([ip, length]) => `${ip}/${length}`);
const u32 = fc.integer({ min: 1, max: 0xffff_fffe });
const table = fc.oneof(fc.integer({ min: 1, max: 254 }), fc.integer({ min: 256, max: 0xffff_fffe }));
const protocol = fc.integer({ min: 3, max: 255 });
const maybe = <T>(it: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(it, { nil: undefined });
const given = (attrs: Attrs): Attrs => Object.fromEntries(Object.entries(attrs).filter(([, it]) => it !== undefined));
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (it) => it.toString(16).padStart(2, '0')).join(':'));
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/);

const ATTRS: readonly (readonly [NetlinkObject, fc.Arbitrary<Attrs>])[] = [
  [
    'link',
    fc.record({
      name: fc.constant('eth0'),
      kind: name,
      mac,
      mtu: u32,
      group: u32,
      master: fc.constant(dev),
      up: fc.boolean(),
      promisc: fc.boolean(),
      altnames: fc.constant([]),
      alias: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((it) => !it.includes('\0')),
    }),
  ],
  ['address', family.chain((of) => fc.record({ address: prefixOf(of), dev: fc.constant(dev) }))],
  [
    'route',
    family.chain((of) =>
      fc
        .record({
          family: fc.constant(of),
          to: prefixOf(of),
          kind: fc.constantFrom('unicast', 'blackhole', 'unreachable', 'prohibit'),
          via: maybe(ipOf(of)),
          dev: fc.constant(dev),
          table,
          metric: u32,
          src: maybe(ipOf(of)),
          onlink: maybe(fc.constant(true)),
          protocol,
        })
        .map(({ dev: over, ...it }) => given({ ...it, dev: it.kind === 'unicast' ? over : undefined })),
    ),
  ],
  [
    'rule',
    family.chain((of) =>
      fc
        .record({
          family: fc.constant(of),
          priority: u32,
          from: maybe(prefixOf(of)),
          to: maybe(prefixOf(of)),
          fwmark: maybe(u32),
          iif: maybe(name),
          oif: maybe(name),
          table,
          protocol,
        })
        .map(given),
    ),
  ],
  ['neighbour', family.chain((of) => fc.record({ to: ipOf(of), mac, dev: fc.constant(dev), protocol }))],
];

test.each(ATTRS)('%s: what is written is what is read', (object, attrs) =>
  fc.assert(
    fc.property(attrs, (it) => {
      expect(told(object, it)).toEqual([it]);
    }),
  ),
);
