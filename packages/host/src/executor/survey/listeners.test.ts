import { expect, test } from 'vitest';
import { readListeners } from './listeners.js';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const FILES: Readonly<Record<string, readonly string[]>> = {
  '/proc/net/tcp': [
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
    '   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1',
  ],
  '/proc/net/tcp6': [
    '   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 3 1',
    '   1: 000000FD000000000000000002000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4 1',
  ],
  '/proc/net/udp': ['  99: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5 2 0'],
};

test('sockets that wait, with their addresses; not those that talk to somebody', () =>
  expect(readListeners((path) => [HEAD, ...(FILES[path] ?? []), ''].join('\n'))).toEqual([
    { protocol: 'tcp', family: 4, port: 8080, ip: '127.0.0.1' },
    { protocol: 'tcp', family: 6, port: 80, ip: null },
    { protocol: 'tcp', family: 6, port: 81, ip: 'fd00::2' },
    { protocol: 'udp', family: 4, port: 53, ip: null },
  ]));

test('a kernel without one of the files has nobody there', () => expect(readListeners(() => '')).toEqual([]));
