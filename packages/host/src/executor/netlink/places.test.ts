import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Namespaces } from '../../sys/namespaces.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { Places } from './places.js';

test('room for the descriptors of many namespaces is made once, and none for those of a few', () => {
  const rooms: number[] = [];
  const calls: Partial<Syscalls> = {
    socket: () => openSync('/dev/null', 'r'),
    setsockopt: () => undefined,
    makeRoom: (_fd, most) => void rooms.push(most),
  };
  const places = new Places(calls as Syscalls, new Namespaces(calls as Syscalls));
  for (const nodes of [3, 200, 200, 10, 1000]) places.expect(nodes);
  places.host.close();
  expect(rooms).toEqual([464, 2064]);
});
