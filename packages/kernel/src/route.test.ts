import { address, type Change, device, route as routeOf } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { PROTOCOL } from './mark.js';
import { route } from './route.js';

const web = { host: 'local', node: 'web' };
const dev = { ref: 'device:local/web/eth0' };
const context = { on: web, nodes: [], deviceKind: () => undefined };

// ip -j -d -N route show table all, iproute2 6.1
const ANSWER =
  JSON.parse(`[{"type":"6","dst":"10.9.0.0/16","table":"100","protocol":"201","scope":"0","metric":5,"flags":[]},
{"type":"1","dst":"default","gateway":"10.0.0.1","dev":"eth0","table":"254","protocol":"201","scope":"0","flags":["onlink"]},
{"type":"1","dst":"10.0.0.0/24","dev":"eth0","table":"254","protocol":"2","scope":"253","prefsrc":"10.0.0.2","flags":[]},
{"type":"1","dst":"10.8.0.0/16","table":"254","protocol":"3","scope":"0","flags":[],"nexthops":[{"gateway":"10.0.0.1","dev":"eth0","weight":1,"flags":[]},{"gateway":"10.0.0.9","dev":"eth0","weight":3,"flags":[]}]},
{"type":"1","dst":"10.7.0.1","via":{"family":"inet6","host":"fd00::1"},"dev":"eth0","table":"254","protocol":"3","scope":"0","flags":[]},
{"type":"2","dst":"10.0.0.2","dev":"eth0","table":"255","protocol":"2","scope":"254","prefsrc":"10.0.0.2","flags":[]},
{"type":"7","dst":"fd09::/64","dev":"lo","table":"254","protocol":"201","scope":"0","metric":1024,"flags":[],"pref":"medium"},
{"type":"1","dst":"fe80::/64","dev":"eth0","table":"254","protocol":"2","scope":"0","metric":256,"flags":[],"pref":"medium"},
{"type":"1","dst":"default","dev":"eth0","table":"254","protocol":"201","scope":"0","metric":1024,"flags":[],"pref":"medium"},
{"type":"5","dst":"ff00::/8","dev":"eth0","table":"255","protocol":"2","scope":"0","metric":256,"flags":[],"pref":"medium"}]`) as unknown;

test('reads both families, but what the kernel keeps for itself', () =>
  expect(route.parse([ANSWER], context).map((it) => it.attrs)).toEqual([
    { family: 4, to: '10.9.0.0/16', kind: 'blackhole', table: 100, metric: 5, protocol: 201 },
    {
      family: 4,
      to: 'default',
      kind: 'unicast',
      via: '10.0.0.1',
      dev,
      table: 254,
      metric: 0,
      onlink: true,
      protocol: 201,
    },
    { family: 4, to: '10.0.0.0/24', kind: 'unicast', dev, table: 254, metric: 0, src: '10.0.0.2', protocol: 2 },
    {
      family: 4,
      to: '10.8.0.0/16',
      kind: 'unicast',
      table: 254,
      metric: 0,
      protocol: 3,
      nexthops: [expect.anything(), expect.anything()],
    },
    { family: 4, to: '10.7.0.1/32', kind: 'unicast', via: 'fd00::1', dev, table: 254, metric: 0, protocol: 3 },
    { family: 6, to: 'fd09::/64', kind: 'unreachable', table: 254, metric: 1024, protocol: 201 },
    { family: 6, to: 'default', kind: 'unicast', dev, table: 254, metric: 1024, protocol: 201 },
  ]));

test('ours counts where somebody put another in its place as well', () => {
  const row = (gateway: string, protocol: number) => ({
    dst: '10.9.0.0/16',
    gateway,
    dev: 'eth0',
    table: '254',
    protocol,
  });
  const read = (...rows: readonly object[]) => route.parse([rows], context).map((it) => it.attrs.via);
  expect(read(row('10.0.0.1', PROTOCOL), row('10.0.0.9', 3))).toEqual(['10.0.0.1']);
  expect(read(row('10.0.0.9', 3), row('10.0.0.1', PROTOCOL))).toEqual(['10.0.0.1']);
});

describe('the owner of a route of our protocol', () => {
  const eth0 = device(web, 'eth0', { kind: 'veth', alias: 'pipewright:shop:web/eth0' });
  const lo = device(web, 'lo', { kind: 'loopback', alias: 'pipewright:lab:web' });
  const byEth0 = { ...routeOf(web, eth0, { family: 4, to: 'default' }) };
  const byNone = { ...routeOf(web, undefined, { family: 4, to: '10.9.0.0/16', kind: 'blackhole' }) };
  test.each([
    ["is its device's", byEth0, PROTOCOL, 'shop'],
    ["else its namespace's", byNone, PROTOCOL, 'lab'],
    ['nobody for any other protocol', byEth0, 3, undefined],
  ])('%s', (_, it, protocol, owner) => {
    const found = { ...it, attrs: { ...it.attrs, protocol } };
    expect(route.owner?.(found, [eth0, lo, found], 'shop')).toBe(owner);
  });
});

describe('an IPv6 route by the source', () => {
  const eth0 = device(web, 'eth0', { kind: 'veth', up: true });
  const [near, far] = [address(eth0, 'fd00::7/64'), address(eth0, 'fd01::7/64')];
  const found = routeOf(web, eth0, { family: 6, to: 'fd09::/64', via: 'fd00::1', src: 'fd01::7' });
  const lost = (before: object, after = far): boolean | undefined => {
    const { type, key, id, on } = after;
    const change: Change = { action: 'update', type, key, id, on, fields: [], before: { ...after, ...before }, after };
    return route.lostBy?.(found, change);
  };

  test('needs that beside the address by which its gateway is reached', () =>
    expect(route.relate?.([found, near, far], []).get(found.key)?.needs).toEqual([
      { ref: near.key },
      { ref: far.key },
    ]));

  test('is made again where that is made anew for what it lacks, and nowhere else', () => {
    expect(lost({ lacks: 'its route to fd01::/64' })).toBe(true);
    expect(lost({})).toBe(false);
    expect(lost({ lacks: 'its route to fd00::/64' }, near)).toBe(false);
  });
});

test.each([
  ['a user made', 3, true],
  ['the kernel makes', 2, false],
  ['a router announces', 9, false],
  ['zebra learned by BGP', 186, false],
  ['FRR has by OSPF', 188, false],
  ['FRR was configured with', 196, false],
  ['BIRD learned', 12, false],
])('one that %s is made again by us, where its device was lost: %j %j', (_, protocol, ours) => {
  const eth0 = device(web, 'eth0', { kind: 'veth' });
  const made = routeOf(web, eth0, { family: 4, to: '10.9.0.0/16', via: '10.0.0.1' });
  expect(route.comesAlong?.({ ...made, attrs: { ...made.attrs, protocol } })).toBe(!ours);
});
