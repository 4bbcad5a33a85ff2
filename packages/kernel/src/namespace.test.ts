import {
  type Change,
  device,
  namespace as namespaceOf,
  type NodeTarget,
  type RawObserved,
  rule,
  type RuleAttrs,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { namespace } from './namespace.js';

const host = { host: 'local' };
const node = (name: string, locator: NodeTarget['locator']): NodeTarget => ({
  name,
  on: { ...host, node: name },
  locator,
});
const nodes = [
  node('web', { by: 'name', name: 'shop-web' }),
  node('old', { by: 'path', path: '/var/run/netns/old1' }),
  node('p', { by: 'pid', pid: 7 }),
  node('late', { by: 'name', name: 'shop-web' }),
];

test('a name is the namespace of the first node that is found by it', () =>
  expect(
    namespace.parse([[{ name: 'shop-web', id: 0 }, { name: 'old1' }, { name: 'else' }]], {
      on: host,
      nodes,
      deviceKind: () => undefined,
    }),
  ).toEqual([
    { attrs: { name: 'shop-web', loopback: false }, makes: 'web' },
    { attrs: { name: 'old1', loopback: false }, makes: 'old' },
    { attrs: { name: 'else', loopback: false } },
  ]));

test('its mark and its state show on its loopback device', () => {
  const it = namespaceOf('local', 'web', 'shop-web');
  const lo: RawObserved = device({ ...host, node: 'web' }, 'lo', {
    kind: 'loopback',
    up: true,
    alias: 'pipewright:shop:web',
  });
  expect(namespace.relate?.([it, lo], []).get(it.key)).toMatchObject({
    owner: 'shop',
    attrs: { loopback: true, alias: 'pipewright:shop:web' },
  });
});

const lo = device({ ...host, node: 'web' }, 'lo', { kind: 'loopback', up: true });
const lookup = (table: number, more: Partial<RuleAttrs & { protocol: number }> = {}) =>
  rule({ ...host, node: 'web' }, { family: 4, priority: table, table, ...more });
const kernels = { protocol: 2 };

test.each([
  ['whole where none of the rules it begins with is missed', [lookup(100)], undefined],
  [
    'without what a flush of its rules takes',
    [lookup(255, kernels)],
    'its rule to look up main (IPv4), default (IPv4)',
  ],
  ['without one of IPv6', [lookup(255, { ...kernels, family: 6 }), lookup(254)], 'its rule to look up main (IPv6)'],
  ['whole where somebody looks up those tables otherwise', [lookup(255, kernels), lookup(254), lookup(253)], undefined],
  [
    'without one where another looks its table up for some',
    [lookup(255, kernels), lookup(254, { from: '10.0.0.1/32' }), lookup(253)],
    'its rule to look up main (IPv4)',
  ],
])('is %s', (_, rules, lacks) => {
  const it = namespaceOf('local', 'web', 'shop-web');
  expect(namespace.relate?.([it, lo, ...rules], []).get(it.key)?.lacks).toBe(lacks);
});

test('gets the rules that it lacks, and is without them again where that is undone', () => {
  const wanted = namespaceOf('local', 'web', 'shop-web');
  const found = namespace.relate?.([wanted, lo, lookup(255, kernels), lookup(253, kernels)], []).get(wanted.key);
  const { type, key, id, on } = wanted;
  const change: Change<typeof wanted.attrs> = { action: 'update', type, key, id, on, fields: [] };
  const main = { object: 'rule', on: { node: 'web' }, attrs: { family: 4, priority: 32_766, table: 254, protocol: 2 } };
  const before = found as typeof wanted;
  expect(namespace.write({ ...change, before, after: wanted }, { role: 'alone' })).toMatchObject([
    { object: 'link' },
    { verb: 'add', ...main },
  ]);
  expect(namespace.write({ ...change, before: wanted, after: before }, { role: 'alone' })).toMatchObject([
    { object: 'link' },
    { verb: 'del', ...main },
  ]);
});

test('is made with its mark; its loopback device is set up in place', () => {
  const after = namespace.mark!(namespaceOf('local', 'web', 'shop-web'), 'shop');
  const { type, key, id, on } = after;
  const change: Change<typeof after.attrs> = { action: 'create', type, key, id, on, fields: [], after };
  expect(namespace.write(change, { role: 'alone' })).toEqual([
    { op: 'namespace', on: host, verb: 'add', name: 'shop-web', alias: 'pipewright:shop:web' },
  ]);
  expect(
    namespace.write({ ...change, action: 'update', before: after, fields: ['loopback'] }, { role: 'alone' }),
  ).toMatchObject([{ op: 'netlink', on: { node: 'web' }, verb: 'set', attrs: { name: 'lo', up: true } }]);
});
