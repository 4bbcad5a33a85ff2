import { type DeviceAttrs, isDiagnostic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { bridge } from './index.js';

pluginSuite(plugin);

const compile = (options: Record<string, unknown>, members = [nic({ node: 'web' }), nic({ node: 'redis' })]) =>
  bridge.compile(networkSpec({ name: 'front', members, options: bridge.options.parse(options) }), context());

const devices = (options: Record<string, unknown>): readonly Resource<DeviceAttrs>[] =>
  compile(options).flatMap((it) => (!isDiagnostic(it) && it.type === 'device' ? [it as Resource<DeviceAttrs>] : []));

test('one bridge, and a cable from each nic into it', () => {
  const [box, ...ends] = devices({});
  expect(box?.attrs).toMatchObject({ name: 'front', kind: 'bridge', mtu: 1500, up: true });
  expect(ends.map((it) => [it.attrs.name, it.on.node, it.attrs.master?.ref])).toEqual([
    ['web-eth0', undefined, box?.key],
    ['eth0', 'web', undefined],
    ['redis-eth0', undefined, box?.key],
    ['eth0', 'redis', undefined],
  ]);
});

test('options become attributes of the bridge, what is not given is left to the kernel', () => {
  const [box] = devices({ bridge: 'br1', stp: true, ageing: 30, 'forward-delay': 2 });
  expect(box?.attrs).toMatchObject({ name: 'br1', stp: true, ageing: 30, forwardDelay: 2 });
  expect(box?.attrs).not.toHaveProperty('priority');
});

test('its own addresses are on the bridge, and known as the way out', () => {
  const options = { address: ['10.0.0.1/24', 'fd00::1/64'] };
  expect(compile(options).flatMap((it) => ('type' in it && it.type === 'address' ? [it.id] : []))).toEqual([
    'front/10.0.0.1/24',
    'front/fd00::1/64',
  ]);
  expect(bridge.addresses?.(bridge.options.parse(options))).toEqual(options.address);
});

test('an adopted bridge is only referred to', () => {
  const [box] = devices({ bridge: 'br0', adopt: true });
  expect(box).toMatchObject({ adopt: true, attrs: { name: 'br0', kind: 'bridge' } });
  expect(Object.keys(box?.attrs ?? {}).sort()).toEqual(['kind', 'name']);
});

test('a shared bridge is made where it is missing, for anybody', () => {
  const [box] = devices({ shared: true, bridge: 'br9' });
  expect(box).toMatchObject({ shared: true, attrs: { name: 'br9', kind: 'bridge', up: true } });
});

test.each([
  ['a bridge', 'bridge', { bridge: 'br9', shared: true }],
  ['what is not there', undefined, { bridge: 'br9', shared: true }],
  ['no other device', 'physical', undefined],
])('is joined by its name: %s', (_, kind, options) =>
  expect(bridge.join?.({ name: 'br9', ...(kind === undefined ? {} : { kind }) })).toEqual(options),
);

test.each([
  ['adopted, unnamed', { adopt: true }, 'PW_BRIDGE_UNNAMED'],
  ['adopted, and to be changed', { adopt: true, bridge: 'br0', stp: true }, 'PW_BRIDGE_LEFT_AS_IT_IS'],
  ['shared, unnamed', { shared: true }, 'PW_BRIDGE_UNNAMED'],
  ['shared, and to be changed', { shared: true, bridge: 'br0', ageing: 9 }, 'PW_BRIDGE_LEFT_AS_IT_IS'],
])('a mistake: %s', (_, options, code) => {
  expect(
    compile(options)
      .filter(isDiagnostic)
      .map((it) => it.code),
  ).toEqual([code]);
});
