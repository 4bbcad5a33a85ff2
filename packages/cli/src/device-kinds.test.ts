import { decodeRows, encodeNetlink, resourceTypes } from '@pipewright/kernel';
import { type Attrs, type DeviceAttribute, type DeviceKind, netlink } from '@pipewright/plugin';
import { builtins } from '@pipewright/plugins';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const on = { host: 'local' };
const kinds: readonly DeviceKind[] = builtins.flatMap(({ deviceKinds }) => deviceKinds ?? []);
const described = kinds.filter(({ attributes }) => Object.keys(attributes).length > 0);

/** Some of everything; what an attribute's schema lets through is what it takes. */
const SAMPLES: readonly unknown[] = [
  ...[true, 0.5, 12.34],
  ...Array.from({ length: 300 }, (_, it) => it),
  ...[1500, 4094, 4789, 65_535, 2 ** 24 - 1],
  ...['10.0.0.1', 'fd00::1', '02:00:00:00:00:01', 'eth0', 'name'],
];

function valuesOf({ schema, netlink: { layout, words = {} } }: DeviceAttribute): readonly unknown[] {
  const samples = [...SAMPLES, ...Object.keys(words), ...(layout === 'flag' ? [] : [false])];
  return samples.filter((it) => schema.safeParse(it).success);
}

/** What is found of a device whose kernel was told this and nothing else. */
function told(kind: DeviceKind, attrs: Attrs): Attrs | undefined {
  const deviceKind = (): DeviceKind => kind;
  const context = { deviceKind, index: () => 7, netns: () => 3, found: () => 7, nameOf: () => 'it' };
  const requests = encodeNetlink(netlink(on, 'link', 'set', { name: 'it', kind: kind.kind, ...attrs }), context);
  const rows = decodeRows({ object: 'link' }, requests, context).map((it) => ({ ...it, ifname: 'it' }));
  const device = resourceTypes.find(({ type }) => type === 'device');
  return device?.parse([rows, []], { on, nodes: [], deviceKind })[0]?.attrs;
}

test('no two attributes of a kind share a number or a word', () => {
  for (const { kind, attributes } of kinds) {
    const all = Object.values(attributes);
    expect(new Set(all.map(({ netlink: { type } }) => type)).size, kind).toBe(all.length);
    expect(new Set(all.map(({ word }) => word)).size, kind).toBe(all.length);
  }
});

describe.each(described)('device kind $kind', (kind) => {
  test.each(Object.keys(kind.attributes))('%s: the kernel is told each value, and it is found again', (name) => {
    const values = valuesOf(kind.attributes[name]!);
    expect(values).not.toEqual([]);
    for (const value of values) expect(told(kind, { [name]: value })).toMatchObject({ [name]: value });
  });

  test('so are all together', () => {
    const some = Object.entries(kind.attributes).map(([name, it]) => [name, fc.constantFrom(...valuesOf(it))] as const);
    fc.assert(
      fc.property(fc.record(Object.fromEntries(some), { requiredKeys: [] }), (attrs) => {
        expect(told(kind, { mtu: 1500, ...attrs })).toMatchObject(attrs);
      }),
    );
  });
});
