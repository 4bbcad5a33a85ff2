import { expect, test } from 'vitest';
import {
  groupDeletion,
  groupJoining,
  linkNumber,
  linkQuestion,
  namespaceNumber,
  namespaceQuestion,
  solicitation,
} from './questions.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const NO_LINK = '00000000000000000000000000000000';

// On a little-endian machine.
test.each([
  [
    'the device of a name, without its statistics',
    linkQuestion('eth0'),
    18,
    `${NO_LINK} 0900 0300 65746830 00000000 0800 1d00 08000000`,
  ],
  ['a whole group', groupDeletion(77), 17, `${NO_LINK} 0800 1b00 4d000000`],
  ['a device that joins a group', groupJoining(9, 77), 16, '00000000 09000000 00000000 00000000 0800 1b00 4d000000'],
  ['the namespace behind a descriptor', namespaceQuestion(5), 90, '00000000 0800 0300 05000000'],
])('%s', (_, { type, flags, body }, expected, words) =>
  expect({ type, flags, body: hex(body) }).toEqual({ type: expected, flags: 0, body: hex(bytes(words)) }),
);

test('who has an address is asked once, and not remembered', () => {
  const asked = solicitation(7, '10.0.0.2/24').map((it) => ({ ...it, body: hex(it.body) }));
  const address = '08000100' + '0a000002';
  expect(asked).toEqual([
    { type: 28, flags: 0x600, body: '02000000' + '07000000' + '0000' + '01' + '00' + address }, // NTF_USE
    { type: 29, flags: 0, body: '02000000' + '07000000' + '0000' + '00' + '00' + address },
  ]);
});

test.each([
  ['its number', 88, '00000000 0800 0100 07000000', 7],
  ['none was given', 88, '00000000 0800 0100 ffffffff', undefined],
  ['nothing is said', 88, '00000000', undefined],
  ['another message', 16, '00000000 0800 0100 07000000', undefined],
])('the number of a namespace: %s', (_, type, body, expected) =>
  expect(namespaceNumber({ type, body: bytes(body) })).toBe(expected),
);

test('the number of a device', () => {
  const body = bytes('00000000 09000000 00000000 00000000');
  expect(linkNumber({ type: 16, body })).toBe(9);
  expect(linkNumber({ type: 2, body })).toBeUndefined();
});
