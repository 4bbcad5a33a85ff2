import {
  type CompileContext,
  type Family,
  type Model,
  nftDrop,
  type NftExpression,
  nftField,
  nftMasquerade,
  nftMatch,
  nftMeta,
  nftTable,
  type NftTableAttrs,
  parseCidr,
  type Resource,
} from '@pipewright/plugin';
import { type HostedNetwork, isHosted, networksThat, subnetsOf } from './networks.js';
import { isLoopback, type Publication } from './publications.js';

type Rule = readonly NftExpression[];

/** NF_IP_PRI_* of linux/netfilter_ipv4.h. */
const PRIORITY = { raw: -300, dstnat: -100, filter: 0, srcnat: 100 } as const;

const [IN, OUT] = [nftMeta('iifname'), nftMeta('oifname')];

/** What the host does to packets that it forwards: those of internal and of masqueraded networks, and of published ports. */
export function forwarding(
  model: Model,
  publications: readonly Publication[],
  host: string,
  { topology, facts }: CompileContext,
): readonly Resource<NftTableAttrs>[] {
  const [internal, nat] = [networksThat('internal', model), networksThat('nat', model)];
  if (internal.length + nat.length + publications.length === 0) return [];
  const chains = [
    chain('filter', 'forward', 'filter', internal.flatMap(closed)),
    chain('nat', 'postrouting', 'srcnat', [...publications.flatMap(returning), ...nat.flatMap(masqueraded)]),
    chain(
      'nat',
      'prerouting',
      'dstnat',
      publications.flatMap((it) => leadingIn(it, false)),
    ),
    chain(
      'nat',
      'output',
      'dstnat',
      publications.flatMap((it) => leadingIn(it, true)),
    ),
    chain('filter', 'prerouting', 'raw', [
      ...publications.flatMap(guarded),
      ...(nat.length > 0 && (facts.bridgeCalls ?? []).length > 0
        ? model.networks.filter(isHosted).flatMap(passingBy)
        : []),
    ]),
  ];
  return [nftTable({ host }, topology, 'inet', { chains: chains.filter(({ rules }) => rules.length > 0) })];
}

/** Each of the rules once. */
const chain = (
  type: 'filter' | 'nat',
  hook: 'prerouting' | 'forward' | 'output' | 'postrouting',
  prio: keyof typeof PRIORITY,
  rules: readonly Rule[],
) => ({
  name: prio === 'raw' ? 'raw' : hook,
  type,
  hook,
  prio: PRIORITY[prio],
  policy: 'accept' as const,
  rules: [...new Map(rules.map((it) => [JSON.stringify(it), it])).values()],
});

/** Frames between its own ports come by here, too, where br_netfilter sends them: in by the bridge and out by it. */
const closed = ({ device: { name } }: HostedNetwork): readonly Rule[] => [
  [nftMatch(IN, name), nftMatch(OUT, name, '!='), nftDrop],
  [nftMatch(OUT, name), nftMatch(IN, name, '!='), nftDrop],
];

const ipOf = (family: Family, field: 'saddr' | 'daddr'): NftExpression => nftField(family === 4 ? 'ip' : 'ip6', field);

const prefix = (text: string): NftExpression => {
  const [addr, len] = text.split('/');
  return { prefix: { addr, len: Number(len) } };
};

const masqueraded = (network: HostedNetwork): readonly Rule[] =>
  subnetsOf(network).map(({ family, text }) => [
    nftMatch(ipOf(family, 'saddr'), prefix(text)),
    nftMatch(OUT, network.device.name, '!='),
    nftMasquerade,
  ]);

const nodeTypeIs = (field: 'saddr' | 'daddr', type: 'local'): NftExpression =>
  nftMatch({ fib: { result: 'type', flags: [field] } }, type);

const isDnat = nftMatch({ ct: { key: 'status' } }, 'dnat', 'in');

