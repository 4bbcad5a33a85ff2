import { exec, netlink, type Op } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { isSo } from './undone.js';

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
])('in undoing, %s', (_, op, message, done) => expect(isSo(op, message, { undo: true })).toBe(done));

test.each([
  ['a device is gone', netlink(on, 'link', 'del', { name: 'x' }), 'No such device', true],
  ['iproute2 does not find it', netlink(on, 'link', 'del', { name: 'x' }), 'Cannot find device "x"', true],
  ['it may not be removed', netlink(on, 'link', 'del', { name: 'x' }), 'Operation not permitted', false],
  ['one that is to change is gone', netlink(on, 'link', 'set', { name: 'x' }), 'No such device', false],
  ['what was on it is', netlink(on, 'route', 'del', {}), 'Cannot find device "x"', false],
  ['the rule is gone', removal, 'iptables: Bad rule (does a matching rule exist in that chain?).', false],
])('in doing, %s', (_, op, message, done) => expect(isSo(op, message, { undo: false })).toBe(done));
