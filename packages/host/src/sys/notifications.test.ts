import { expect, test } from 'vitest';
import { Notifications } from './notifications.js';
import { type Syscalls, SyscallError } from './syscalls.js';

/** A kernel whose socket holds these: bytes of a message, or what a call fails with. */
function kernel(held: (number | SyscallError)[]) {
  const options: (readonly [number, number])[] = [];
  const sys = {
    socket: () => 3,
    setsockopt: (_fd: number, _level: number, option: number, value: number) => void options.push([option, value]),
    send: () => undefined,
    recvNow: () => {
      const next = held.shift();
      if (next instanceof SyscallError) throw next;
      return next;
    },
  };
  return { options, held, notifications: new Notifications(sys as unknown as Syscalls) };
}

test('what came since it was asked last was heard, once, however much it was', () => {
  const { held, notifications } = kernel([40, 60, 80]);
  expect([notifications.heard(), notifications.heard()]).toEqual([true, false]);
  held.push(40);
  expect([notifications.heard(), notifications.heard()]).toEqual([true, false]);
});

test('what there was no room for was heard, too; what else fails fails', () => {
  const { held, notifications } = kernel([new SyscallError('recv', 105, 'ENOBUFS')]);
  expect([notifications.heard(), notifications.heard()]).toEqual([true, false]);
  held.push(new SyscallError('recv', 9, 'EBADF'));
  expect(() => notifications.heard()).toThrow('recv: EBADF');
});

test('it listens to all namespaces that have a number here', () => {
  expect(kernel([]).options).toContainEqual([8, 1]);
});
