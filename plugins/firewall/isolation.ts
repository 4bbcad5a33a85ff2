import {
  type CompileContext,
  type ExposedPorts,
  type Model,
  type Names,
  type Nic,
  nftAccept,
  nftAnyOf,
  nftConcat,
  nftDrop,
  type NftExpression,
  nftField,
  nftGoto,
  nftMatch,
  nftMeta,
  type NftSet,
  nftTable,
  type NftTableAttrs,
  parseCidr,
  type Resource,
  segmentEnd,
} from '@pipewright/plugin';
import { type HostedNetwork, networksThat } from './networks.js';

/** IPPROTO_* of linux/in.h. */
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;

const [IN, OUT] = [nftMeta('iifname'), nftMeta('oifname')];

/** Bits of the fragment's place in its packet (RFC 791). */
const FRAGMENT_OFFSET = 0x1f_ff;

const isFragment: readonly NftExpression[] = [
  nftMatch({ '&': [nftField('ip', 'frag-off'), FRAGMENT_OFFSET] }, 0, '!='),
  nftMatch({ exthdr: { name: 'frag', field: 'frag-off' } }, 0, '!='),
];

/** NF_BR_PRI_FILTER_BRIDGED of linux/netfilter_bridge.h. */
const PRIORITY = -200;

const hook = (name: 'forward' | 'input') =>
  ({ name, type: 'filter', hook: name, prio: PRIORITY, policy: 'accept' }) as const;

/**
 * What passes between the nodes of isolated networks: frames from one of their ports to another. No connections are
 * known to a bridge, so answers are told by the port that they come from; of TCP none that opens a connection is one.
 */
export function isolation(
  model: Model,
  host: string,
  { topology, names }: CompileContext,
): readonly Resource<NftTableAttrs>[] {
  const networks = networksThat('isolated', model).filter(({ members }) => members.length > 0);
  if (networks.length === 0) return [];
  const pairs = networks.flatMap((it) => pairsOf(it, model, names));
  const runs = runsOf(pairs);
  return [
    nftTable({ host }, topology, 'bridge', {
      sets: setsOf(networks, pairs, runs, names),
      chains: [
        { ...hook('forward'), rules: [[nftMatch(IN, '@ports'), nftMatch(OUT, '@ports'), nftGoto('isolated')]] },
        { name: 'isolated', rules: rulesOf(runs.filter(isLong)) },
        // What the host would route back to where it came from.
        { ...hook('input'), rules: networks.flatMap((it) => detours(it, names)) },
      ],
    }),
  ];
}

const rulesOf = (runs: readonly Run[]): readonly (readonly NftExpression[])[] => [
  [nftMatch(nftConcat(IN, OUT), '@linked', '!='), nftDrop],
  [nftMatch(nftField('ether', 'type'), 'arp'), nftAccept],
  [nftMatch(nftField('icmpv6', 'type'), nftAnyOf(['nd-neighbor-solicit', 'nd-neighbor-advert'])), nftAccept],
  [nftMatch(nftConcat(IN, OUT, nftMeta('l4proto'), nftField('th', 'dport')), '@services'), nftAccept],
  ...runs.map(({ from, to, protocol, ports }) => [
    nftMatch(IN, from),
    nftMatch(OUT, to),
    nftMatch(nftField(protocol, 'dport'), { range: ports }),
    nftAccept,
  ]),
  [nftMatch({ '&': [nftField('tcp', 'flags'), { '|': ['syn', 'ack'] }] }, 'syn'), nftDrop],
  [nftMatch(nftConcat(OUT, IN, nftMeta('l4proto'), nftField('th', 'sport')), '@services'), nftAccept],
  ...runs.map(({ from, to, protocol, ports }) => [
    nftMatch(IN, to),
    nftMatch(OUT, from),
    nftMatch(nftField(protocol, 'sport'), { range: ports }),
    nftAccept,
  ]),
  // They have no ports, and are nothing without the first of them, which has.
  ...isFragment.map((it) => [it, nftAccept]),
  [nftDrop],
];

