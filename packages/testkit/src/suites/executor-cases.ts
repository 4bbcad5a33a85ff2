import {
  type Attrs,
  type Batch,
  device,
  deviceKind,
  type Executor,
  type FileBlockOp,
  exec,
  familyOf,
  type NamespaceOp,
  netlink,
  type NetlinkOp,
  nftAccept,
  nftDrop,
  type NftExpression,
  nftField,
  nftMatch,
  nftTable,
  offload,
  type OffloadOp,
  type Op,
  PipewrightError,
  type Placement,
  placeKey,
  type ProcessOp,
  ref,
  keyOf,
  type SurveyRequest,
  sysctl,
  z,
} from '@pipewright/plugin';
import { resourceTypes } from '@pipewright/kernel';
import type { Kinds } from '@pipewright/host';
import { surveyLines } from './survey-lines.js';

/** Ops that run together: each in the batch of its place. */
export interface ExecutorStep {
  readonly ops: readonly Op[];
  /** Undoing. */
  readonly undo?: true;
}

/** What an executor is to do, and what is there afterwards as its survey sees it. */
export interface ExecutorCase {
  readonly name: string;
  readonly steps: readonly ExecutorStep[];
  /** What is refused, in order: the kernel's words, a tool's frame around them. */
  readonly refused?: readonly RegExp[];
  readonly leaves: readonly string[];
}

/** What an executor said no to: in which step, in whose words. */
export interface Refusal {
  readonly step: number;
  readonly words: string;
}

export interface ExecutorOutcome {
  readonly refused: readonly Refusal[];
  readonly leaves: readonly string[];
}

/** The kinds that the cases speak of. */
export const CASE_KINDS: Kinds = {
  types: { all: () => resourceTypes },
  deviceKinds: { get: (kind) => KINDS.find((it) => it.kind === kind) },
  features: [],
};

const KINDS = [
  deviceKind({ kind: 'veth', attributes: {} }),
  deviceKind({
    kind: 'bridge',
    attributes: {
      stp: {
        schema: z.boolean(),
        class: 'in-place',
        word: 'stp_state',
        read: (printed) => printed === 1,
        netlink: { type: 5, layout: 'u32' },
      },
      ageing: {
        schema: z.number(),
        class: 'in-place',
        word: 'ageing_time',
        read: (printed) => Number(printed) / 100,
        write: (value) => String(Number(value) * 100),
        netlink: { type: 4, layout: 'u32' },
      },
    },
  }),
];

export const CASE_HOST: Placement = { host: 'local' };
export const placeOf = (node: string): Placement => ({ host: 'local', node });

const [host, a, b] = [CASE_HOST, placeOf('a'), placeOf('b')];
const FORWARD = 'net.ipv4.ip_forward';
const PORTS = 'net.ipv4.ip_local_port_range';

/** The topology `t` with nodes `a` and `b`, in namespaces of their names. */
export const CASE_REQUEST: SurveyRequest = {
  topology: 't',
  nodes: [a, b].map((on) => ({
    name: String(on.node),
    on,
    locator: { by: 'name', name: `t-${String(on.node)}` },
  })),
  wanted: [
    ...[a, b].flatMap((on) => [sysctl(on, FORWARD, '1'), sysctl(on, PORTS, '2000 3000')]),
    ...['tx', 'txvlan'].map((it) => offload(device(a, 'w0', { kind: 'veth' }), it, 'off')),
    nftTable(host, 't', 'inet', { chains: [] }),
  ],
  applied: [],
};

/** Does what a case says, and looks. */
export async function execute(executor: Executor, steps: readonly ExecutorStep[]): Promise<ExecutorOutcome> {
  return { refused: await runSteps(executor, steps), leaves: await look(executor) };
}

/** The survey before is what a plan would have come from. `settle` waits for what the kernel does behind our back. */
export async function runSteps(
  executor: Executor,
  steps: readonly ExecutorStep[],
  settle?: () => Promise<unknown>,
): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  await executor.survey(CASE_REQUEST);
  for (const [index, step] of steps.entries()) {
    const closes = step.ops.some((op) => op.op === 'namespace' && op.verb === 'del');
    if (closes) await executor.survey(CASE_REQUEST);
    refused.push(...(await run(executor, step)).map((words) => ({ step: index, words })));
    if (closes) await settle?.();
  }
  return refused;
}

/** What is there, without sysctls as every namespace has them. */
export async function look(executor: Executor): Promise<readonly string[]> {
  const lines = surveyLines(await executor.survey(CASE_REQUEST));
  return lines.filter((it) => !/ip_forward value 0|port_range value 32768 60999/.test(it));
}

async function run(executor: Executor, { ops, undo }: ExecutorStep): Promise<readonly string[]> {
  try {
    return (await executor.run(batchesOf(ops), { undo: undo === true })).map(({ message }) => message);
  } catch (error) {
    if (error instanceof PipewrightError) return [error.code];
    throw error;
  }
}

function batchesOf(ops: readonly Op[]): readonly Batch[] {
  const batches = new Map<string, { on: Placement; ops: Op[] }>();
  for (const op of ops) {
    // Namespaces and links are asked for from the host's own.
    const fromHost = op.op === 'namespace' || (op.op === 'netlink' && op.object === 'link' && op.verb === 'add');
    const on = fromHost ? host : op.on;
    const batch = batches.get(placeKey(on)) ?? { on, ops: [] };
    batches.set(placeKey(on), batch);
    batch.ops.push(op);
  }
  return [...batches.values()];
}

