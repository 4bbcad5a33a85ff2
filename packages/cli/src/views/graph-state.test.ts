import { expect, test } from 'vitest';
import type { Graph, GraphNic } from './graph-parts.js';
import { withState } from './graph-state.js';
import type { NodeStatus, Status } from './status.js';

const nic = (node: string, name: string): GraphNic => ({ node, name, addresses: [] });
const found = (
  name: string,
  state: NodeStatus['state'],
  nics: Readonly<Record<string, 'up' | 'missing' | 'unplugged'>>,
): NodeStatus => ({
  name,
  kind: 'netns',
  host: 'local',
  state,
  interfaces: Object.entries(nics).map(([it, is]) => ({
    name: it,
    mac: null,
    mtu: null,
    addresses: [],
    state: is === 'unplugged' ? 'up' : is,
    carrier: is === 'missing' ? null : is === 'up',
    peer: null,
  })),
});

const graph: Graph = {
  topology: 't',
  nodes: ['a', 'b', 'host'].map((name) => ({ name, kind: 'netns', loopback: [] })),
  networks: [],
  joins: [
    { nic: nic('a', 'eth0'), network: 'lan' },
    { nic: nic('a', 'eth1'), network: 'lan' },
  ],
  links: [{ ends: [nic('a', 'eth10'), nic('b', 'eth0')] }],
};

const status: Status = {
  topology: 't',
  helpers: [],
  unreached: new Map(),
  silent: [],
  nodes: [found('a', 'partial', { eth0: 'missing', eth1: 'up', eth10: 'up' }), found('b', 'up', { eth0: 'unplugged' })],
  drift: [
    { host: 'local', node: 'a', type: 'address', id: 'a/eth1/10.0.0.2/24', action: 'create', fields: [], message: '' },
  ],
};

test('a node that is up, and whose container differs, is not as declared', () => {
  const drift = [
    { host: 'local', node: 'b', type: 'container', id: 'b', action: 'replace', fields: ['image'], message: '' },
  ] as const;
  expect(withState(graph, { ...status, drift }).nodes[1]?.state).toBe('not as declared');
});

test('nodes have their state, nics what is wrong with them', () => {
  const { nodes, joins, links } = withState(graph, status);
  expect(nodes.map(({ state }) => state)).toEqual(['partial', 'up', undefined]);
  expect(joins.map((it) => it.nic.state)).toEqual(['missing', 'not as declared']);
  expect(links[0]?.ends.map((it) => it.state)).toEqual([undefined, 'no carrier']);
});
