import { type CommandResult, type Commands, type DeviceAttribute, type DeviceKind, z } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { checkDevices, deviceCheck, deviceChecks, numbersOf } from './devices.js';

const ended = (code: number, stderr = ''): CommandResult => ({ code, stderr, stdout: '' });
const UNKNOWN = 'Error: Unknown device type.';

test('a kind of device is known where the kernel makes it or only asks for more', () => {
  const asked = [
    ended(0),
    ended(255, 'vxlan: id is required'),
    ended(2, UNKNOWN),
    ended(2, 'RTNETLINK answers: Operation not supported'),
  ];
  expect(asked.map((it) => deviceCheck('x', it, false).ok)).toEqual([true, true, false, false]);
});

test('one kind that cannot be made is no end; none at all is', () => {
  const [good, bad] = [deviceCheck('a', ended(0), false), deviceCheck('b', ended(2, UNKNOWN), false)];
  expect(deviceChecks([good, bad]).map((it) => it.essential)).toEqual([false, false]);
  expect(deviceChecks([bad]).map((it) => it.essential)).toEqual([true]);
});

const attribute = (word: string, schema: z.ZodType, more: Partial<DeviceAttribute> = {}): DeviceAttribute => ({
  schema,
  class: 'fixed',
  word,
  netlink: { type: 1, layout: 'u32' },
  ...more,
});
const tagged: DeviceKind = {
  kind: 'tagged',
  attributes: {
    id: attribute('id', z.int().max(4094)),
    key: attribute('okey', z.int(), { write: (value) => `0x${String(value)}` }),
    mode: attribute('mode', z.enum(['private', 'bridge'])),
    ttl: attribute('ttl', z.int(), { class: 'in-place' }),
  },
};

test('what a device has for good is given a number where it takes one', () =>
  expect(numbersOf(tagged)).toEqual(['id', '1', 'okey', '0x1']));

describe('each kind is tried', () => {
  const plain = (kind: string): DeviceKind => ({ kind, attributes: {} });
  /** A kernel with `plain` devices, and `tagged` ones on them. */
  function kernel() {
    const tried: string[] = [];
    const commands: Commands = {
      run: async (argv) => {
        const words = argv.join(' ');
        tried.push(words.slice(words.lastIndexOf(argv.includes('sh') ? ' sh ' : ' type ') + 1));
        if (words.endsWith('type plain') || words.endsWith('sh plain tagged id 1 okey 0x1')) return ended(0);
        return ended(2, words.includes('tagged') ? 'Error: Link must be specified.' : UNKNOWN);
      },
    };
    return { commands, tried };
  }

  test('by itself, and else on one that could be made', async () => {
    const { commands, tried } = kernel();
    const checks = await checkDevices(commands, ['plain', 'absent'].map(plain).concat(tagged), {
      deviceKinds: new Set(['absent']),
      deviceOptions: new Set(),
    });
    expect(checks.map(({ ok, essential, detail }) => [ok, essential, detail])).toEqual([
      [true, false, 'can be made'],
      [false, true, UNKNOWN],
      [true, false, 'can be made'],
    ]);
    expect(tried).toEqual(['type plain', 'type absent', 'type tagged', 'sh plain tagged id 1 okey 0x1']);
  });

  test('one of /dev/net/tun by that, and none is made on it', async () => {
    const tried: string[] = [];
    const commands: Commands = {
      run: async (argv) => {
        tried.push(argv.slice(2).join(' '));
        return argv.includes('tuntap') ? ended(0) : ended(2, 'Error: Link must be specified.');
      },
    };
    await checkDevices(commands, [{ ...plain('tun'), tuntap: true }, tagged], {
      deviceKinds: new Set(),
      deviceOptions: new Set(),
    });
    expect(tried).toEqual(['ip tuntap add dev pw-probe mode tap', 'ip link add name pw-probe type tagged']);
  });

  test('with what a kernel may have been built without', async () => {
    const option = (word: string, initial: boolean) =>
      attribute(word, z.boolean(), { class: 'in-place', initial, config: `CONFIG_${word.toUpperCase()}` as const });
    const kind = { kind: 'plain', attributes: { some: option('some', false), other: option('other', true) } };
    const commands: Commands = {
      run: async (argv) => (argv.at(-2) === 'some' ? ended(2, 'Error: Operation not supported.') : ended(0)),
    };
    const needs = { deviceKinds: new Set<string>(), deviceOptions: new Set(['plain some']) };
    const checks = await checkDevices(commands, [kind], needs);
    expect(checks.map(({ name, ok, essential, fix }) => [name, ok, essential, fix])).toEqual([
      ['devices of kind plain', true, false, undefined],
      ['some of kind plain', false, true, 'use a kernel that was built with CONFIG_SOME=y'],
      ['other of kind plain', true, false, undefined],
    ]);
  });
});
