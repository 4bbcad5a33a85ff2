import { device, offload as offloadOf } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { offload, offloadRequest } from './offload.js';

const eth0 = device({ host: 'local', node: 'web' }, 'eth0', { kind: 'veth' });
const tx = offloadOf(eth0, 'tx', 'off');
const lro = offloadOf(eth0, 'lro', 'on');

const states = (found: readonly { readonly attrs: { readonly feature: string; readonly state: string } }[] = []) =>
  found.map(({ attrs: { feature, state } }) => `${feature} ${state}`);

test('is read as the kernel numbers it: a number a feature, or a bit of one', () => {
  const numbers = new Map([
    [0x16, 0],
    [0x25, (1 << 15) | (1 << 7)],
  ]);
  const view = { text: () => undefined, nftTables: () => [], ethtool: (_: string, it: number) => numbers.get(it) };
  expect(states(offload.point?.([tx, lro, offloadOf(eth0, 'tso', 'on')]).direct?.(view))).toEqual(['tx off', 'lro on']);
});

test('or as ethtool shows it', () => {
  const shown =
    '= eth0\nFeatures for eth0:\ntx-checksumming: off\n\ttx-checksum-ipv4: on\nlarge-receive-offload: on [fixed]\n';
  expect(states(offload.point?.([tx, lro]).parse(shown))).toEqual(['tx off', 'lro on']);
});

test('a bit is set and cleared among others', () => {
  const ask = () => (1 << 15) | (1 << 7);
  expect(offloadRequest({ device: 'eth0', feature: 'lro', on: false }, ask)).toEqual({ command: 0x26, value: 1 << 7 });
  expect(offloadRequest({ device: 'eth0', feature: 'tx', on: true }, ask)).toEqual({ command: 0x17, value: 1 });
});
