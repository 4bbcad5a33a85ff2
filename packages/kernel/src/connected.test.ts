import { address as addressOf, device, type Observed, resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { address } from './address.js';
import { connectedRoute } from './connected.js';

const web = { host: 'local', node: 'web' };
const eth0 = device(web, 'eth0', { kind: 'veth', up: true });
const declared = (cidr: string, on = eth0) => addressOf(on, cidr);
const written = (before: object, after: object) =>
  address.write(
    { action: 'update', type: 'address', key: '', id: '', on: web, fields: [], before, after } as never,
    { role: 'alone' } as never,
  );

test.each([
  ['10.0.0.7/24', { family: 4, to: '10.0.0.0/24', src: '10.0.0.7', metric: 0 }],
  ['fd00:1::7/64', { family: 6, to: 'fd00:1::/64', metric: 256 }],
  ['fd00::7/128', { family: 6, to: 'fd00::7/128', metric: 256 }],
])('%s has the route of its subnet', (cidr, route) =>
  expect(connectedRoute(declared(cidr).attrs)).toMatchObject(route),
);

test.each(['10.0.0.7/32', 'fe80::7/64', '10.0.0.7/0', '10.0.0.7/4', 'fd00::7/0'])('%s has none of its own', (cidr) =>
  expect(connectedRoute(declared(cidr).attrs)).toBeUndefined(),
);

const lacking = (all: readonly object[], ...ours: readonly object[]) =>
  [...(address.relate?.(all as never, ours as never) ?? new Map<string, Observed>()).values()].map(
    ({ lacks }) => lacks,
  );

test('what is declared, on a device that is up, lacks the route that is not there', () => {
  const own = declared('10.0.0.7/24');
  expect(lacking([eth0, own], own)).toEqual(['its route to 10.0.0.0/24']);
  const route = resource('route', web, 'x', connectedRoute(own.attrs) ?? {});
  expect(lacking([eth0, own, route], own)).toEqual([]);
  expect(lacking([eth0, own])).toEqual([]);
  expect(lacking([device(web, 'eth0', { kind: 'veth', up: false }), own], own)).toEqual([]);
});

test('none of its own: one on the loopback, one in a VRF', () => {
  const own = declared('10.0.0.7/24');
  const lo = device(web, 'lo', { kind: 'loopback', up: true });
  expect(lacking([lo, declared('10.9.0.1/24', lo)], declared('10.9.0.1/24', lo))).toEqual([]);
  const red = device(web, 'red', { kind: 'vrf', up: true });
  const port = device(web, 'eth0', { kind: 'veth', up: true, master: { ref: red.key } });
  expect(lacking([red, port, own], own)).toEqual([]);
});

test('it gets its route after the one to itself, and undone loses it again', () => {
  const own = declared('10.0.0.7/24');
  const found = { ...own, lacks: 'its route to 10.0.0.0/24' };
  expect(written(found, own)).toMatchObject([
    { object: 'route', verb: 'replace', attrs: { kind: 'local', to: '10.0.0.7/32', table: 255 } },
    { object: 'route', verb: 'replace', attrs: { kind: 'unicast', to: '10.0.0.0/24' } },
  ]);
  expect(written(own, found)).toMatchObject([{ object: 'route', verb: 'del', attrs: { to: '10.0.0.0/24' } }]);
  expect(written(own, own)).toMatchObject([{ object: 'address', verb: 'replace' }]);
});

test('one of IPv6 is made anew, by which the kernel makes all its routes', () => {
  const own = declared('fd00::7/64');
  const found = { ...own, lacks: 'its route to fd00::/64' };
  expect(written(found, own)).toMatchObject([
    { object: 'address', verb: 'del', attrs: { address: 'fd00::7/64' } },
    { object: 'address', verb: 'replace', attrs: { address: 'fd00::7/64', nodad: true } },
  ]);
  expect(written(own, found)).toMatchObject([{ object: 'route', verb: 'del', attrs: { to: 'fd00::/64' } }]);
});

test('a secondary gets the route to itself, as that of the subnet is its primary’s', () => {
  const own = declared('10.0.0.7/24');
  const within = [own.attrs.dev, { ref: declared('10.0.0.6/24').key }];
  const found = { ...own, within, lacks: 'its route to 10.0.0.0/24' };
  expect(lacking([eth0, { ...own, within }], own)).toEqual(['its route to 10.0.0.0/24']);
  expect(written(found, own)).toMatchObject([
    { object: 'route', attrs: { kind: 'local', to: '10.0.0.7/32', src: '10.0.0.6' } },
  ]);
  expect(written(own, found)).toEqual([]);
});
