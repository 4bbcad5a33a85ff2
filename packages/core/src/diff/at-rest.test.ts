import { resourceTypes } from '@pipewright/kernel';
import { device } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { ResourceTypes } from '../registry/registry.js';
import { withAtRest } from './at-rest.js';

const types = new ResourceTypes(resourceTypes);
const nic = (more: { readonly promisc?: boolean } = {}) =>
  device({ host: 'local', node: 'a' }, 'eth0', { kind: 'veth', ...more });

test('what was asked for and is no more is as it is by itself', () => {
  expect(withAtRest([nic()], [nic({ promisc: true })], types)).toEqual([nic({ promisc: false })]);
  expect(withAtRest([nic({ promisc: true })], [nic({ promisc: false })], types)).toEqual([nic({ promisc: true })]);
});

test("what nobody ever said is nobody's business", () => expect(withAtRest([nic()], [nic()], types)).toEqual([nic()]));
