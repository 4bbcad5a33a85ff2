import { resourceTypes } from '@pipewright/kernel';
import { type Attrs, device, deviceKind, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { ResourceTypes } from '../registry/registry.js';
import { withAtRest } from './at-rest.js';

const box = deviceKind({
  kind: 'box',
  attributes: {
    size: { schema: z.int(), class: 'in-place', initial: 7, word: 'size', netlink: { type: 1, layout: 'u32' } },
    colour: { schema: z.int(), class: 'in-place', word: 'colour', netlink: { type: 2, layout: 'u32' } },
  },
});

const types = {
  types: new ResourceTypes(resourceTypes),
  deviceKinds: { get: (kind: string) => (kind === 'box' ? box : undefined) } as never,
};
const nic = (more: { readonly promisc?: boolean } = {}) =>
  device({ host: 'local', node: 'a' }, 'eth0', { kind: 'veth', ...more });

test('what was asked for and is no more is as it is by itself', () => {
  expect(withAtRest([nic()], [nic({ promisc: true })], types)).toEqual([nic({ promisc: false })]);
  expect(withAtRest([nic({ promisc: true })], [nic({ promisc: false })], types)).toEqual([nic({ promisc: true })]);
});

test('of a kind of device what the kernel says of a new one counts, where it says', () => {
  const of = (more: Attrs) => device({ host: 'local' }, 'b0', { kind: 'box', ...more });
  expect(withAtRest([of({})], [of({ size: 9, colour: 3 })], types)).toEqual([of({ size: 7 })]);
});

test("what nobody ever said is nobody's business", () => expect(withAtRest([nic()], [nic()], types)).toEqual([nic()]));
