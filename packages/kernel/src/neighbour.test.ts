import { address, device, neighbour as neighbourOf, type Observed, type RawObserved } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { neighbour } from './neighbour.js';

const web = { host: 'local', node: 'web' };

// ip -j -d -N neigh show nud permanent, iproute2 6.1
const ANSWER = JSON.parse(
  `[{"dst":"10.0.0.7","dev":"eth0","lladdr":"02:00:00:00:00:99","state":["PERMANENT"],"protocol":"201"},{"dst":"fd00::7","dev":"eth0","lladdr":"02:00:00:00:00:98","state":["PERMANENT"]},{"dst":"224.0.0.1","dev":"tun0","state":["PERMANENT"]}]`,
) as unknown;
const dev = { ref: 'device:local/web/eth0' };

test('reads entries that name a MAC, with who made them', () =>
  expect(neighbour.parse([ANSWER], { on: web, nodes: [], deviceKind: () => undefined })).toEqual([
    { attrs: { to: '10.0.0.7', mac: '02:00:00:00:00:99', dev, protocol: 201 }, within: [dev] },
    { attrs: { to: 'fd00::7', mac: '02:00:00:00:00:98', dev, protocol: 0 }, within: [dev] },
  ]));

test('the name is the one its constructor gives', () => {
  const it = neighbourOf(device(web, 'eth0', { kind: 'veth' }), '10.0.0.7', '02:00:00:00:00:99');
  expect(it.key).toBe(`neighbour:local/web/${neighbour.name(it.attrs)}`);
});

test('an IPv4 one goes with the last address of its device that has its family', () => {
  const eth0 = device(web, 'eth0', { kind: 'veth' });
  const [one, two] = [address(eth0, '10.0.0.2/24'), address(eth0, '10.1.0.2/24')];
  const [known, known6] = [
    neighbourOf(eth0, '10.0.0.7', '02:00:00:00:00:99'),
    neighbourOf(eth0, 'fd00::7', '02:00:00:00:00:98'),
  ];
  const related = neighbour.relate?.([eth0, one, two, address(eth0, 'fd00::2/64'), known, known6] as RawObserved[], []);
  expect([...(related ?? [])].map(([key]) => key)).toEqual([known.key]);
  const left = (of: unknown, gone: unknown) => neighbour.without?.(of as never, gone as Observed);
  const withBoth = related?.get(known.key);
  expect(left(withBoth, eth0)).toBe(withBoth);
  const withOne = left(withBoth, one);
  expect(withOne).toBeDefined();
  expect(left(withOne, two)).toBeUndefined();
});

test.each([
  ['a user made', 0, false],
  ['zebra needs for BGP without addresses', 11, true],
])('one that %s comes along with another thing: %j %j', (_, protocol, along) => {
  const made = neighbourOf(device(web, 'eth0', { kind: 'veth' }), '169.254.0.1', '02:00:00:00:00:99');
  expect(neighbour.comesAlong?.({ ...made, attrs: { ...made.attrs, protocol } })).toBe(along);
});
