import { execFileSync } from 'node:child_process';
import {
  address,
  type Attrs,
  device,
  type Key,
  type Resource,
  type RouteSpec,
  ref,
  route as routeOf,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { PROTOCOL } from './mark.js';
import { route } from './route.js';
import { isShelved, routeShelf } from './shelf.js';

const web = { host: 'local', node: 'web' };
const eth0 = device(web, 'eth0', { kind: 'veth' });
const wan0 = device(web, 'wan0', { kind: 'veth' });

const default4: RouteSpec = { family: 4, to: 'default', via: '172.17.0.1', src: '172.17.0.2' };
const default6: RouteSpec = { family: 6, to: 'default', via: 'fd00::1' };

function by(dev: typeof eth0 | undefined, spec: RouteSpec, more: Attrs = {}) {
  const made = routeOf(web, dev, spec);
  return { ...made, attrs: { ...made.attrs, ...more } };
}

describe('a route that makes room', () => {
  test.each([
    ['of IPv4, from a DHCP client', default4, { protocol: 16 }, 'default table 201016'],
    ['of IPv6, by hand', default6, { protocol: 3 }, '::/0 dev eth0 table 201003'],
    ['with a metric', { ...default4, metric: 50 }, { protocol: 2, onlink: true }, 'default table 201002 metric 50'],
  ])('%s, is the same when it comes back', (_, spec, more, name) => {
    const found = by(eth0, spec, more);
    const waiting = routeShelf.put(found);
    expect(waiting?.key).toBe(`route:local/web/${name}`);
    expect(waiting?.attrs).toMatchObject({ protocol: PROTOCOL });
    expect(waiting && routeShelf.taken(waiting)).toEqual(found);
  });

  test("is nobody's while it waits, and known by its table", () => {
    const waiting = routeShelf.put(by(eth0, default4, { protocol: 16 }));
    const lo = device(web, 'lo', { kind: 'loopback', alias: 'pipewright:shop:web' });
    expect(waiting && isShelved(waiting.attrs)).toBe(true);
    expect(waiting && route.owner?.(waiting, [lo, eth0, waiting], 'shop')).toBeUndefined();
    expect(isShelved(by(eth0, default4, { protocol: PROTOCOL }).attrs)).toBe(false);
    expect(isShelved(by(eth0, { ...default4, table: 201_016 }, { protocol: 16 }).attrs)).toBe(false);
  });

  test('keeps its several ways', () => {
    const nexthops = [eth0, wan0].map((it) => ({ via: '10.0.0.1', dev: ref(it), weight: 2 }));
    expect(routeShelf.put(by(undefined, { ...default4, nexthops }))?.attrs.nexthops).toEqual(nexthops);
  });
});

test.each([
  ['the same destination by another device', by(eth0, default4), by(wan0, default4), true],
  ['of IPv6, too', by(eth0, default6), by(wan0, default6), true],
  ['another metric', by(eth0, default4), by(wan0, { ...default4, metric: 5 }), false],
  ['another family', by(eth0, default4), by(wan0, default6), false],
  ['another destination', by(eth0, default4), by(wan0, { ...default4, to: '10.0.0.0/8' }), false],
  ['another table', by(eth0, default4), by(wan0, { ...default4, table: 77 }), false],
  ['another namespace', by(eth0, default4), { ...by(wan0, default4), on: { host: 'local' } }, false],
])('in one place are: %s', (_, one, other, excluded) => {
  expect(routeShelf.excludes(one, other)).toBe(excluded);
  expect(routeShelf.excludes(other, one)).toBe(excluded);
});

test.each([
  ['an address has its gateway in its subnet', default4, [eth0, address(eth0, '172.17.0.2/16')], true],
  ['a route leads to its gateway', default4, [eth0, by(eth0, { family: 4, to: '172.17.0.1/32' })], true],
  ['nothing leads to its gateway', default4, [eth0, address(eth0, '10.0.0.2/24')], false],
  ['what leads there is by another device', default4, [eth0, wan0, address(wan0, '172.17.0.2/16')], false],
  ['what leads there is by a gateway itself', default4, [eth0, by(eth0, { ...default4, to: '172.16.0.0/12' })], false],
  ['its gateway is on the link without a subnet', { ...default4, onlink: true }, [eth0], true],
  ['its gateway is link-local', { ...default6, via: 'fe80::1' }, [eth0], true],
  ['it has no gateway', { family: 4, to: 'default' }, [eth0], true],
  ['its device is gone', { family: 4, to: 'default' }, [wan0], false],
] as readonly (readonly [string, RouteSpec, readonly Resource[], boolean])[])(
  'it fits if it can be made: %s',
  (_, spec, among, fits) => {
    const all = new Map<Key, Resource>(among.map((it) => [it.key, it]));
    expect(routeShelf.fits(by(eth0, spec), all)).toBe(fits);
  },
);

test('one that moves is made first and removed then', () => {
  const before = by(eth0, default4, { protocol: 16 });
  const after = routeShelf.put(before);
  if (!after) throw new Error('it cannot wait');
  const { key, id } = after;
  const change = { action: 'update', type: 'route', key, id, on: web, before, after, fields: [] } as const;
  expect(route.write(change, { role: 'alone' })).toMatchObject([
    { verb: 'replace', attrs: { table: 201_016, protocol: PROTOCOL } },
    { verb: 'del', attrs: { table: 254, protocol: 16 } },
  ]);
});

test('one of ours that is made where others have been by then has whatever is in its place wait first', () => {
  const after = by(wan0, default4, { protocol: PROTOCOL });
  const { key, id } = after;
  const change = { action: 'create', type: 'route', key, id, on: web, after, fields: [] } as const;
  const aside = { op: 'exec', on: web, argv: expect.arrayContaining(['-4', 'default', '0']) as string[] };
  expect(route.write(change, { role: 'alone', furnished: true })).toEqual([
    aside,
    expect.objectContaining({ object: 'route', verb: 'replace' }),
  ]);
  expect(route.write(change, { role: 'alone' })).toHaveLength(1);
  for (const it of [by(wan0, { ...default4, table: 77 }, { protocol: PROTOCOL }), by(wan0, default4, { protocol: 3 })])
    expect(route.write({ ...change, after: it }, { role: 'alone', furnished: true })).toHaveLength(1);
});

test.each([
  ['by hand', 'default via 172.17.0.1 dev eth0 ', ['table 201003 proto 201 default via 172.17.0.1 dev eth0']],
  [
    'by a program',
    'default via 172.17.0.1 dev eth0 proto 16 src 172.17.0.2 ',
    ['table 201016 proto 201 default via 172.17.0.1 dev eth0 src 172.17.0.2'],
  ],
  ['with another metric', 'default via 172.17.0.1 dev eth0 metric 100 ', []],
  ['of ours', 'default via 10.0.0.1 dev eth1 proto 201 ', []],
  [
    'that leads nowhere, with a number for its type',
    '6 default proto 4 ',
    ['table 201004 proto 201 blackhole default'],
  ],
  ['of IPv6 that is unreachable', '7 default dev lo ', ['table 201003 proto 201 unreachable default dev lo']],
])('a route is put aside without a look at it: one %s', (_, shown, expected) => {
  const after = by(wan0, default4, { protocol: PROTOCOL });
  const change = { action: 'create', type: 'route', key: after.key, id: after.id, on: web, after, fields: [] } as const;
  const [aside] = route.write(change, { role: 'alone', furnished: true });
  if (aside?.op !== 'exec') throw new Error('nothing is put aside');
  const [shell = '', flag = '', script = '', ...words] = aside.argv;
  // What `ip -N` prints, and what it is told then.
  const ip = `ip() { case $* in *' show '*) echo '${shown}' ;; *) echo "$*" ;; esac; }`;
  const told = execFileSync(shell, [flag, `${ip}${script}`, ...words], { encoding: 'utf8' });
  const lines = told.split('\n').filter((it) => it !== '');
  expect(lines.map((it) => it.replace(/ +/g, ' '))).toEqual(expected.map((it) => `-4 route replace ${it}`));
});
