import { type Attrs, type Change, device, deviceKind, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { faultOf } from './fault-of.js';

const truth = { schema: z.boolean(), class: 'in-place', netlink: { type: 1, layout: 'u8' } } as const;
const box = deviceKind({
  kind: 'box',
  attributes: {
    locked: { ...truth, word: 'lock_state', initial: false, config: 'CONFIG_BOX_LOCKS' },
    red: { ...truth, word: 'red' },
  },
  whyRefused: ({ red }, words) => (red === true && words === 'Invalid argument' ? 'another is red' : undefined),
});
const kinds = { get: (kind: string) => (kind === 'box' ? box : undefined) };

const making = (attrs: Attrs, host = 'local'): Change => {
  const after = device({ host }, 'b0', { kind: 'box', ...attrs });
  const { type, key, id, on } = after;
  return { action: 'create', type, key, id, on, fields: [], after };
};

test.each([
  ['an option', { locked: true, red: true }, 'Operation not supported', 'PW_KERNEL_LACKS_OPTION'],
  [
    'an option, as iproute2 says it',
    { locked: true },
    'RTNETLINK answers: Operation not supported',
    'PW_KERNEL_LACKS_OPTION',
  ],
  ['no option: as it is by itself', { locked: false }, 'Operation not supported', 'PW_APPLY_FAILED'],
  ['no option: every kernel has it', { red: true }, 'Operation not supported', 'PW_APPLY_FAILED'],
  ['no option: something else is wrong', { locked: true }, 'File exists', 'PW_APPLY_FAILED'],
  ['the kind', { locked: true }, 'Error: Unknown device type.', 'PW_KERNEL_LACKS_KIND'],
])('the kernel lacks %s', (_, attrs, words, code) => expect(faultOf([making(attrs)], words, kinds).code).toBe(code));

test('what the kernel was built without is named', () =>
  expect(faultOf([making({ locked: true })], 'Operation not supported', kinds)).toMatchObject({
    message: expect.stringContaining('does not know lock_state of devices of kind box') as string,
    fix: expect.stringContaining('CONFIG_BOX_LOCKS=y') as string,
  }));

test('what may be behind words that say little, its kind knows', () => {
  const message = (attrs: Attrs) => faultOf([making(attrs)], 'Invalid argument', kinds).message;
  expect(message({ red: true })).toContain('failed: Invalid argument: another is red.');
  expect(message({ red: false })).toContain('failed: Invalid argument.');
});

test.each([
  ['host', undefined, 'net.ipv6.conf.default.disable_ipv6=0'],
  ['node', 'web', 'web has IPv6'],
])('IPv6 that is switched off on the %s is a parameter to set', (_, node, words) => {
  const it = making({});
  const on = { host: 'local', ...(node === undefined ? {} : { node }) };
  expect(faultOf([{ ...it, on }], 'ipv6: IPv6 is disabled on this device', kinds)).toMatchObject({
    code: 'PW_IPV6_DISABLED',
    fix: expect.stringContaining(words) as string,
  });
});

test('what is so already is not what the kernel lacks', () => {
  const { after, ...it } = making({ locked: true, red: true });
  const change = { ...it, action: 'update', before: after, after } as Change;
  expect(faultOf([change], 'Operation not supported', kinds).code).toBe('PW_APPLY_FAILED');
});

test('what failed on another host is said to be there', () =>
  expect(faultOf([making({}), making({}, 'h1')], 'File exists', kinds).message).toMatch(
    /^create of device b0, create of device b0 on h1 failed: File exists/,
  ));
