import { describe, expect, test } from 'vitest';
import { type ArgvTopology, fromArgv } from './from-argv.js';

const read = (flags: Partial<ArgvTopology>) =>
  fromArgv({ network: [], node: [], link: [], name: 'x', ...flags }).source;

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('what flags say', () => {
  test.each<[string, Partial<ArgvTopology>, Record<string, unknown>]>([
    [
      'a network',
      { network: ['lan=bridge,subnet=10.0.0.0/24,mtu=1400,stp=true'] },
      { networks: { lan: { kind: 'bridge', subnet: '10.0.0.0/24', mtu: 1400, stp: true } } },
    ],
    [
      'IPv6',
      { network: ['lan=bridge,subnet=10.0.0.0/24,subnet=fd00::/64'] },
      { networks: { lan: { kind: 'bridge', subnet: ['10.0.0.0/24', 'fd00::/64'] } } },
    ],
    ['a bare network', { network: ['lan'] }, { networks: { lan: {} } }],
    ['a bare node', { node: ['a', 'b'] }, { nodes: { a: {}, b: {} } }],
    [
      'a node with a colon',
      { node: ['c:networks=lan,kind=space'] },
      { nodes: { c: { networks: ['lan'], kind: 'space' } } },
    ],
    [
      'a node with its kind',
      { node: ['c=box,image=nginx:1.27'] },
      { nodes: { c: { kind: 'box', image: 'nginx:1.27' } } },
    ],
    [
      'several networks',
      { node: ['c:networks=lan+back,networks=up'] },
      { nodes: { c: { networks: ['lan', 'back', 'up'] } } },
    ],
    ['a link', { link: ['a:c0,b:c0'] }, { links: [{ endpoints: ['a:c0', 'b:c0'] }] }],
    ['a link with keys', { link: ['a:c0,b:c0,mtu=1400'] }, { links: [{ endpoints: ['a:c0', 'b:c0'], mtu: 1400 }] }],
  ])('%s', (_, flags, tree) => {
    const source = read(flags);
    expect(source.diagnostics).toEqual([]);
    expect(plain(source.tree)).toEqual({ name: 'x', networks: {}, nodes: {}, links: [], ...tree });
  });
});

describe('positions name the flag and the column', () => {
  test.each([
    [['networks', 'lan'], '--network', 1],
    [['networks', 'lan', 'kind'], '--network', 5],
    [['networks', 'lan', 'mtu'], '--network', 12],
    [['nodes', 'a', 'networks', 1], '--node', 3],
    [['links', 0, 'endpoints', 1], '--link', 6],
  ])('%j', (path, file, column) => {
    const source = read({ network: ['lan=bridge,mtu=9'], node: ['a:networks=lan+back'], link: ['a:c0,b:c0'] });
    expect(source.locate(path)).toEqual({ file, line: 1, column });
  });
});

test.each<[Partial<ArgvTopology>, string, number]>([
  [{ network: ['lan=bridge,stp'] }, 'In --network, "stp" must be KEY=VALUE.', 12],
  [{ node: ['a', 'a'] }, '--node gives "a" twice.', 1],
])('%j', (flags, message, column) => {
  expect(read(flags).diagnostics).toMatchObject([{ message, at: { line: 1, column } }]);
});
