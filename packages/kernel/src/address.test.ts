import { address as addressOf, type Change, device } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { address } from './address.js';

const web = { host: 'local', node: 'web' };
const dev = { ref: 'device:local/web/eth0' };

// ip -j -d -N addr show, iproute2 6.1
const ANSWER =
  JSON.parse(`[{"ifname":"lo","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"254","label":"lo"},{"family":"inet6","local":"::1","prefixlen":128,"scope":"254"}]},
{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.0.0.2","prefixlen":24,"scope":"0","label":"eth0"},{"family":"inet","local":"10.0.0.3","prefixlen":24,"scope":"0","secondary":true,"label":"eth0"},{"family":"inet6","local":"fd00::2","prefixlen":64,"scope":"0","nodad":true},{"family":"inet6","local":"fe80::ff:fe00:3","prefixlen":64,"scope":"253"},{"family":"inet6","local":"fe80::5","prefixlen":64,"scope":"253","nodad":true}]},{"ifname":"x0","addr_info":[]},{}]`) as unknown;

test("reads all but the kernel's own; a secondary address goes with its primary", () =>
  expect(address.parse([ANSWER], { on: web, nodes: [], deviceKind: () => undefined })).toEqual([
    { attrs: { address: '10.0.0.2/24', dev }, within: [dev] },
    { attrs: { address: '10.0.0.3/24', dev }, within: [dev, { ref: 'address:local/web/eth0 10.0.0.2/24' }] },
    { attrs: { address: 'fd00::2/64', dev }, within: [dev] },
    { attrs: { address: 'fe80::5/64', dev }, within: [dev] },
  ]));

test('in which order two of one subnet came is nothing that they are', () => {
  const read = (...locals: readonly string[]) => {
    const addresses = locals.map((local, index) => ({ local, prefixlen: 24, secondary: index > 0 }));
    const answer = [{ ifname: 'eth0', addr_info: addresses }];
    const found = address.parse([answer], { on: web, nodes: [], deviceKind: () => undefined });
    return new Set(found.map(({ attrs }) => JSON.stringify(attrs)));
  };
  expect(read('10.0.0.2', '10.0.0.3')).toEqual(read('10.0.0.3', '10.0.0.2'));
});

const eth0 = device(web, 'eth0', { kind: 'veth' });

test.each(['10.0.0.2/24', 'fd00::2/64'])('%s: the name is the one its constructor gives', (cidr) => {
  const it = addressOf(eth0, cidr);
  expect(it.key).toBe(`address:local/web/${address.name(it.attrs)}`);
});

test.each([
  ['10.0.0.2/24', { address: '10.0.0.2/24', dev }],
  ['fd00::2/64', { address: 'fd00::2/64', dev, nodad: true }],
])('%s is usable at once', (cidr, attrs) => {
  const after = addressOf(eth0, cidr);
  const change: Change<typeof after.attrs> = {
    action: 'create',
    type: 'address',
    key: after.key,
    id: after.id,
    on: web,
    fields: [],
    after,
  };
  expect(address.write(change, { role: 'alone' })).toEqual([
    { op: 'netlink', on: web, object: 'address', verb: 'replace', attrs },
  ]);
});

test('an IPv6 address that a router gave for a time is not given back: it comes again', () => {
  const read = (more: object) => {
    const row = { family: 'inet6', local: 'fd00::2', prefixlen: 64, ...more };
    const answer = [{ ifname: 'eth0', addr_info: [row] }];
    return address.parse([answer], { on: web, nodes: [], deviceKind: () => undefined })[0];
  };
  const lost = (more: object) => ({ ...addressOf(eth0, 'fd00::2/64'), ...read(more) });
  const nothing = { get: () => undefined, on: () => [] };
  expect(address.giveBack?.(lost({}), nothing)).toEqual(lost({}));
  expect(address.giveBack?.(lost({ dynamic: true }), nothing)).toBeUndefined();
});
