import { type Change, device, namespace as namespaceOf, type NodeTarget, type RawObserved } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { namespace } from './namespace.js';

const host = { host: 'local' };
const node = (name: string, locator: NodeTarget['locator']): NodeTarget => ({
  name,
  on: { ...host, node: name },
  locator,
});
const nodes = [
  node('web', { by: 'name', name: 'shop-web' }),
  node('old', { by: 'path', path: '/var/run/netns/old1' }),
  node('p', { by: 'pid', pid: 7 }),
  node('late', { by: 'name', name: 'shop-web' }),
];

test('a name is the namespace of the first node that is found by it', () =>
  expect(
    namespace.parse([[{ name: 'shop-web', id: 0 }, { name: 'old1' }, { name: 'else' }]], {
      on: host,
      nodes,
      deviceKind: () => undefined,
    }),
  ).toEqual([
    { attrs: { name: 'shop-web', loopback: false }, makes: 'web' },
    { attrs: { name: 'old1', loopback: false }, makes: 'old' },
    { attrs: { name: 'else', loopback: false } },
  ]));

test('its mark and its state show on its loopback device', () => {
  const it = namespaceOf('local', 'web', 'shop-web');
  const lo: RawObserved = device({ ...host, node: 'web' }, 'lo', {
    kind: 'loopback',
    up: true,
    alias: 'pipewright:shop:web',
  });
  expect(namespace.relate?.([it, lo], []).get(it.key)).toMatchObject({
    owner: 'shop',
    attrs: { loopback: true, alias: 'pipewright:shop:web' },
  });
});

test('is made with its mark; its loopback device is set up in place', () => {
  const after = namespace.mark!(namespaceOf('local', 'web', 'shop-web'), 'shop');
  const { type, key, id, on } = after;
  const change: Change<typeof after.attrs> = { action: 'create', type, key, id, on, fields: [], after };
  expect(namespace.write(change, { role: 'alone' })).toEqual([
    { op: 'namespace', on: host, verb: 'add', name: 'shop-web', alias: 'pipewright:shop:web' },
  ]);
  expect(
    namespace.write({ ...change, action: 'update', before: after, fields: ['loopback'] }, { role: 'alone' }),
  ).toMatchObject([{ op: 'netlink', on: { node: 'web' }, verb: 'set', attrs: { name: 'lo', up: true } }]);
});
