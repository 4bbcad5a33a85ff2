import { resourceTypes } from '@pipewright/kernel';
import { device, deviceKind, route, z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { ResourceTypes } from '../registry/registry.js';
import { compare } from './compare.js';

const box = deviceKind({
  kind: 'box',
  attributes: {
    owner: {
      schema: z.int(),
      class: 'fixed',
      word: 'owner',
      inPlace: (wanted) => wanted === 9,
      same: (_, found) => typeof found === 'string',
      netlink: { type: 1, layout: 'u32' },
    },
  },
});

const compared = (wanted: number, found: unknown) => {
  const of = (owner: unknown) => device({ host: 'local' }, 'b0', { kind: 'box', owner });
  const kinds = { get: (kind: string) => (kind === 'box' ? box : undefined) } as never;
  return compare(of(wanted), of(found), new ResourceTypes(resourceTypes).need('device'), kinds);
};

const difference = (wanted: number, found: unknown): readonly string[] => compared(wanted, found).fixed;

test('what a kind cannot tell of an attribute is no difference', () => {
  expect(difference(7, 7)).toEqual([]);
  expect(difference(7, 'somebody')).toEqual([]);
  expect(difference(7, 8)).toEqual(['owner']);
});

test('of what is fixed a kind may say that one change is made in place', () => {
  expect(compared(8, 7)).toEqual({ fixed: ['owner'], inPlace: [], initial: [] });
  expect(compared(9, 7)).toEqual({ fixed: [], inPlace: ['owner'], initial: [] });
});

test('what its type counts is a difference where nobody declared it', () => {
  const on = { host: 'local', node: 'a' };
  const of = (more: { readonly via?: string }) =>
    route(on, device(on, 'eth0', { kind: 'veth' }), { family: 4, to: '10.9.0.0/16', ...more });
  const type = new ResourceTypes(resourceTypes).need('route');
  const kinds = { get: () => undefined } as never;
  expect(compare(of({}), of({ via: '10.0.0.9' }), type, kinds).inPlace).toEqual(['via']);
  expect(compare(of({}), of({}), type, kinds).inPlace).toEqual([]);
});