export const namespaceOp = (verb: 'add' | 'del', node: string): NamespaceOp => ({
  op: 'namespace',
  on: host,
  verb,
  name: `t-${node}`,
  alias: `pipewright:t:${node}`,
});

const fileBlockOp = (name: string, lines?: readonly string[]): FileBlockOp => ({
  op: 'file-block',
  on: host,
  path: `/etc/netns/${name}/hosts`,
  topology: 't',
  ...(lines ? { lines } : {}),
});

const tableOf = (ports: readonly unknown[], ...rules: readonly (readonly NftExpression[])[]) =>
  nftTable(host, 't', 'inet', {
    sets: [{ name: 'ports', type: 'inet_service', elem: ports }],
    chains: [{ name: 'in', type: 'filter', hook: 'input', prio: 0, policy: 'accept', rules }],
  });

type Table = ReturnType<typeof tableOf>;

/** As the resource type writes it. */
function tableOps(before: Table | undefined, after?: Table): readonly Op[] {
  const type = resourceTypes.find((it) => it.type === 'nft-table');
  const marked = (it: Table | undefined) => it && (type?.mark?.(it, 't') ?? it);
  return type?.write({ before: marked(before), after: marked(after) } as never, undefined as never) ?? [];
}

const inPorts = nftMatch(nftField('tcp', 'dport'), '@ports');

export const macOf = (number: number): string => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;

export const devRef = (on: Placement, name: string) => ref(keyOf('device', on, name));

const makeA = namespaceOp('add', 'a');
const makeB = namespaceOp('add', 'b');

/** `h0` on the host, up; `eth0` in node a. */
const cable = (near: Attrs = {}, far: Attrs = {}): NetlinkOp =>
  netlink(host, 'link', 'add', {
    name: 'h0',
    kind: 'veth',
    mac: macOf(1),
    mtu: 1500,
    up: true,
    ...near,
    peer: { on: a, attrs: { name: 'eth0', kind: 'veth', mac: macOf(10), mtu: 1500, ...far } },
  });

const bridge = (more: Attrs = {}): NetlinkOp =>
  netlink(host, 'link', 'add', { name: 'br0', kind: 'bridge', mac: macOf(100), ...more });

const set = (on: Placement, name: string, attrs: Attrs): NetlinkOp => netlink(on, 'link', 'set', { name, ...attrs });

const offloadOp = (feature: string, state: 'on' | 'off'): OffloadOp => ({
  op: 'offload',
  on: a,
  device: 'w0',
  feature,
  state,
});

const delLink = (on: Placement, name: string): NetlinkOp => netlink(on, 'link', 'del', { name });

export const addressOp = (verb: 'add' | 'replace' | 'del', on: Placement, dev: string, cidr: string): NetlinkOp =>
  netlink(on, 'address', verb, {
    address: cidr,
    dev: devRef(on, dev),
    ...(familyOf(cidr) === 6 && verb !== 'del' ? { nodad: true } : {}),
  });

export const routeOp = (verb: 'replace' | 'del', on: Placement, to: string, more: Attrs): NetlinkOp => {
  const family = more['family'] === 6 ? 6 : familyOf(to);
  return netlink(on, 'route', verb, {
    family,
    to,
    kind: 'unicast',
    table: 254,
    metric: family === 6 ? 1024 : 0,
    protocol: 201,
    ...more,
  });
};

/** A device of `on` goes elsewhere. */
const move = (on: Placement, name: string, to: Placement, attrs: Attrs, macs: readonly string[] = [macOf(1)]) =>
  netlink(on, 'link', 'move', { name, to: { on: to, attrs }, macs });

/** A cable with both ends on the host, `n0` as good as a NIC. */
const nic = netlink(host, 'link', 'add', {
  name: 'n0',
  kind: 'veth',
  mac: macOf(1),
  up: true,
  peer: { on: host, attrs: { name: 'w0', kind: 'veth', mac: macOf(2) } },
});

const lent = { name: 'eth0', up: true, mtu: 1400, mac: macOf(3), alias: 'pipewright:t:a/eth0=n0' };

const via = (address: string, dev = 'eth0'): Attrs => ({ via: address, dev: devRef(a, dev) });

const upA = set(a, 'eth0', { up: true });

/** Node a with a cable to the host, up at both ends, and an address. */
const ready: readonly ExecutorStep[] = [
  { ops: [makeA] },
  { ops: [cable()] },
  { ops: [upA, addressOp('replace', a, 'eth0', '10.0.0.2/24')] },
];

/** The same with a second cable, and addresses of both families. */
const twoWires: readonly ExecutorStep[] = [
  ...ready,
  { ops: [cable({ name: 'h1', mac: macOf(3) }, { name: 'eth1', mac: macOf(11) })] },
  {
    ops: [
      set(a, 'eth1', { up: true }),
      addressOp('replace', a, 'eth1', '10.1.0.2/24'),
      addressOp('replace', a, 'eth0', 'fd00::2/64'),
      addressOp('replace', a, 'eth1', 'fd01::2/64'),
    ],
  },
];

/** A route that leaves by both cables. */
const ways = (to: string, one: string, other: string, verb: 'replace' | 'del' = 'replace'): NetlinkOp =>
  routeOp(verb, a, to, {
    family: familyOf(one),
    nexthops: [
      { via: one, dev: devRef(a, 'eth0'), weight: 2 },
      { via: other, dev: devRef(a, 'eth1'), weight: 1 },
    ],
  });

