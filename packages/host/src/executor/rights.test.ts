import { exec, type EngineOp, type NamespaceOp, netlink, type Op } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { lackingIn, needRights } from './rights.js';

const host = { host: 'local' };
const status = (effective: string): string =>
  `CapPrm:\t${effective}\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`;

test.each([
  ['000001ffffffffff', []],
  ['000001ffffffefff', ['CAP_NET_ADMIN']],
  ['000001ffffdfffff', ['CAP_SYS_ADMIN']],
  ['00000000a80425fb', ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']], // what Docker leaves to root
])('with %s root lacks %j', (effective, lacking) => {
  expect(lackingIn(status(effective))).toEqual(lacking);
});

test('a kernel that tells nothing takes nothing away', () => {
  expect(lackingIn('')).toEqual([]);
});

const device = netlink(host, 'link', 'set', { name: 'br0' });
const inside = netlink({ ...host, node: 'a' }, 'link', 'set', { name: 'eth0' });
const namespace: NamespaceOp = { op: 'namespace', on: host, verb: 'add', name: 'a' };
const engine: EngineOp = {
  op: 'engine',
  on: host,
  engine: { title: 'D', variables: [], sockets: [], api: { oldest: '1.24', newest: '1.24' } },
  method: 'GET',
  path: '/',
};

test.each<[string, Op, string | undefined]>([
  ['a device of the host', device, 'CAP_NET_ADMIN'],
  ['a program', exec(host, 'nft'), 'CAP_NET_ADMIN'],
  ['a device of a node', inside, 'CAP_NET_ADMIN and CAP_SYS_ADMIN'],
  ['a namespace', namespace, 'CAP_NET_ADMIN and CAP_SYS_ADMIN'],
  ['a container, which is its engine’s work,', engine, undefined],
])('%s takes %s', (_, op, lacking) => {
  const none = () => needRights([{ on: op.on, ops: [op] }], status('0'));
  if (lacking === undefined) expect(none).not.toThrow();
  else expect(none).toThrow(`Root lacks ${lacking} here`);
  expect(() => needRights([{ on: op.on, ops: [op] }], status('000001ffffffffff'))).not.toThrow();
});
