import { type NetlinkOp, netlink } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { decodeAcknowledgement } from './acknowledgement.js';
import { encodeNetlink } from './encode.js';
import { explain } from './explain.js';
import { FLAG } from './numbers.js';

const CAPPED = FLAG.capped | FLAG.extended;
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));
/** An error number and the header of the refused request, of 36 bytes. */
const refused = (errno: number): string =>
  `${Buffer.from(Int32Array.of(-errno).buffer).toString('hex')} 24000000 10000506 01000000 00000000`;
const TEXT = '0c000100 4e6f206b65790000'; // "No key"
const OFFSET = '08000200 20000000';

describe('an acknowledgement', () => {
  test.each([
    ['success', '00000000 24000000 10000506 01000000 00000000', FLAG.capped, { errno: 0 }],
    ['a warning with success', `${refused(0)} ${TEXT}`, CAPPED, { errno: 0, message: 'No key' }],
    ['an error without a word', refused(17), FLAG.capped, { errno: 17 }],
    [
      'an error with text and place',
      `${refused(22)} ${TEXT} ${OFFSET}`,
      CAPPED,
      { errno: 22, message: 'No key', offset: 32 },
    ],
    [
      'one that repeats the request',
      `${refused(22)} ${'00'.repeat(20)} ${TEXT}`,
      FLAG.extended,
      { errno: 22, message: 'No key' },
    ],
    ['of which nobody said that there is more', `${refused(22)} ${'00'.repeat(20)}`, 0, { errno: 22 }],
  ])('%s', (_, hex, flags, expected) => expect(decodeAcknowledgement(bytes(hex), flags)).toEqual(expected));
});

const host = { host: 'local' };
const context = { deviceKind: () => undefined, index: () => 2, netns: () => 3, found: () => 2 };
const eth0 = { ref: 'device:local//eth0' };
const bridge = netlink(host, 'link', 'add', { name: 'br0', kind: 'bridge', mac: '02:00:00:00:00:01', mtu: 70000 });
const route = netlink(host, 'route', 'replace', {
  family: 4,
  kind: 'unicast',
  to: '10.0.0.0/8',
  via: '10.0.0.1',
  dev: eth0,
  table: 254,
  metric: 0,
});
const address = netlink(host, 'address', 'replace', { address: '10.0.0.1/24', dev: eth0 });
const rule = netlink(host, 'rule', 'add', { family: 4, priority: 7, iif: 'eth0', table: 9 });
const neighbour = netlink(host, 'neighbour', 'replace', { to: '10.0.0.1', mac: '02:00:00:00:00:01', dev: eth0 });
const altname = netlink(host, 'link', 'set', { name: 'br0', altnames: ['one'] });

const CASES: readonly (readonly [NetlinkOp, Parameters<typeof explain>[0], string])[] = [
  [bridge, { errno: 17 }, 'File exists'],
  [bridge, { errno: 95, message: 'Unknown device type' }, 'Unknown device type'],
  [bridge, { errno: 9999 }, 'Unknown error 9999'],
  [bridge, { errno: 22, message: 'No', offset: 32 }, 'No (address)'],
  [bridge, { errno: 22, offset: 44 }, 'Invalid argument (mtu)'],
  [bridge, { errno: 22, offset: 51 }, 'Invalid argument (mtu)'],
  [bridge, { errno: 22, offset: 52 }, 'Invalid argument (name)'],
  [bridge, { errno: 22, offset: 64 }, 'Invalid argument (type bridge)'],
  [altname, { errno: 17, offset: 36 }, 'File exists (altname)'],
  [route, { errno: 101, message: 'Nexthop has invalid gateway', offset: 36 }, 'Nexthop has invalid gateway (via)'],
  [address, { errno: 22, message: 'ipv4: Invalid prefix length', offset: 24 }, 'ipv4: Invalid prefix length (address)'],
  [rule, { errno: 22, offset: 36 }, 'Invalid argument (iif)'],
  [neighbour, { errno: 22, offset: 36 }, 'Invalid argument (lladdr)'],
  // In the header, in the struct, behind the end: nothing that has a name.
  [bridge, { errno: 22, offset: 0 }, 'Invalid argument'],
  [bridge, { errno: 22, offset: 20 }, 'Invalid argument'],
  [bridge, { errno: 22, offset: 4000 }, 'Invalid argument'],
];

test.each(CASES)('%j %j', (op, acknowledgement, text) => {
  const [request] = encodeNetlink(op, context);
  expect(explain(acknowledgement, request!)).toBe(text);
});

test('of a request that no op makes there is no word', () =>
  expect(explain({ errno: 1, offset: 20 }, { type: 90, flags: 0, body: new Uint8Array(8) })).toBe(
    'Operation not permitted',
  ));
