import { formatIp } from '@pipewright/plugin';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipv4Text, ipv6Text, macBytes, macText, prefixOf } from './address-text.js';

const text6 = (hex: string): string => ipv6Text(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0);

describe('IPv6 addresses read as inet_ntop writes them', () => {
  test.each([
    ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['fd00 0000 0000 0000 0000 0000 0000 0000', 'fd00::'],
    ['fd00 0000 0000 0000 0000 0000 0000 00ab', 'fd00::ab'],
    ['0001 0000 0000 0002 0000 0000 0000 0003', '1:0:0:2::3'],
    ['0001 0000 0000 0002 0003 0000 0000 0004', '1::2:3:0:0:4'],
    ['0001 0002 0003 0004 0005 0006 0000 0008', '1:2:3:4:5:6:0:8'],
    ['0000 0002 0003 0004 0005 0006 0007 0008', '0:2:3:4:5:6:7:8'],
    ['0000 0000 0000 0000 0000 ffff 0102 0304', '::ffff:1.2.3.4'],
    ['0000 0000 0000 0000 0000 0000 0102 0304', '::1.2.3.4'],
    ['0064 ff9b 0000 0000 0000 0000 0102 0304', '64:ff9b::102:304'],
  ])('%s is %s', (hex, text) => expect(text6(hex)).toBe(text));

  test('any other as RFC 5952 says, and back', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = ipv6Text(bytes, 0);
        if (!text.includes('.')) expect(text).toBe(formatIp(6, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)));
        expect(prefixOf(`${text}/64`)).toEqual({ family: 6, bytes, length: 64 });
      }),
    ));

  test('as do those that are mostly zero', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = new Uint8Array(groups.flatMap((it) => [it >> 8, it & 0xff]));
        expect(prefixOf(ipv6Text(bytes, 0))).toEqual({ family: 6, bytes, length: 128 });
      }),
    ));
});

test('IPv4 addresses go there and back', () =>
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }), (bytes, length) => {
      expect(prefixOf(`${ipv4Text(bytes, 0)}/${length}`)).toEqual({ family: 4, bytes, length });
    }),
  ));

test('MAC addresses go there and back', () =>
  expect(macText(macBytes('02:00:0A:ff:00:99'), 0, 6)).toBe('02:00:0a:ff:00:99'));

describe('what is no address', () => {
  const WRONG = [
    '',
    'web',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1.2',
    '0x0a.0.0.1',
    '10.0.0.1/33',
    '10.0.0.1/',
    '10.0.0.1/x',
  ];
  const WRONG6 = [
    '1:2:3',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'fd00::g',
    'fd00::1/129',
    '::1.2.3',
  ];
  test.each([...WRONG, ...WRONG6])('%j is refused', (text) =>
    expect(() => prefixOf(text)).toThrow(expect.objectContaining({ code: 'PW_NOT_ENCODABLE' })),
  );
  test.each(['', 'm1', '02:00:00:00:00:0g', '02-00-00-00-00-01'])('nor is %j a MAC address', (text) =>
    expect(() => macBytes(text)).toThrow(expect.objectContaining({ code: 'PW_NOT_ENCODABLE' })),
  );
});
