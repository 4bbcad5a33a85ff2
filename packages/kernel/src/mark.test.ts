import { describe, expect, test } from 'vitest';
import { groupOf, isSharedMark, markOf, movedMark, parseMark, SHARED_GROUP, sharedMark } from './mark.js';

test('a mark is read back', () => {
  expect(markOf('shop', 'web/eth0')).toBe('pipewright:shop:web/eth0');
  expect(parseMark(markOf('shop', 'front:a.b+c'))).toEqual({ topology: 'shop', id: 'front:a.b+c' });
});

test.each([
  'uplink',
  'pipewright::bridge',
  'pipewright:shop',
  'pipewright:shop:a b',
  ' pipewright:shop:a',
  'pipewright:shop:a\n',
  undefined,
  7,
])('%j is none', (alias) => expect(parseMark(alias)).toBeUndefined());

test.each([
  ['shop', 'web eth0'],
  ['shop', 'a\nlink del dev eth0'],
  ['a:b', 'web'],
  ['shop', ''],
])('%j %j is refused', (topology, id) =>
  expect(() => markOf(topology, id)).toThrow(expect.objectContaining({ code: 'PW_BAD_MARK' })),
);

test('what was moved knows what it was called', () => {
  const mark = markOf('shop', 'web/eth1');
  expect(parseMark(movedMark(mark, 'enp3s0f0'))).toEqual({ topology: 'shop', id: 'web/eth1', was: 'enp3s0f0' });
  expect(movedMark(markOf('shop', 'n'.repeat(300)), 'eth0')).toMatch(/^.{250}=eth0$/);
});

describe('what is shared', () => {
  test('has a mark without a topology', () => {
    expect(sharedMark('bridge')).toBe('pipewright::bridge');
    expect(isSharedMark(sharedMark('bridge'))).toBe(true);
    expect(parseMark(sharedMark('bridge'))).toBeUndefined();
  });

  test.each(['pipewright:shop:front', 'pipewright::', 'pipewright::a b', 'uplink', undefined])('%j is none', (alias) =>
    expect(isSharedMark(alias)).toBe(false),
  );

  test("is in no topology's group", () => expect(SHARED_GROUP).not.toBe(groupOf('adhoc')));
});

describe('a mark too long for an alias', () => {
  const [one, other] = ['1', '2'].map((end) => markOf('t'.repeat(63), `${'n'.repeat(63)}/${'e'.repeat(126)}${end}`));
  test('is cut to what the kernel keeps', () => expect(one).toHaveLength(255));
  test('still tells things apart', () => expect(one).not.toBe(other));
  test('still names its topology', () => expect(parseMark(one)?.topology).toBe('t'.repeat(63)));
});

test('a group is a positive 31-bit number, and differs from topology to topology', () => {
  const groups = Array.from({ length: 1000 }, (_, index) => groupOf(`t${String(index)}`));
  expect(groups.every((it) => Number.isInteger(it) && it >= 1 && it <= 2 ** 31 - 1)).toBe(true);
  expect(new Set(groups).size).toBe(1000);
});