/** Answers come back by the host: to the host itself whatever address it called from, and to the node's own neighbours. */
const returning = ({ targets }: Publication): readonly Rule[] =>
  targets.flatMap(({ network }) => {
    const out = nftMatch(OUT, network.device.name);
    return [
      [nodeTypeIs('saddr', 'local'), out, isDnat, nftMasquerade],
      ...subnetsOf(network).map(({ family, text }) => [
        nftMatch(ipOf(family, 'saddr'), prefix(text)),
        out,
        isDnat,
        nftMasquerade,
      ]),
    ];
  });

/** `byHost`: what programs of the host send; else what comes to it. */
function leadingIn({ ip, protocol, host, ports, targets }: Publication, byHost: boolean): readonly Rule[] {
  if (ip !== null && isLoopback(ip) && !byHost) return [];
  return targets.flatMap(({ family, address }) =>
    shifted(host, ports).map(({ from, to }) => [
      ...addressed(family, ip),
      nftMatch(nftField(protocol, 'dport'), from),
      { dnat: { family: family === 4 ? 'ip' : 'ip6', addr: address, ...to } },
    ]),
  );
}

/** Nothing is sent from ::1 to another address. */
const addressed = (family: Family, ip: string | null): Rule => {
  if (ip !== null) return [nftMatch(ipOf(family, 'daddr'), ip)];
  const isFamily = family === 4 ? nftMatch(nftMeta('nfproto'), 'ipv4') : nftMatch(ipOf(family, 'daddr'), '::1', '!=');
  return [isFamily, nodeTypeIs('daddr', 'local')];
};

type Run = Publication['host'];

/** A run that keeps its numbers is one rule; one that does not is a rule a port. */
function shifted(
  [first, last]: Run,
  [to]: Run,
): readonly { readonly from: unknown; readonly to: { readonly port?: number } }[] {
  if (first === to && first !== last) return [{ from: { range: [first, last] }, to: {} }];
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    from: first + index,
    to: { port: to + index },
  }));
}

/** `route_localnet`, which lets the host call from 127.0.0.1, would let in who calls 127.0.0.1 from outside. */
const guarded = ({ targets }: Publication): readonly Rule[] =>
  targets
    .filter(({ family }) => family === 4)
    .map(({ network }) => [
      nftMatch(IN, network.device.name),
      nftMatch(ipOf(4, 'daddr'), prefix('127.0.0.0/8')),
      nftDrop,
    ]);

/** The zone of connections that frames between ports of bridges are of; any number that nobody else has. */
const PASSING_BY = 20_297;

/**
 * Where br_netfilter has bridges' frames tracked, a connection that first goes by a bridge, from a node to another that is a
 * router, and then through the host would be known already when it leaves, and as one that is not masqueraded: what is decided
 * of a connection is decided once. So what is not for the bridge itself is another connection.
 */
const passingBy = ({ device: { name, mac, isBridge } }: HostedNetwork): readonly Rule[] =>
  isBridge && mac !== undefined
    ? [[nftMatch(IN, name), nftMatch(nftField('ether', 'daddr'), mac, '!='), nftZone(PASSING_BY)]]
    : [];

const nftZone = (zone: number): NftExpression => ({ mangle: { key: { ct: { key: 'zone' } }, value: zone } });

/** Families in which the host has to forward. */
export const forwardedFamilies = (model: Model, publications: readonly Publication[]): readonly Family[] =>
  ([4, 6] as const).filter(
    (family) =>
      networksThat('nat', model).some((it) => subnetsOf(it).some((one) => one.family === family)) ||
      publications.some(({ targets }) => targets.some((it) => it.family === family)),
  );

/** Networks of which something passes the host. */
export const forwardedNetworks = (model: Model, publications: readonly Publication[]): readonly HostedNetwork[] => [
  ...new Map(
    [
      ...networksThat('nat', model),
      ...publications.flatMap(({ targets }) => targets.map(({ network }) => network)),
    ].map((it) => [it.name, it]),
  ).values(),
];

/** Whether programs of the host may call from 127.0.0.1. */
export const callsFromLoopback = ({ ip }: Publication): boolean => ip === null || isLoopback(ip);

/** Families of the subnets of a network. */
export const familiesOf = ({ addresses }: HostedNetwork): readonly Family[] => [
  ...new Set(addresses.flatMap((it) => parseCidr(it)?.family ?? [])),
];
