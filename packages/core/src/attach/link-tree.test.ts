import { expect, test } from 'vitest';
import { withoutServiceLinks, withServiceLink } from './link-tree.js';

const tree = (...links: readonly unknown[]) => ({ nodes: { web: { kind: 'box', 'service-links': links } } }) as never;

test('one more; in place of that of its alias', () => {
  const db = { node: 'redis', alias: 'db' };
  expect(withServiceLink(tree('a'), 'web', db)).toEqual(tree('a', db));
  expect(withServiceLink(tree('a:db', 'b', { node: 'db' }), 'web', db)).toEqual(tree('b', db));
});

test('one less, by alias or node; or all', () => {
  const all = tree('redis:db', 'redis:cache', { node: 'pg', alias: 'sql' });
  expect(withoutServiceLinks(all, 'web', ['db', 'pg'])).toEqual(tree('redis:cache'));
  expect(withoutServiceLinks(all, 'web', ['redis'])).toEqual(tree({ node: 'pg', alias: 'sql' }));
  expect(withoutServiceLinks(all, 'web', [])).toEqual(tree());
  expect(() => withoutServiceLinks(all, 'web', ['db', 'no'])).toThrow(/no service link "no"; it has db, cache, sql/);
  expect(() => withoutServiceLinks(tree(), 'web', [])).toThrow(/Node "web" has no service link\./);
});