const NODE_A = 'namespace host/t-a alias pipewright:t:a of a (t)';
const NODE_B = 'namespace host/t-b alias pipewright:t:b of b (t)';
const H0 = 'device host/h0 kind veth mac 02:00:00:00:00:01 up peer a/eth0';
const ETH0 = 'device a/eth0 kind veth mac 02:00:00:00:00:0a up peer host/h0';
const BR0 = 'device host/br0 kind bridge mac 02:00:00:00:00:64';
const ADDRESS = 'address a/10.0.0.2/24 dev a/eth0';
const PREFIX = 'route a/10.0.0.0/24 dev a/eth0 src 10.0.0.2 protocol 2 needs a/eth0 10.0.0.2/24';
const READY = [ADDRESS, ETH0, H0, NODE_A, PREFIX];

const V4_0 = [ADDRESS, PREFIX];
const V6_0 = [
  'address a/fd00::2/64 dev a/eth0',
  'route a/fd00::/64 family 6 dev a/eth0 metric 256 protocol 2 needs a/eth0 fd00::2/64',
];
const V4_1 = [
  'address a/10.1.0.2/24 dev a/eth1',
  'route a/10.1.0.0/24 dev a/eth1 src 10.1.0.2 protocol 2 needs a/eth1 10.1.0.2/24',
];
const V6_1 = [
  'address a/fd01::2/64 dev a/eth1',
  'route a/fd01::/64 family 6 dev a/eth1 metric 256 protocol 2 needs a/eth1 fd01::2/64',
];
const H1 = 'device host/h1 kind veth mac 02:00:00:00:00:03 up peer a/eth1';
const ETH1 = 'device a/eth1 kind veth mac 02:00:00:00:00:0b up peer host/h1';
const WIRES = [ETH0, ETH1, H0, H1, NODE_A];
const TWO_WIRES = [...WIRES, ...V4_0, ...V4_1, ...V6_0, ...V6_1];

/** What is found of `ways`. */
const waysLine = (to: string, one: string, other: string, needs = waysNeeds(one)): string =>
  `route a/${to} ${familyOf(one) === 6 ? 'family 6 metric 1024 ' : ''}protocol 201 nexthops ` +
  `[{"via":"${one}","dev":"a/eth0","weight":2},{"via":"${other}","dev":"a/eth1","weight":1}] ${needs}` +
  `${familyOf(one) === 4 ? ' within a/eth0 within a/eth1' : ''} (t)`;

const waysNeeds = (one: string): string =>
  familyOf(one) === 6
    ? 'needs a/eth0 fd00::2/64 needs a/eth1 fd01::2/64'
    : 'needs a/eth0 10.0.0.2/24 needs a/eth1 10.1.0.2/24';

const EXISTS = /File exists/;
const MISSING = /No such|Cannot find|does not exist/;

/** A helper of node a, which says that it is ready. */
const helper = (verb: ProcessOp['verb'], given: Partial<ProcessOp['attrs']> = {}): ProcessOp => ({
  op: 'process',
  verb,
  on: verb === 'start' ? a : host,
  in: a,
  within: [devRef(a, 'eth0')],
  attrs: {
    name: 't/a/eth0/help',
    mark: 'pipewright:t:a/eth0/help',
    node: 'a',
    argv: ['./run'],
    files: { run: '#!/bin/sh\n: > ready\nexec sleep 1000\n' },
    ready: { withinMs: 5000, otherwise: 'no help' },
    state: 'running',
    ...given,
  },
});

/** One that ends at once. */
const failing = helper('start', { argv: ['false'] });

const HELPER = (state: string): string =>
  `process host/t/a/eth0/help mark pipewright:t:a/eth0/help node a argv ["./run"] ` +
  'files {"run":"#!/bin/sh\\n: > ready\\nexec sleep 1000\\n"} ready {"withinMs":5000,"otherwise":"no help"} ' +
  `${state === 'done' ? 'state done once' : `state ${state}`} within a/eth0 (t)`;

