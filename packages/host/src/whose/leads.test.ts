import { device, type RawObserved, ref } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { deviceNamed, isWanted, leadOf, wantedNumbers } from './leads.js';

const host = { host: 'local' };
const found = (it: RawObserved, raw: Readonly<Record<string, unknown>>): RawObserved => ({ ...it, raw });

const br0 = found(device(host, 'br0', { kind: 'bridge' }), { ifindex: 2 });
const port = found(device(host, 'p0', { kind: 'veth', master: ref(br0), altnames: ['the-long-name-of-p0'] }), {
  ifindex: 3,
  link: 2,
  linkNetnsid: 7,
});
const other = found(device(host, 'v0', { kind: 'veth' }), { ifindex: 4, link: 2, linkNetnsid: 8 });
const all = [br0, port, other];

describe('a device by its name', () => {
  test('or another that it has', () => {
    expect(deviceNamed('p0', all)).toBe(port);
    expect(deviceNamed('the-long-name-of-p0', all)).toBe(port);
  });

  test('that there is not, with the nearest', () =>
    expect(() => deviceNamed('br1', all)).toThrow(
      expect.objectContaining({
        code: 'PW_NO_SUCH_DEVICE',
        exit: 2,
        message: expect.stringContaining('"br0"') as string,
      }) as Error,
    ));

  test('that another machine does not have', () =>
    expect(() => deviceNamed('br1', all, 'h1')).toThrow(
      expect.objectContaining({
        message: 'Host "h1" has no device "br1". Did you mean "br0"?',
        fix: 'Type `pipewright whose br0 --host h1`.',
      }) as Error,
    ));
});

test('only the namespaces that a device leads to are read, of a bridge those of its ports', () => {
  expect([...wantedNumbers(all, other)]).toEqual([8]);
  expect([...wantedNumbers(all, br0)]).toEqual([7]);
  expect([...wantedNumbers(all, undefined)]).toEqual([7, 8]);
});

test('a namespace without a number leads nowhere, one of which nobody knows may', () => {
  expect([7, 8, null, undefined].map((it) => isWanted(it, new Set([7])))).toEqual([true, false, false, true]);
  expect(isWanted(undefined, new Set())).toBe(false);
});

test('what a device leads to', () => {
  expect(leadOf(port)).toEqual({ ifindex: 3, link: 2, namespace: 7 });
  expect(leadOf(br0)).toEqual({ ifindex: 2, link: undefined, namespace: undefined });
});
