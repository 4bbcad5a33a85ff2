import { namespace, ref, resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { madeAnew } from './recreate.js';

const host = { host: 'local' };
const web = namespace('local', 'web', 't-web');
const box = resource('box', host, 't-db', { name: 't-db' }, { id: 'db' });
const running = resource('running', host, 't-db', { name: 't-db' }, { id: 'db', makes: 'db', within: [ref(box)] });
const side = resource(
  'running',
  host,
  't-side',
  { name: 't-side' },
  { id: 'side', makes: 'side', within: [ref(running)] },
);
const desired = [web, box, running, side];

test.each([
  ['a namespace', ['web'], [web.key]],
  ['what a program runs in, with that', ['db'], [box.key]],
  ['but not what is another node', ['side'], [side.key]],
  ['several', ['db', 'web', 'db'], [box.key, web.key]],
])('what is made anew: %s', (_, nodes, keys) => expect([...(madeAnew(nodes, desired) ?? [])]).toEqual(keys));

test('nothing is where none is asked for, and one that others make is refused', () => {
  expect(madeAnew([], desired)).toBeUndefined();
  expect(() => madeAnew(['web', 'theirs'], desired)).toThrow('Node "theirs" is not made by pipewright');
});