export const EXECUTOR_CASES: readonly ExecutorCase[] = [
  { name: 'a helper runs on', steps: [...ready, { ops: [helper('start')] }], leaves: [...READY, HELPER('running')] },
  {
    name: 'a helper that is started again is one still',
    steps: [...ready, { ops: [helper('start')] }, { ops: [helper('start')] }],
    leaves: [...READY, HELPER('running')],
  },
  {
    name: 'a helper that is to run once has run',
    steps: [...ready, { ops: [helper('start', { once: true, state: 'done' })] }],
    leaves: [...READY, HELPER('done')],
  },
  {
    name: 'a helper is ended, as often as one likes',
    steps: [...ready, { ops: [helper('start')] }, { ops: [helper('stop')] }, { ops: [helper('stop')] }],
    leaves: READY,
  },
  {
    name: 'of a helper that ends before it is ready nothing is left',
    steps: [...ready, { ops: [failing] }],
    refused: [/it has ended before it was ready/],
    leaves: READY,
  },
  {
    name: 'a helper whose device is gone is of no use',
    steps: [...ready, { ops: [helper('start')] }, { ops: [delLink(host, 'h0')] }],
    leaves: [NODE_A, HELPER('waiting')],
  },
  { name: 'an empty host has nothing', steps: [], leaves: [] },
  { name: 'namespaces are made side by side, marked', steps: [{ ops: [makeA, makeB] }], leaves: [NODE_A, NODE_B] },
  {
    name: 'a namespace is made once',
    steps: [{ ops: [makeA] }, { ops: [makeA] }],
    refused: [EXISTS],
    leaves: [NODE_A],
  },
  { name: 'a namespace goes', steps: [{ ops: [makeA, makeB] }, { ops: [namespaceOp('del', 'a')] }], leaves: [NODE_B] },
  {
    name: 'what is no namespace does not go',
    steps: [{ ops: [namespaceOp('del', 'a')] }],
    refused: [MISSING],
    leaves: [],
  },
  { name: 'a cable is made in one stroke, each end in its place', steps: ready, leaves: READY },
  {
    name: 'a cable between two nodes',
    steps: [
      { ops: [makeA, makeB] },
      {
        ops: [
          netlink(a, 'link', 'add', {
            name: 'x0',
            kind: 'veth',
            mac: macOf(1),
            up: true,
            peer: { on: b, attrs: { name: 'x0', kind: 'veth', mac: macOf(2), mtu: 1400 } },
          }),
        ],
      },
    ],
    leaves: [
      'device a/x0 kind veth mac 02:00:00:00:00:01 up peer b/x0',
      'device b/x0 kind veth mac 02:00:00:00:00:02 mtu 1400 peer a/x0',
      NODE_A,
      NODE_B,
    ],
  },
  {
    name: 'a cable with both ends in one namespace',
    steps: [
      { ops: [makeA] },
      {
        ops: [
          netlink(a, 'link', 'add', {
            name: 'x0',
            kind: 'veth',
            mac: macOf(1),
            peer: { on: a, attrs: { name: 'x1', kind: 'veth', mac: macOf(2) } },
          }),
        ],
      },
    ],
    leaves: [
      'device a/x0 kind veth mac 02:00:00:00:00:01 peer a/x1',
      'device a/x1 kind veth mac 02:00:00:00:00:02 peer a/x0',
      NODE_A,
    ],
  },
  {
    name: 'a name that is taken is refused, and nothing of the cable is there',
    steps: [{ ops: [makeA] }, { ops: [bridge()] }, { ops: [cable({ name: 'br0' })] }],
    refused: [EXISTS],
    leaves: [BR0, NODE_A],
  },
  {
    name: 'so is one that is taken at the far end',
    steps: [...ready, { ops: [cable({ name: 'h1' })] }],
    refused: [EXISTS],
    leaves: READY,
  },
  {
    name: 'a kind that the kernel does not have is refused',
    steps: [{ ops: [netlink(host, 'link', 'add', { name: 'x0', kind: 'nokind' })] }],
    refused: [/Unknown device type/],
    leaves: [],
  },
  {
    name: 'a device is marked: its group when it is made, its alias after',
    steps: [
      { ops: [makeA] },
      { ops: [cable({ group: 77 }, { group: 78 })] },
      { ops: [set(host, 'h0', { alias: 'pipewright:t:a/eth0:host' }), set(a, 'eth0', { alias: 'pipewright:u:eth0' })] },
    ],
    leaves: [
      'device a/eth0 kind veth mac 02:00:00:00:00:0a alias pipewright:u:eth0 group 78 peer host/h0 (u)',
      'device host/h0 kind veth mac 02:00:00:00:00:01 up alias pipewright:t:a/eth0:host group 77 peer a/eth0 (t)',
      NODE_A,
    ],
  },
  {
    name: 'a device changes in place',
    steps: [
      { ops: [bridge({ up: true, stp: false, ageing: 20 })] },
      { ops: [set(host, 'br0', { kind: 'bridge', ageing: 0, mtu: 1400, mac: macOf(101), promisc: true })] },
      { ops: [set(host, 'br0', { altnames: ['the-first-bridge-of-all'] }), set(host, 'br0', { up: false, group: 5 })] },
    ],
    leaves: [
      'device host/br0 kind bridge mac 02:00:00:00:00:65 mtu 1400 promisc altnames ["the-first-bridge-of-all"] group 5 ageing 0',
    ],
  },
  {
    name: 'what is taken back is as before',
    steps: [
      { ops: [makeA] },
      { ops: [bridge()] },
      { ops: [cable({ master: devRef(host, 'br0'), group: 5 })] },
      { ops: [set(host, 'h0', { alias: 'mine', promisc: true })] },
      { ops: [set(host, 'h0', { alias: '', promisc: false, master: null, group: 0, up: false })] },
    ],
    leaves: [
      'device a/eth0 kind veth mac 02:00:00:00:00:0a peer host/h0',
      BR0,
      'device host/h0 kind veth mac 02:00:00:00:00:01 peer a/eth0',
      NODE_A,
    ],
  },
  {
    name: 'a port joins and moves; a bridge that goes frees it',
    steps: [
      { ops: [makeA] },
      { ops: [bridge(), bridge({ name: 'br1', mac: macOf(101) }), cable({ master: devRef(host, 'br0') })] },
      { ops: [set(host, 'h0', { master: devRef(host, 'br1') })] },
      { ops: [delLink(host, 'br1')] },
    ],
    leaves: ['device a/eth0 kind veth mac 02:00:00:00:00:0a peer host/h0', BR0, H0, NODE_A],
  },
  {
    name: 'a device that is no bridge takes no ports',
    steps: [...ready, { ops: [bridge()] }, { ops: [set(host, 'br0', { master: devRef(host, 'h0') })] }],
    refused: [/./],
    leaves: [ADDRESS, ETH0, BR0, H0, NODE_A, PREFIX],
  },
  { name: 'a cable goes with its near end', steps: [...ready, { ops: [delLink(host, 'h0')] }], leaves: [NODE_A] },
  { name: 'and with its far end', steps: [...ready, { ops: [delLink(a, 'eth0')] }], leaves: [NODE_A] },
  { name: 'and with the namespace of one', steps: [...ready, { ops: [namespaceOp('del', 'a')] }], leaves: [] },
  {
    name: 'several devices of a group go, and no other of it',
    steps: [
      { ops: [bridge({ group: 9 }), bridge({ name: 'br1', group: 9 }), bridge({ name: 'br2', group: 9 })] },
      { ops: [delLink(host, 'br1'), delLink(host, 'br2')] },
      { ops: [bridge({ name: 'br1', group: 9, mac: macOf(101) })] },
    ],
    leaves: [`${BR0} group 9`, 'device host/br1 kind bridge mac 02:00:00:00:00:65 group 9'],
  },
  {
    name: 'a whole group goes',
    steps: [
      { ops: [bridge({ group: 9 }), bridge({ name: 'br1', group: 9 })] },
      { ops: [delLink(host, 'br0'), delLink(host, 'br1')] },
    ],
    leaves: [],
  },
  {
    name: 'what is not there cannot be changed',
    steps: [{ ops: [set(host, 'nope', { up: true })] }],
    refused: [MISSING],
    leaves: [],
  },
  {
    name: 'a device that is to go may have gone',
    steps: [
      { ops: [bridge({ name: 'br1', mac: macOf(101) }), delLink(host, 'nope'), bridge()] },
      { ops: [delLink(host, 'nope'), delLink(host, 'br1'), delLink(host, 'none'), set(host, 'br0', { mtu: 1400 })] },
    ],
    leaves: [`${BR0} mtu 1400`],
  },
  {
    name: 'both ends of a cable go, each by itself',
    steps: [...ready, { ops: [delLink(host, 'h0'), bridge(), delLink(a, 'eth0')] }],
    leaves: [BR0, NODE_A],
  },
  {
    name: 'an address once; what is there already is fine for replace',
    steps: [
      ...ready,
      { ops: [addressOp('add', a, 'eth0', '10.0.0.2/24')] },
      { ops: [addressOp('replace', a, 'eth0', '10.0.0.2/24')] },
      { ops: [addressOp('del', a, 'eth0', '10.0.0.9/24')] },
    ],
    refused: [/exists|already/, /not found|Cannot assign/],
    leaves: READY,
  },
  {
    name: 'a second address of a subnet lives by the first',
    steps: [...ready, { ops: [addressOp('replace', a, 'eth0', '10.0.0.3/24')] }],
    leaves: [
      'address a/10.0.0.3/24 dev a/eth0 within a/eth0 10.0.0.2/24',
      ...READY.map((it) => (it === PREFIX ? `${it} needs a/eth0 10.0.0.3/24` : it)),
    ],
  },
  {
    name: 'and goes with it',
    steps: [
      ...ready,
      { ops: [addressOp('replace', a, 'eth0', '10.0.0.3/24'), addressOp('replace', a, 'eth0', '10.1.0.3/24')] },
      { ops: [addressOp('del', a, 'eth0', '10.0.0.2/24')] },
    ],
    leaves: [
      'address a/10.1.0.3/24 dev a/eth0',
      ETH0,
      H0,
      NODE_A,
      'route a/10.1.0.0/24 dev a/eth0 src 10.1.0.3 protocol 2 needs a/eth0 10.1.0.3/24',
    ],
  },
  {
    name: 'a device that goes down keeps its IPv4 addresses, and loses IPv6 ones and all routes',
    steps: [
      ...ready,
      { ops: [addressOp('replace', a, 'eth0', 'fd00::2/64'), routeOp('replace', a, 'default', via('10.0.0.1'))] },
      { ops: [set(a, 'eth0', { up: false })] },
    ],
    leaves: [ADDRESS, ETH0.replace(' up', ''), H0, NODE_A],
  },
  {
    name: 'and has the routes to its own wires again when it comes up',
    steps: [
      ...ready,
      { ops: [routeOp('replace', a, 'default', via('10.0.0.1'))] },
      { ops: [set(a, 'eth0', { up: false }), upA] },
    ],
    leaves: READY,
  },
  {
    name: 'a route needs a gateway in reach',
    steps: [...ready, { ops: [routeOp('replace', a, 'default', via('10.9.0.1'))] }],
    refused: [/Nexthop has invalid gateway|unreachable/],
    leaves: READY,
  },
  {
    name: 'onlink says that it is',
    steps: [...ready, { ops: [routeOp('replace', a, 'default', { ...via('10.9.0.1'), onlink: true })] }],
    leaves: [...READY, 'route a/default via 10.9.0.1 dev a/eth0 onlink protocol 201 needs a/eth0 10.0.0.2/24 (t)'],
  },
  {
    name: 'a route through a device that is down is refused',
    steps: [
      { ops: [makeA] },
      { ops: [cable()] },
      {
        ops: [
          addressOp('replace', a, 'eth0', '10.0.0.2/24'),
          routeOp('replace', a, '10.9.0.0/16', { dev: devRef(a, 'eth0') }),
        ],
      },
    ],
    refused: [/not up|down/],
    leaves: [ADDRESS, ETH0.replace(' up', ''), H0, NODE_A],
  },
  {
    name: 'routes of every sort, replaced and removed',
    steps: [
      ...ready,
      {
        ops: [
          addressOp('replace', a, 'eth0', 'fd00::2/64'),
          routeOp('replace', a, '10.7.0.0/16', { ...via('10.0.0.1'), metric: 50, src: '10.0.0.2' }),
          routeOp('replace', a, '10.8.0.0/16', { kind: 'blackhole', table: 100 }),
          routeOp('replace', a, '10.9.0.0/16', { kind: 'prohibit' }),
          routeOp('replace', a, '10.10.0.0/16', { kind: 'unreachable' }),
          routeOp('replace', a, 'default', { ...via('fd00::1'), family: 6 }),
          routeOp('replace', a, 'default', via('10.0.0.1')),
        ],
      },
      {
        ops: [
          routeOp('replace', a, 'default', via('10.0.0.9')),
          routeOp('del', a, '10.9.0.0/16', { kind: 'prohibit' }),
          routeOp('del', a, '10.10.0.0/16', { kind: 'unreachable' }),
        ],
      },
    ],
    leaves: [
      'address a/fd00::2/64 dev a/eth0',
      ...READY,
      'route a/10.7.0.0/16 via 10.0.0.1 dev a/eth0 metric 50 src 10.0.0.2 protocol 201 needs a/eth0 10.0.0.2/24 (t)',
      'route a/10.8.0.0/16 kind blackhole table 100 protocol 201 (t)',
      'route a/default via 10.0.0.9 dev a/eth0 protocol 201 needs a/eth0 10.0.0.2/24 (t)',
      'route a/default family 6 via fd00::1 dev a/eth0 metric 1024 protocol 201 needs a/eth0 fd00::2/64 (t)',
      'route a/fd00::/64 family 6 dev a/eth0 metric 256 protocol 2 needs a/eth0 fd00::2/64',
    ],
  },
  {
    name: 'a route of several ways, another in its place, and none of them',
    steps: [
      ...twoWires,
      { ops: [ways('10.9.0.0/16', '10.0.0.1', '10.1.0.1'), ways('fd09::/64', 'fd00::1', 'fd01::1')] },
      { ops: [ways('10.9.0.0/16', '10.0.0.9', '10.1.0.9'), ways('fd09::/64', 'fd00::9', 'fd01::9')] },
      { ops: [ways('10.8.0.0/16', '10.0.0.9', '10.1.0.9'), ways('fd08::/64', 'fd00::9', 'fd01::9')] },
      {
        ops: [
          ways('10.8.0.0/16', '10.0.0.9', '10.1.0.9', 'del'),
          ways('fd08::/64', 'fd00::9', 'fd01::9', 'del'),
          routeOp('replace', a, 'default', via('10.0.0.1')),
          ways('default', '10.0.0.9', '10.1.0.9'),
        ],
      },
    ],
    leaves: [
      ...TWO_WIRES,
      waysLine('10.9.0.0/16', '10.0.0.9', '10.1.0.9'),
      waysLine('fd09::/64', 'fd00::9', 'fd01::9'),
      waysLine('default', '10.0.0.9', '10.1.0.9'),
    ],
  },
  {
    name: 'one way of several waits for its device to come up, and for an address',
    steps: [
      ...twoWires,
      { ops: [ways('10.9.0.0/16', '10.0.0.1', '10.1.0.1'), ways('fd09::/64', 'fd00::1', 'fd01::1')] },
      { ops: [set(a, 'eth1', { up: false }), set(a, 'eth1', { up: true })] },
      { ops: [addressOp('del', a, 'eth0', '10.0.0.2/24')] },
    ],
    leaves: [
      ...[...WIRES, ...V4_1, ...V6_0],
      waysLine('10.9.0.0/16', '10.0.0.1', '10.1.0.1', 'needs a/eth1 10.1.0.2/24'),
      waysLine('fd09::/64', 'fd00::1', 'fd01::1', 'needs a/eth0 fd00::2/64'),
    ],
  },
  {
    name: 'with the last of them goes the route',
    steps: [
      ...twoWires,
      { ops: [ways('10.9.0.0/16', '10.0.0.1', '10.1.0.1'), ways('fd09::/64', 'fd00::1', 'fd01::1')] },
      { ops: [set(a, 'eth1', { up: false }), set(a, 'eth0', { up: false })] },
    ],
    leaves: [...WIRES.map((it) => (/^device a/.test(it) ? it.replace(' up', '') : it)), ADDRESS, ...V4_1.slice(0, 1)],
  },
  {
    name: 'with a device goes the whole route of IPv4, of IPv6 one way',
    steps: [
      ...twoWires,
      { ops: [ways('10.9.0.0/16', '10.0.0.1', '10.1.0.1'), ways('fd09::/64', 'fd00::1', 'fd01::1')] },
      { ops: [delLink(host, 'h1')] },
    ],
    leaves: [
      ...[ETH0, H0, NODE_A, ...V4_0, ...V6_0],
      'route a/fd09::/64 family 6 via fd00::1 dev a/eth0 metric 1024 protocol 201 needs a/eth0 fd00::2/64 (t)',
    ],
  },
  {
    name: 'each way needs a gateway in reach',
    steps: [...twoWires, { ops: [ways('10.9.0.0/16', '10.0.0.1', '10.3.0.1')] }],
    refused: [/Nexthop has invalid gateway|unreachable/],
    leaves: TWO_WIRES,
  },
  {
    name: 'what is no route cannot be removed',
    steps: [...ready, { ops: [routeOp('del', a, '10.9.0.0/16', via('10.0.0.1'))] }],
    refused: [/No such process/],
    leaves: READY,
  },
  {
    name: 'the last IPv4 address takes the routes through its device along, and what ARP knows',
    steps: [
      ...ready,
      {
        ops: [
          routeOp('replace', a, 'default', { via: '10.0.0.1', dev: devRef(a, 'eth0') }),
          netlink(a, 'neighbour', 'replace', { to: '10.0.0.7', mac: macOf(7), dev: devRef(a, 'eth0'), protocol: 201 }),
        ],
      },
      { ops: [addressOp('del', a, 'eth0', '10.0.0.2/24')] },
    ],
    leaves: [ETH0, H0, NODE_A],
  },
  {
    name: 'rules, each once',
    steps: [
      { ops: [makeA] },
      {
        ops: [
          netlink(a, 'rule', 'add', { family: 4, priority: 100, from: '10.0.0.0/24', table: 7, protocol: 201 }),
          netlink(a, 'rule', 'add', { family: 6, priority: 100, to: 'fd00::/64', iif: 'lo', table: 7, protocol: 201 }),
          netlink(a, 'rule', 'add', { family: 4, priority: 101, fwmark: 16, oif: 'eth0', table: 7, protocol: 201 }),
          netlink(a, 'rule', 'add', { family: 4, priority: 102, from: '10.0.0.9/32', table: 7, protocol: 201 }),
        ],
      },
      {
        ops: [
          netlink(a, 'rule', 'add', { family: 4, priority: 101, fwmark: 16, oif: 'eth0', table: 7, protocol: 201 }),
        ],
      },
      { ops: [netlink(a, 'rule', 'del', { family: 4, priority: 102, from: '10.0.0.9/32', table: 7, protocol: 201 })] },
      { ops: [netlink(a, 'rule', 'del', { family: 4, priority: 102, from: '10.0.0.9/32', table: 7, protocol: 201 })] },
    ],
    refused: [EXISTS, /No such file/],
    leaves: [
      NODE_A,
      'rule a/100 table 7 protocol 201 from 10.0.0.0/24 (t)',
      'rule a/101 table 7 protocol 201 fwmark 16 oif eth0 (t)',
      'rule a/100 family 6 table 7 protocol 201 to fd00::/64 iif lo (t)',
    ],
  },
  {
    name: 'neighbours of both families',
    steps: [
      ...ready,
      {
        ops: ['10.0.0.7', 'fd00::7', '10.0.0.8'].map((to) =>
          netlink(a, 'neighbour', 'replace', { to, mac: macOf(7), dev: devRef(a, 'eth0'), protocol: 201 }),
        ),
      },
      {
        ops: [
          netlink(a, 'neighbour', 'replace', { to: '10.0.0.7', mac: macOf(8), dev: devRef(a, 'eth0'), protocol: 201 }),
          netlink(a, 'neighbour', 'del', { to: '10.0.0.8', mac: macOf(7), dev: devRef(a, 'eth0'), protocol: 201 }),
        ],
      },
    ],
    leaves: [
      ...READY,
      'neighbour a/10.0.0.7 mac 02:00:00:00:00:08 dev a/eth0 protocol 201 needs a/eth0 10.0.0.2/24 (t)',
      'neighbour a/fd00::7 mac 02:00:00:00:00:07 dev a/eth0 protocol 201 (t)',
    ],
  },
  {
    name: 'a device is moved, with a new name and all else in one request; what is configured on it stays behind',
    steps: [
      { ops: [makeA, nic] },
      { ops: [addressOp('replace', host, 'n0', '10.0.0.1/24')] },
      { ops: [move(host, 'n0', a, lent)] },
    ],
    leaves: [
      'device a/eth0 kind veth mac 02:00:00:00:00:03 mtu 1400 up alias pipewright:t:a/eth0=n0 peer host/w0 (t)',
      'device host/w0 kind veth mac 02:00:00:00:00:02 peer a/eth0',
      NODE_A,
    ],
  },
  {
    name: 'and goes back',
    steps: [
      { ops: [makeA, nic] },
      { ops: [move(host, 'n0', a, lent)] },
      { ops: [move(a, 'eth0', host, { name: 'n0', up: true, mtu: 1500, mac: macOf(1), alias: '' }, [macOf(3)])] },
    ],
    leaves: [
      'device host/n0 kind veth mac 02:00:00:00:00:01 up peer host/w0',
      'device host/w0 kind veth mac 02:00:00:00:00:02 peer host/n0',
      NODE_A,
    ],
  },
  {
    name: 'in undoing it is known by its MAC address, whatever became of its name; what only has its name stays',
    steps: [
      { ops: [makeA, nic] },
      { ops: [move(host, 'n0', a, { name: 'renamed', up: false })] },
      { ops: [netlink(a, 'link', 'add', { name: 'eth0', kind: 'bridge', mac: macOf(9) })] },
      { undo: true, ops: [move(a, 'eth0', host, { name: 'n0', up: true })] },
      { undo: true, ops: [move(a, 'eth0', host, { name: 'n1', up: true }, [macOf(77)])] },
    ],
    refused: [MISSING],
    leaves: [
      'device a/eth0 kind bridge mac 02:00:00:00:00:09',
      'device host/n0 kind veth mac 02:00:00:00:00:01 up peer host/w0',
      'device host/w0 kind veth mac 02:00:00:00:00:02 peer host/n0',
      NODE_A,
    ],
  },
  {
    name: 'a move to a name that is taken is refused',
    steps: [
      { ops: [makeA, nic] },
      { ops: [netlink(a, 'link', 'add', { name: 'n0', kind: 'bridge', mac: macOf(9) })] },
      { ops: [move(host, 'n0', a, { name: 'n0', up: true })] },
    ],
    refused: [/File exists|same name exists|new interface name/],
    leaves: [
      'device a/n0 kind bridge mac 02:00:00:00:00:09',
      'device host/n0 kind veth mac 02:00:00:00:00:01 up peer host/w0',
      'device host/w0 kind veth mac 02:00:00:00:00:02 peer host/n0',
      NODE_A,
    ],
  },
  {
    name: 'a bridge stays in its namespace',
    steps: [{ ops: [makeA, bridge()] }, { ops: [move(host, 'br0', a, { name: 'br0', up: true })] }],
    refused: [/immutable|Invalid argument/],
    leaves: [BR0, NODE_A],
  },
  {
    name: 'sysctls, in their own namespace only; one that is none is refused',
    steps: [
      { ops: [makeA, makeB] },
      {
        ops: [
          { op: 'sysctl', on: a, name: FORWARD, value: '1' },
          { op: 'sysctl', on: a, name: PORTS, value: '2000 3000' },
          { op: 'sysctl', on: b, name: 'net.ipv4.no_such_thing', value: '1' },
          { op: 'sysctl', on: b, name: 'net.ipv4.no_such_thing_either', value: '1', optional: true },
        ],
      },
    ],
    refused: [/no_such_thing|No such|nonexistent/],
    leaves: [
      NODE_A,
      NODE_B,
      'sysctl a/net.ipv4.ip_forward value 1 (t)',
      'sysctl a/net.ipv4.ip_local_port_range value 2000 3000 (t)',
    ],
  },
  {
    name: 'features of a device are turned off and on by themselves; without the device, that is refused',
    steps: [
      { ops: [makeA] },
      { ops: [cable({}, { name: 'w0' })] },
      { ops: [offloadOp('tx', 'off'), offloadOp('txvlan', 'off')] },
      { ops: [offloadOp('tx', 'on')] },
      { ops: [{ ...offloadOp('tx', 'off'), device: 'nope' }] },
    ],
    refused: [/No such device|ENODEV/],
    leaves: [
      NODE_A,
      H0.replace('a/eth0', 'a/w0'),
      ETH0.replace('a/eth0', 'a/w0').replace(' up', ''),
      'offload a/tx dev a/w0 state on (t)',
      'offload a/txvlan dev a/w0 state off (t)',
    ],
  },
  {
    name: 'a block in a file that is missing, changed; one that is not there goes in peace',
    steps: [
      { ops: [fileBlockOp('a', ['10.0.0.7\tdb']), fileBlockOp('b', []), fileBlockOp('b')] },
      { ops: [fileBlockOp('a', ['10.0.0.8\tdb', 'fd00::8\tdb']), fileBlockOp('b')] },
    ],
    leaves: ['file-block host//etc/netns/a/hosts topology t lines ["10.0.0.8\\tdb","fd00::8\\tdb"] copyOf  (t)'],
  },
  {
    name: 'a table of nftables is as it was written last; one that cannot be leaves it so',
    steps: [
      { ops: tableOps(undefined, tableOf([9], [inPorts, nftDrop])) },
      { ops: tableOps(tableOf([9], [inPorts, nftDrop]), tableOf([80, 443], [inPorts, nftAccept])) },
      { ops: tableOps(undefined, tableOf([1], [nftMatch(nftField('tcp', 'dport'), '@missing'), nftDrop])) },
    ],
    refused: [/No such file or directory/],
    leaves: [
      'nft-table host/pipewright-t family inet sets [{"name":"ports","type":"inet_service","elem":[443,80]}] chains [{"name":"in","type":"filter","hook":"input","prio":0,"policy":"accept","rules":[{"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":"@ports"}},{"accept":null}]}]}] others [] comment pipewright:t:inet (t)',
    ],
  },
  {
    name: 'a table of nftables that is gone goes once more in peace',
    steps: [
      { ops: tableOps(undefined, tableOf([9], [inPorts, nftDrop])) },
      { ops: tableOps(tableOf([9])) },
      { ops: tableOps(tableOf([9])) },
    ],
    leaves: [],
  },
  {
    name: 'programs run in the namespace of their place, and fail by their exit code',
    steps: [{ ops: [makeA] }, { ops: [exec(a, 'true')] }, { ops: [exec(a, 'false'), exec(a, 'true')] }],
    refused: [/exit code 1/],
    leaves: [NODE_A],
  },
  {
    name: 'a batch ends with its first failure, the others do not',
    steps: [
      { ops: [makeA, makeB] },
      {
        ops: [
          set(a, 'nope', { up: true }),
          { op: 'sysctl', on: b, name: FORWARD, value: '1' },
          netlink(b, 'rule', 'add', { family: 4, priority: 100, table: 7, protocol: 201 }),
        ],
      },
    ],
    refused: [MISSING],
    leaves: [NODE_A, NODE_B, 'rule b/100 table 7 protocol 201 (t)', 'sysctl b/net.ipv4.ip_forward value 1 (t)'],
  },
  {
    name: 'undoing goes on, and minds neither what is gone already nor what is there already',
    steps: [
      ...ready,
      {
        undo: true,
        ops: [
          delLink(host, 'nope'),
          namespaceOp('add', 'a'),
          namespaceOp('del', 'b'),
          set(a, 'nope', { up: true }),
          cable(),
          addressOp('del', a, 'eth0', '10.0.0.9/24'),
          routeOp('del', a, '10.9.0.0/16', via('10.0.0.1')),
          netlink(a, 'rule', 'del', { family: 4, priority: 102, table: 7 }),
          set(a, 'eth0', { mtu: 1400 }),
        ],
      },
    ],
    refused: [MISSING],
    leaves: [ADDRESS, ETH0.replace(' up', ' mtu 1400 up'), H0, NODE_A, PREFIX],
  },
  {
    name: 'a place that nobody has seen stops everything',
    steps: [{ ops: [makeA, set(placeOf('z'), 'eth0', { up: true })] }],
    refused: [/^PW_UNKNOWN_PLACE$/],
    leaves: [],
  },
];
