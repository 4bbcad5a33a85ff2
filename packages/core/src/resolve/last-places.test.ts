import { resourceTypes } from '@pipewright/kernel';
import {
  type EngineSpec,
  keyOf,
  type Locator,
  type NodeTarget,
  type Placement,
  processIn,
  ref,
  type Resource,
  type SurveyedNode,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { ResourceTypes } from '../registry/registry.js';
import { lastPlaces, strayContainers } from './last-places.js';

const types = new ResourceTypes(resourceTypes);

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
  const found = lastPlaces(last, { then: [at('web', '/a'), at('unused', '/z')], now }, types);
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

test('a process runs on in the place that it was started in, by the name that has now', () => {
  const run = processIn(onWeb.on, 'shop', 'web/p', { argv: ['p'] }, { within: [ref(onWeb)] });
  const { last: known } = lastPlaces(
    { ...last, resources: [onWeb, run] },
    { then: [at('web', '/a')], now: [at('web', '/b')] },
    types,
  );
  const within = [ref('device:local/web (before)/eth1')];
  expect(known.resources[1]).toEqual({ ...run, attrs: { ...run.attrs, node: 'web (before)' }, within });
});

test('the same way on another host leads elsewhere', () =>
  expect(placesOf(at('web', '/a', 'h1')).left).toEqual([at('web (before)', '/a')]));

describe('containers', () => {
  const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };
  const called = (node: string, name: string): NodeTarget => ({
    name: node,
    on: { host: 'local', node },
    locator: { by: 'container', engine, name },
  });
  const found = (node: string, container?: string): SurveyedNode => ({
    ...called(node, node),
    state: container === undefined ? 'absent' : 'present',
    ...(container === undefined ? {} : { container }),
  });
  const applied = { ...last, containers: { web: 'id1', db: 'id2' } };
  const strays = (...nodes: readonly SurveyedNode[]) => strayContainers(applied, { nodes }, () => true);
  const web = called('web', 'web');
  const targets = { then: [web, called('db', 'db')], now: [web, called('db', 'db')] };
  const placesBy = (ids: ReturnType<typeof strays>) => {
    const { left, last: known } = lastPlaces(applied, targets, types, ids);
    return { left, on: known.resources.map(({ on }) => on.node) };
  };

  test('that are called as they were are no strays', () =>
    expect(strays(found('web', 'id1'), found('db', 'id2'))).toBeUndefined());

  test('whose names were swapped are each the node that it is called now', () =>
    expect(placesBy(strays(found('web', 'id2'), found('db', 'id1')))).toEqual({
      left: [],
      on: ['db', undefined, 'db', undefined],
    }));

  test.each([
    ['another has now', found('web', 'id3')],
    ['nobody has now', found('web')],
  ])('whose name %s are looked for by their id', (_, now) =>
    expect(placesBy(strays(now, found('db', 'id2')))).toMatchObject({
      left: [{ name: 'web (before)', locator: { by: 'container', name: 'id1' } }],
      on: ['web (before)', undefined, 'web (before)', undefined],
    }),
  );

  test('on hosts that are left out are not asked about', () =>
    expect(strayContainers(applied, { nodes: [found('db', 'id2')] }, (node) => node !== 'web')).toBeUndefined());
});
