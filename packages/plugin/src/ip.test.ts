import fc from 'fast-check';
import { Address4 } from 'ip-address';
import { expect, test } from 'vitest';
import { formatIp, networkOf, parseCidr, parseIp, usable } from './ip.js';

test.each([
  ['10.0.0.1/24', { family: 4, address: '10.0.0.1', prefix: 24, value: 0x0a000001n }],
  ['0.0.0.0/0', { family: 4, address: '0.0.0.0', prefix: 0, value: 0n }],
  ['255.255.255.255/32', { family: 4, address: '255.255.255.255', prefix: 32, value: 0xffffffffn }],
  ['FD00:0::1/64', { family: 6, address: 'fd00::1', prefix: 64, value: 0xfd00n * 2n ** 112n + 1n }],
])('%s is understood', (text, expected) => {
  expect(parseCidr(text)).toEqual(expected);
});

test.each([
  '10.0.0.1',
  '10.0.0.256/24',
  '010.0.0.1/24',
  '10.1/16',
  '0x7f.0.0.1/8',
  '10.0.0.1/33',
  '10.0.0.1/',
  ' 10.0.0.1/8',
  'fe80::1%eth0/64',
  'fd00::/129',
])('%s is no address with a prefix length', (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

test('an address alone has the whole prefix', () => {
  expect(parseIp('10.0.0.1')).toMatchObject({ prefix: 32 });
  expect(parseIp('10.0.0.1/24')).toBeUndefined();
});

test('every IPv4 address is read as ip-address reads it, and written back', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(32), (value, prefix) => {
      const text = formatIp(4, BigInt(value));
      expect(text).toBe(Address4.fromBigInt(BigInt(value)).correctForm());
      expect(parseCidr(`${text}/${prefix}`)).toEqual({ family: 4, address: text, prefix, value: BigInt(value) });
    }),
  );
});

test.each([
  ['::ffff:10.0.0.9', '::ffff:10.0.0.9'],
  ['::ffff:a00:9', '::ffff:10.0.0.9'],
  ['::ffff:0:0', '::ffff:0.0.0.0'],
  ['::102:304', '::1.2.3.4'],
  ['::5', '::5'],
  ['::ffff', '::ffff'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('%s is written as `ip` does, %s', (text, expected) => {
  const parsed = parseIp(text);
  expect(parsed?.address).toBe(expected);
  expect(parsed && formatIp(6, parsed.value)).toBe(expected);
});

test('a subnet and who may be in it', () => {
  const subnet = parseCidr('10.0.0.7/24');
  expect(subnet && networkOf(subnet)).toBe('10.0.0.0/24');
  expect(subnet && usable(subnet)).toEqual({ first: 0x0a000001n, last: 0x0a0000fen });
});
