import { device, namespace, type RawObserved, type Resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { relatePeers } from './peers.js';

interface Numbers {
  readonly ifindex: number;
  readonly link: number;
  readonly linkNetnsid?: number;
  readonly linkNetns?: string;
}

/** `end('web', 'eth0', …)`: a device as it was read in that node, or in the host's namespace. */
const end = (node: string | undefined, name: string, raw: Numbers, kind = 'veth'): RawObserved => ({
  ...device(node === undefined ? { host: 'h' } : { host: 'h', node }, name, { kind }),
  raw: { ...raw },
});
const key = (node: string, name: string): string => `device:h/${node}/${name}`;
const peersIn = (all: readonly RawObserved[], declared: readonly Resource[] = []): Record<string, string | undefined> =>
  Object.fromEntries([...relatePeers(all, declared)].map(([it, found]) => [it, found.peer?.ref]));
const both = (one: string, other: string): Record<string, string> => ({ [one]: other, [other]: one });

test('two ends in one namespace', () =>
  expect(
    peersIn([end(undefined, 'w0', { ifindex: 5, link: 4 }), end(undefined, 'w1', { ifindex: 4, link: 5 })]),
  ).toEqual(both(key('', 'w0'), key('', 'w1'))));

test('from the host into a node', () =>
  expect(
    peersIn([
      end(undefined, 'p', { ifindex: 9, link: 2, linkNetnsid: 0 }),
      end('web', 'eth0', { ifindex: 2, link: 9, linkNetnsid: 0 }),
    ]),
  ).toEqual(both(key('', 'p'), key('web', 'eth0'))));

test('what lies on a device is not its peer', () =>
  expect(
    peersIn([
      end(undefined, 'mv', { ifindex: 5, link: 4 }, 'macvlan'),
      end(undefined, 'eth0', { ifindex: 4, link: 4 }),
    ]),
  ).toEqual({}));

test('an end whose peer is in no namespace that was read has none', () =>
  expect(peersIn([end('a', 'x', { ifindex: 2, link: 2, linkNetnsid: 0 })])).toEqual({}));

const named = (...nodes: string[]): RawObserved[] => nodes.map((node) => namespace('h', node, `t-${node}`));
const equalNumbers = (node: string, to?: string): RawObserved =>
  end(node, 'x', { ifindex: 2, link: 2, linkNetnsid: 0, ...(to === undefined ? {} : { linkNetns: `t-${to}` }) });

test('two cables of equal numbers between four named namespaces', () =>
  expect(
    peersIn([
      ...named('a', 'b', 'c', 'd'),
      equalNumbers('a', 'd'),
      equalNumbers('b', 'c'),
      equalNumbers('c', 'b'),
      equalNumbers('d', 'a'),
    ]),
  ).toEqual({
    ...both(key('a', 'x'), key('d', 'x')),
    ...both(key('b', 'x'), key('c', 'x')),
  }));

test('a certain pair tells what namespace a number means', () => {
  const cables = ([one, other]: readonly [string, string], ifindex: number): RawObserved[] =>
    [one, other].map((node) => end(node, 'y', { ifindex, link: ifindex, linkNetnsid: 0 }));
  const all = [
    ...['a', 'b', 'c', 'd'].map((node) => equalNumbers(node)),
    ...cables(['a', 'c'], 3),
    ...cables(['b', 'd'], 4),
  ];
  expect(peersIn(all)).toMatchObject({ ...both(key('a', 'x'), key('c', 'x')), ...both(key('b', 'x'), key('d', 'x')) });
});

test("two whose far ends are declared to be where nothing was read are not each other's", () => {
  const all = ['a', 'b'].map((node) => equalNumbers(node));
  const cables = [
    ['a', 'c'],
    ['b', 'd'],
  ] as const;
  const declared = cables.map(([node, far]) => {
    return { ...device({ host: 'h', node }, 'x', { kind: 'veth' }), peer: { ref: key(far, 'x') } };
  });
  expect(peersIn(all, declared)).toEqual({});
  expect(peersIn(all, declared.slice(1))).toEqual(both(key('a', 'x'), key('b', 'x')));
});

test('a node whose nic was made for another one in whose namespace it was', () => {
  const marked = (it: RawObserved, alias: string): RawObserved => ({ ...it, attrs: { ...it.attrs, alias } });
  const all = [
    marked(end(undefined, 'p', { ifindex: 9, link: 2, linkNetnsid: 0 }), 'pipewright:t:a/x:host'),
    marked(end('b', 'x', { ifindex: 2, link: 9, linkNetnsid: 0 }), 'pipewright:t:a/x'),
  ];
  const declared = (node: string, near: string): Resource[] => {
    const [inside, outside] = [
      marked(end(node, 'x', { ifindex: 0, link: 0 }), `pipewright:t:${node}/x`),
      marked(end(undefined, near, { ifindex: 0, link: 0 }), `pipewright:t:${node}/x:host`),
    ];
    return [
      { ...inside, peer: { ref: outside.key } },
      { ...outside, peer: { ref: inside.key } },
    ];
  };
  expect(peersIn(all, [...declared('a', 'p'), ...declared('b', 'q')])).toEqual(both(key('', 'p'), key('b', 'x')));
});

test('where nothing tells them apart, as they are declared', () => {
  const all = ['a', 'b', 'c', 'd'].map((node) => equalNumbers(node));
  const declared = [{ ...device({ host: 'h', node: 'a' }, 'x', { kind: 'veth' }), peer: { ref: key('d', 'x') } }];
  expect(peersIn(all, declared)).toEqual({
    ...both(key('a', 'x'), key('d', 'x')),
    ...both(key('b', 'x'), key('c', 'x')),
  });
});
