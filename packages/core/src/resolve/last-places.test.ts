import { keyOf, type Locator, type NodeTarget, type Placement, ref, type Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { lastPlaces } from './last-places.js';

const at = (name: string, path: string, host = 'local'): NodeTarget => ({
  name,
  on: { host, node: name },
  locator: { by: 'path', path } satisfies Locator,
});

const device = (on: Placement, name: string, more: Partial<Resource> = {}): Resource => ({
  type: 'device',
  key: keyOf('device', on, name),
  id: `${on.node ?? 'host'}/${name}`,
  on,
  attrs: { name },
  ...more,
});

const onWeb = device({ host: 'local', node: 'web' }, 'eth1');
const resources = [
  onWeb,
  device({ host: 'local' }, 'web-eth1', { peer: ref(onWeb) }),
  { ...device({ host: 'local', node: 'web' }, 'address'), attrs: { dev: ref(onWeb) }, within: [ref(onWeb)] },
  device({ host: 'local' }, 'shop-web', { makes: 'web' }),
];
const last = { topology: 'shop', source: {}, base: '/', resources, replaced: [onWeb] };

const placesOf = (...now: readonly NodeTarget[]) => {
  const found = lastPlaces(last, { then: [at('web', '/a'), at('unused', '/z')], now });
  return { left: found.left, on: found.last.resources.map(({ on }) => on.node), last: found.last };
};

test('where nodes are where they were, nothing is called otherwise', () =>
  expect(placesOf(at('web', '/a'))).toEqual({ left: [], on: ['web', undefined, 'web', undefined], last }));

test('a place whose node is declared no more keeps its name', () =>
  expect(placesOf(at('db', '/b'))).toMatchObject({ left: [at('web', '/a')], last }));

test('a place has the name that it is given, and so has all that points there', () => {
  const { left, last: known } = placesOf(at('db', '/a'));
  expect(left).toEqual([]);
  const moved = ref('device:local/db/eth1');
  expect(known.resources).toMatchObject([
    { key: moved.ref, on: { node: 'db' }, id: 'web/eth1' },
    { key: 'device:local//web-eth1', peer: moved },
    { key: 'device:local/db/address', attrs: { dev: moved }, within: [moved] },
    { key: 'device:local//shop-web', makes: 'db' },
  ]);
  expect(known.replaced).toMatchObject([{ key: moved.ref }]);
});

test('one whose name another has now is left, by a name that no node can have', () => {
  const { left, on } = placesOf(at('web', '/b'));
  expect(left).toEqual([{ ...at('web (before)', '/a') }]);
  expect(on).toEqual(['web (before)', undefined, 'web (before)', undefined]);
});

test('the same way on another host leads elsewhere', () =>
  expect(placesOf(at('web', '/a', 'h1')).left).toEqual([at('web (before)', '/a')]));
