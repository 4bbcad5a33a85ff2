import { expect, test } from 'vitest';
import { advertisement, announcement, blankAnnouncement } from './announcement.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('an ARP announcement: a request for its own address, to everybody', () =>
  expect(hex(announcement({ mac: '02:00:00:00:00:07', address: '10.0.0.7/24' }))).toBe(
    [
      'ffffffffffff',
      '020000000007',
      '0806',
      '0001080006040001',
      '020000000007',
      '0a000007',
      '000000000000',
      '0a000007',
    ].join(''),
  ));

test('an unsolicited neighbour advertisement, its checksum right, to all nodes', () => {
  const frame = announcement({ mac: '02:00:00:00:00:07', address: 'fd00::7/64' });
  expect(hex(frame.subarray(0, 22))).toBe('333300000001' + '020000000007' + '86dd' + '60000000' + '00203aff');
  const [header, body] = [frame.subarray(22, 54), frame.subarray(54)];
  expect(hex(body.subarray(4))).toBe(`20000000${'fd00000000000000' + '0000000000000007'}0201020000000007`);
  // RFC 1071: with the pseudo header in front, all 16 bit words add up to ffff.
  const summed = [...header, 0, 0, 0, body.length, 0, 0, 0, 58, ...body];
  let sum = 0;
  for (let at = 0; at < summed.length; at += 2) sum += summed[at]! * 256 + summed[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  expect(sum).toBe(0xffff);
});

test('the advertisement alone, for what puts the rest around it', () => {
  const of = { mac: '02:00:00:00:00:07', address: 'fd00::7/64' };
  expect(hex(advertisement(of))).toBe(hex(announcement(of)).slice(2 * (14 + 40)));
  expect(hex(advertisement(of))).toMatch(/^8800....20000000fd00/);
});

test.each(['10.0.0.7/24', 'fd00::7/64'])('one of %s without its MAC address, which goes where that says', (address) => {
  const { frame, blanks, checksum } = blankAnnouncement(address);
  const mac = '02:00:00:00:00:07';
  const whole = announcement({ mac, address });
  const filled = Uint8Array.from(frame);
  for (const at of blanks) filled.set(whole.subarray(6, 12), at);
  if (checksum !== undefined) filled.set(whole.subarray(checksum, checksum + 2), checksum);
  expect(filled).toEqual(whole);
});