/** Two ports of a bridge, and the service behind the second that the first may reach. */
interface Pair {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly ExposedPorts[];
}

const portOf = (nic: Nic, { segment, mtu }: HostedNetwork, names: Names): string =>
  segmentEnd(nic, segment, names, mtu).name;

function pairsOf(network: HostedNetwork, { serviceLinks }: Model, names: Names): readonly Pair[] {
  const portsOf = (node: string): readonly string[] =>
    network.members.filter((it) => it.node === node).map((it) => portOf(it, network, names));
  return serviceLinks
    .filter((it) => it.network === network.name && it.ports.length > 0)
    .flatMap(({ from, to, ports }) =>
      portsOf(from).flatMap((one) => portsOf(to).map((other) => ({ from: one, to: other, ports }))),
    );
}

/** Ports of one protocol, side by side, that a port of a bridge may reach behind another. */
interface Run {
  readonly from: string;
  readonly to: string;
  readonly protocol: keyof typeof PROTOCOLS;
  readonly ports: ExposedPorts['ports'];
}

function runsOf(pairs: readonly Pair[]): readonly Run[] {
  const runs = new Map<string, Omit<Run, 'ports'> & { readonly all: ExposedPorts['ports'][] }>();
  for (const { from, to, ports } of pairs)
    for (const { ports: run, protocol } of ports) {
      const key = [from, to, protocol].join(' ');
      const known = runs.get(key);
      if (known) known.all.push(run);
      else runs.set(key, { from, to, protocol, all: [run] });
    }
  return [...runs.values()].flatMap(({ all, ...of }) => joined(all).map((ports) => ({ ...of, ports })));
}

/**
 * More than that is a rule of its own. No set has intervals: in the moment in which a transaction replaces such a set the
 * kernel finds nothing in it (seen on Linux 6.18), and packets that are to pass are lost.
 */
const LONGEST_IN_SET = 64;

const isLong = ({ ports: [first, last] }: Run): boolean => last - first >= LONGEST_IN_SET;

function setsOf(
  networks: readonly HostedNetwork[],
  pairs: readonly Pair[],
  runs: readonly Run[],
  names: Names,
): readonly NftSet[] {
  const ports = networks.flatMap((it) => it.members.map((nic) => portOf(nic, it, names)));
  const linked = new Map(
    pairs.flatMap(({ from, to }) => [[from, to] as const, [to, from] as const]).map((it) => [it.join(' '), it]),
  );
  return [
    { name: 'ports', type: 'ifname', elem: ports },
    { name: 'linked', type: ['ifname', 'ifname'], elem: [...linked.values()].map((it) => nftConcat(...it)) },
    {
      name: 'services',
      type: ['ifname', 'ifname', 'inet_proto', 'inet_service'],
      elem: runs.filter((it) => !isLong(it)).flatMap(elementsOf),
    },
  ];
}

const elementsOf = ({ from, to, protocol, ports: [first, last] }: Run): readonly NftExpression[] =>
  Array.from({ length: last - first + 1 }, (_, index) => nftConcat(from, to, PROTOCOLS[protocol], first + index));

function joined(runs: readonly ExposedPorts['ports'][]): readonly ExposedPorts['ports'][] {
  const result: (readonly [number, number])[] = [];
  for (const [first, last] of [...runs].sort(([a], [b]) => a - b)) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) result[result.length - 1] = [before[0], Math.max(before[1], last)];
    else result.push([first, last]);
  }
  return result;
}

function detours(network: HostedNetwork, names: Names): readonly (readonly NftExpression[])[] {
  const addresses = network.members.flatMap((it) => it.addresses.flatMap((text) => parseCidr(text) ?? []));
  const ports = network.members.map((it) => portOf(it, network, names));
  return ([4, 6] as const).flatMap((family) => {
    const own = [...new Set(addresses.filter((it) => it.family === family).map((it) => it.address))];
    if (own.length === 0) return [];
    const to = nftField(family === 4 ? 'ip' : 'ip6', 'daddr');
    return [[nftMatch(IN, nftAnyOf(ports)), nftMatch(to, nftAnyOf(own)), nftDrop]];
  });
}
