import { expect, test } from 'vitest';
import { behind } from './last-gateway.js';

const nic = (name: string, more: object = {}) => ({ network: 'lan', name, ...more });
const first = nic('eth1', { address: ['10.0.0.2/24'], gateway: ['10.0.0.1', 'fd00::1'] });
const NOBODY: ReadonlySet<string> = new Set();

const waiting = (metric: number, via = '10.0.0.1') => ({ to: 'default', via, metric });

test('a nic keeps what is of the other family, and its default route waits', () =>
  expect(behind({ networks: [first] }, nic('eth2', { gateway: ['10.1.0.1'] }), NOBODY)).toEqual([
    { ...first, gateway: ['fd00::1'], routes: [waiting(4096)] },
  ]));

test('the one that was the way out last waits before the others', () => {
  const old = nic('eth1', { address: ['10.0.0.2/24'], gateway: 'none', routes: [waiting(4096)] });
  const last = nic('eth2', { address: '10.1.0.2/24', gateway: '10.1.0.1' });
  expect(behind({ networks: [old, last] }, nic('eth3', { gateway: ['10.2.0.1'] }), NOBODY)).toEqual([
    { ...last, gateway: 'none', routes: [waiting(4095, '10.1.0.1')] },
  ]);
});

test('a gateway outside the subnet keeps the route to it', () => {
  const outside = nic('eth1', { address: ['10.9.9.9/32'], gateway: ['10.0.0.1'] });
  expect(behind({ networks: [outside] }, nic('eth2', { gateway: ['10.1.0.1'] }), NOBODY)[0]?.['routes']).toEqual([
    { to: '10.0.0.1/32' },
    waiting(4096),
  ]);
});

test.each([
  ['of a nic without a gateway', nic('eth2'), NOBODY],
  ['of itself', nic('eth1', { gateway: ['10.0.0.3'] }), NOBODY],
  ['of one that is gone', nic('eth2', { gateway: ['10.1.0.1'] }), new Set(['eth1'])],
])('nothing makes way: %s', (_, asked, gone) => expect(behind({ networks: [first] }, asked, gone)).toEqual([]));
