import { exec, type Op } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { isUndone } from './undone.js';

const on = { host: 'local' };
const removal = exec(on, 'iptables', '-w', '5', '-D', 'DOCKER-USER', '-i', 'br0', '-j', 'ACCEPT');
const creation = exec(on, 'iptables', '-w', '5', '-I', 'DOCKER-USER', '-i', 'br0', '-j', 'ACCEPT');

const tap: Op = { op: 'tuntap', on, device: 'tap0', words: ['mode', 'tap'] };

// iptables 1.8.9, nft and legacy
test.each([
  ['the rule is gone', removal, 'iptables: Bad rule (does a matching rule exist in that chain?).', true],
  ['its chain is gone', removal, 'iptables: No chain/target/match by that name.', true],
  ['it may not be removed', removal, 'iptables v1.8.9 (nf_tables): Permission denied (you must be root)', false],
  ['one that cannot come back', creation, 'iptables: No chain/target/match by that name.', false],
  ['another program says so', exec(on, 'ipset', '-D', 'x'), 'iptables: No chain/target/match by that name.', false],
  ['a tap is there', tap, 'ioctl(TUNSETIFF): Device or resource busy', true],
  ['a tap that may not be made', tap, 'ioctl: Operation not permitted', false],
])('%s', (_, op, message, done) => expect(isUndone(op, message)).toBe(done));
