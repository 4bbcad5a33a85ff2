import { resourceTypes } from '@pipewright/kernel';
import {
  address as addressOf,
  device,
  type RawObserved,
  ref,
  type Resource,
  resource,
  route as routeOf,
  sysctl,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { type Claims, ownerOf } from './ownership.js';

const typeOf = (word: string) => resourceTypes.find(({ type }) => type === word)!;

const web = { host: 'local', node: 'web' };
const eth0 = device(web, 'eth0', { kind: 'veth', alias: 'pipewright:shop:web/eth0' });
const lan0 = device(web, 'lan0', { kind: 'veth' });
const lo = (alias?: string): RawObserved =>
  device(web, 'lo', { kind: 'loopback', ...(alias === undefined ? {} : { alias }) });
const ours = 'pipewright:shop:web';
const onOurs = addressOf(eth0, '10.0.0.2/24');
const onTheirs = addressOf(lan0, '10.0.0.2/24');
const theirRoute: Resource = routeOf(web, lan0, { family: 4, to: '10.9.0.0/16' });
const ourRule = resource('rule', web, '1000', { family: 4, priority: 1000, table: 100, protocol: 201 });
const bridge: Resource = { ...device({ host: 'local' }, 'br0', { kind: 'bridge' }), shared: true };
const sharedBridge = typeOf('device').mark?.(bridge, 'shop') as RawObserved;
const forward = sysctl(web, 'net.ipv4.ip_forward', '1');
const other = { ...onOurs, owner: 'lab' };

const CASES: readonly (readonly [
  string,
  RawObserved,
  Pick<Claims, never> & { applied?: Resource[]; wanted?: Resource[]; home?: string },
  string | undefined,
])[] = [
  ['a mark decides', other, { applied: [onOurs] }, 'lab'],
  ['nobody claims it', onOurs, { home: ours }, undefined],
  ['wanted, on a device of ours', onOurs, { wanted: [onOurs] }, 'shop'],
  ["wanted, on a device of somebody else's", onTheirs, { wanted: [onTheirs] }, undefined],
  ['wanted, in a namespace of ours', onTheirs, { wanted: [onTheirs], home: ours }, 'shop'],
  [
    'wanted, in a namespace of another topology',
    onTheirs,
    { wanted: [onTheirs], home: 'pipewright:lab:web' },
    undefined,
  ],
  ['applied, and of a type without marks', onTheirs, { applied: [onTheirs] }, 'shop'],
  ['applied, of a type with marks, and without one now', theirRoute, { applied: [theirRoute] }, undefined],
  ['applied, in a container, with a mark that tells no topology', ourRule, { applied: [ourRule] }, 'shop'],
  ['with such a mark, applied by nobody we know', ourRule, {}, undefined],
  ['applied once, and made by a program now', { ...onOurs, madeBy: ref(eth0) }, { applied: [onOurs] }, undefined],
  ["shared: no one topology's", sharedBridge, { applied: [sharedBridge] }, undefined],
  ['a sysctl we wrote', forward, { applied: [forward] }, 'shop'],
  ['a sysctl we want in a container', forward, { wanted: [forward] }, undefined],
];

test.each(CASES)('%s', (_, it, { applied = [], wanted = [], home }, owner) => {
  const type = typeOf(it.type);
  const claims = {
    topology: 'shop',
    applied: new Set(applied.map(({ key }) => key)),
    wanted: new Set(wanted.map(({ key }) => key)),
  };
  expect(ownerOf(it, type, { all: [lo(home), eth0, lan0, it], marked: new Map([[eth0.key, 'shop']]) }, claims)).toBe(
    owner,
  );
});

test('addresses have no mark, routes have', () =>
  expect([typeOf('address').mark, typeof typeOf('route').mark]).toEqual([undefined, 'function']));
