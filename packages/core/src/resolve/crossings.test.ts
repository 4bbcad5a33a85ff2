import { address, device, type Observed } from '@pipewright/plugin';
import { networkSpec } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { crossings } from './crossings.js';
import { HAD_NOTHING } from './in-use.js';

const here = { host: 'local' };
const on = (name: string, cidr: string, owner?: string, node?: string): Observed => ({
  ...address(device(node === undefined ? here : { ...here, node }, name, { kind: 'wire' }), cidr),
  ...(owner === undefined ? {} : { owner }),
});

const bridge = (name: string, ...addresses: readonly string[]) =>
  networkSpec({ name, addresses, device: { name: `br-${name}`, isBridge: true } });

const said = (networks: readonly ReturnType<typeof bridge>[], ...actual: readonly Observed[]): readonly string[] =>
  crossings({ topology: 't', networks }, { ...HAD_NOTHING, actual }).map(({ severity, message }) => {
    expect(severity).toBe('warning');
    return message.replace(/:.*/, '');
  });

describe('a host that a bridge puts into a subnet that it is in', () => {
  test.each<[string, Observed]>([
    ['of the same size', on('eth0', '10.0.0.7/24')],
    ['a larger one', on('eth0', '10.9.9.9/8')],
    ['a smaller one', on('eth0', '10.0.0.129/25')],
    ['of another topology', on('eth0', '10.0.0.7/24', 'other')],
  ])('%s', (_, it) =>
    expect(said([bridge('lan', '10.0.0.1/24')], it)).toEqual([
      `Network "lan" gives the host 10.0.0.1/24, and it has ${String(it.attrs['address'])} on eth0`,
    ]),
  );

  test('by another network of the topology', () =>
    expect(said([bridge('lan', '10.0.0.1/24'), bridge('back', 'fd00::1/64', '10.0.0.2/24')])).toEqual([
      'Network "back" gives the host 10.0.0.2/24, and it has 10.0.0.1/24 on network lan',
    ]));

  test.each<[string, Observed]>([
    ['beside it', on('eth0', '10.0.1.7/24')],
    ['of one address', on('eth0', '10.0.0.7/32')],
    ['on the bridge itself', on('br-lan', '10.0.0.7/24')],
    ['of its own making', on('eth0', '10.0.0.7/24', 't')],
    ['in a node', on('eth0', '10.0.0.7/24', undefined, 'web')],
    ['of every device', on('eth0', 'fe80::1/64')],
  ])('but not %s', (_, it) => expect(said([bridge('lan', '10.0.0.1/24', 'fe80::2/64')], it)).toEqual([]));
});
