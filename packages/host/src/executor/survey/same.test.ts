import type { Resource, SurveyedNode } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { shareNamespaces } from './same.js';

const leading = (
  name: string,
  inode?: number,
): { readonly node: SurveyedNode; readonly inode: number | undefined } => ({
  node: { name, on: { host: 'local', node: name }, locator: { by: 'name', name }, state: 'present' },
  inode,
});

const wanted = (node: string): Resource => ({
  type: 'device',
  key: node,
  id: node,
  on: { host: 'local', node },
  attrs: {},
});

const owners = (all: readonly ReturnType<typeof leading>[], ...used: readonly string[]) =>
  shareNamespaces(all, ({ inode }) => inode, { wanted: used.map(wanted) }).map(({ node }) => node.same);

test('the first of those that lead to one namespace has it', () =>
  expect(owners([leading('a', 1), leading('b', 2), leading('c', 1)])).toEqual([undefined, undefined, 'a']));

test('unless only another wants something in it', () => {
  expect(owners([leading('a', 1), leading('b', 1)], 'b')).toEqual(['b', undefined]);
  expect(owners([leading('a', 1), leading('b', 1)], 'a', 'b')).toEqual([undefined, 'a']);
});

test('or one that joined it is before the one whose it is', () => {
  const joined = { ...leading('a', 1), joined: true } as const;
  expect(owners([joined, leading('b', 1)], 'a', 'b')).toEqual(['b', undefined]);
  expect(owners([joined, leading('b', 1)], 'a')).toEqual([undefined, 'a']);
});

test('those of which none was found share nothing', () =>
  expect(owners([leading('a'), leading('b')])).toEqual([undefined, undefined]));
