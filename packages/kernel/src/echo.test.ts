import { describe, expect, test } from 'vitest';
import { echoRequest, readEcho } from './echo.js';

const NUMBERS = { id: 0x1234, sequence: 7 };
const IPV4 = [0x45, ...Array.from({ length: 8 }, () => 0), 1, ...Array.from({ length: 10 }, () => 0)];
const IPV6 = [0x60, 0, 0, 0, 0, 64, 58, ...Array.from({ length: 33 }, () => 0)];

/** As the kernel hands it on: of IPv4 with its header. */
const packet4 = (...message: readonly number[]) => Uint8Array.from([...IPV4, ...message]);
const packet6 = (...message: readonly number[]) => Uint8Array.from(message);
const request = (family: 4 | 6) => [...echoRequest(family, NUMBERS)];
const reply = (family: 4 | 6) => [family === 4 ? 0 : 129, ...request(family).slice(1)];

test('a request is as long as that of ping(8), its checksum right', () => {
  const bytes = echoRequest(4, NUMBERS);
  expect(Buffer.from(bytes.subarray(0, 8)).toString('hex')).toBe('0800e5c4' + '1234' + '0007');
  expect(bytes).toHaveLength(64);
  expect(Buffer.from(echoRequest(6, NUMBERS).subarray(0, 8)).toString('hex')).toBe('80000000' + '1234' + '0007');
});

test('a reply', () => {
  expect(readEcho(4, packet4(...reply(4)))).toEqual(NUMBERS);
  expect(readEcho(6, packet6(...reply(6)))).toEqual(NUMBERS);
});

describe('an error is that of the request in it', () => {
  const error4 = (type: number, code: number, asked: readonly number[]) =>
    readEcho(4, packet4(type, code, 0, 0, 0, 0, 0, 0, ...asked));
  const error6 = (type: number, code: number, asked: readonly number[]) =>
    readEcho(6, packet6(type, code, 0, 0, 0, 0, 0, 0, ...asked));

  test.each([
    [3, 1, 'Destination Host Unreachable'],
    [3, 13, 'Packet filtered'],
    [3, 99, 'Dest Unreachable, Bad Code: 99'],
    [11, 0, 'Time to live exceeded'],
  ])('ICMP %i %i: %s', (type, code, error) =>
    expect(error4(type, code, [...IPV4, ...request(4)])).toEqual({ ...NUMBERS, error }),
  );

  test.each([
    [1, 3, 'Destination unreachable: Address unreachable'],
    [1, 5, 'Destination unreachable: Unknown code 5'],
    [3, 0, 'Time exceeded: Hop limit'],
  ])('ICMPv6 %i %i: %s', (type, code, error) =>
    expect(error6(type, code, [...IPV6, ...request(6)])).toEqual({ ...NUMBERS, error }),
  );

  test('though it holds no more than its first 8 bytes', () =>
    expect(error4(3, 1, [...IPV4, ...request(4).slice(0, 8)])).toMatchObject(NUMBERS));

  test('with options in its IP header', () =>
    expect(error4(3, 1, [0x46, ...IPV4.slice(1), 0, 0, 0, 0, ...request(4)])).toMatchObject(NUMBERS));

  test("and is nobody else's", () => {
    const udp = [...IPV4.slice(0, 9), 17, ...IPV4.slice(10)];
    for (const asked of [[], [...IPV4, ...reply(4)], [...udp, ...request(4)], [...IPV4, ...request(4).slice(0, 7)]])
      expect(error4(3, 1, asked)).toBeUndefined();
    expect(error6(1, 3, [...IPV6.slice(0, 6), 17, ...IPV6.slice(7), ...request(6)])).toBeUndefined();
  });
});

test('what is neither', () => {
  for (const it of [packet4(...request(4)), packet4(5, 0, ...request(4)), packet4(), packet4(0, 0)])
    expect(readEcho(4, it)).toBeUndefined();
  for (const it of [packet6(...request(6)), packet6(135, 0, 0, 0), packet6()]) expect(readEcho(6, it)).toBeUndefined();
});
