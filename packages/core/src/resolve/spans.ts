import {
  type Diagnostic,
  type FabricDriver,
  type FabricEnd,
  type FabricFeature,
  type HostFacts,
  isMulticast,
  narrowest,
  parseCidr,
  parseIp,
  type Path,
  problem,
  type Resource,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry, Topology } from '../topology.js';
import type { Had, InUse } from './in-use.js';

/** A network with nodes on several hosts, or a link between two, and what carries it. */
export interface Span {
  /** Of the network or of the link: one of a link has a colon. */
  readonly name: string;
  /** What people call what it joins: the network's switches, the link's nics. */
  readonly ids: readonly string[];
  /** For people: `Network "lan"`. */
  readonly what: string;
  readonly driver: FabricDriver;
  /** The fabric's, parsed by its schema. */
  readonly options: unknown;
  /** What is done to its packets. */
  readonly features: readonly FabricFeature[];
  /** One a host, in the order of the file's nodes. */
  readonly ends: readonly FabricEnd[];
  /** As the file has it. */
  readonly mtu: number | undefined;
  readonly path: Path;
}

type FactsOn = (host: string) => HostFacts;

interface Spread {
  readonly spans: readonly Span[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What has to be carried from host to host; what cannot be is told. */
export function spansOf(topology: Topology, registries: Registries): Spread {
  const networks = topology.networks
    // Of a kind that has no switch on its host it is said that it stays there.
    .filter(({ kind }) => registries.networks.need(kind).device)
    .map((it) =>
      spanOf(it, { what: `Network "${it.name}"`, ids: [it.name], hosts: hostsOf(it, topology) }, topology, registries),
    );
  const hosts = new Map(topology.nodes.map((it) => [it.name, it.host]));
  const links = topology.links.map((it) => {
    const its = [...new Set(it.ends.flatMap(({ node }) => hosts.get(node) ?? []))];
    const { spans, diagnostics } = spanOf(
      it,
      { what: `Link ${it.name}`, ids: it.ends.map(({ node, nic }) => `${node}/${nic.name}`), hosts: its },
      topology,
      registries,
    );
    const unfit = spans.filter(({ driver }) => !driver.link);
    return {
      spans: spans.filter(({ driver }) => driver.link), // of the others all is said
      diagnostics: [
        ...diagnostics,
        ...unfit.map((one) => problem(errors.noFabricLink(it.name, one.driver.kind), it.path)),
      ],
    };
  });
  const spans = [...networks, ...links].flatMap((it) => it.spans);
  const diagnostics = [...networks, ...links].flatMap((it) => it.diagnostics);
  return { spans, diagnostics: [...diagnostics, ...underlayProblems(spans)] };
}

/** Where its nodes are, each host once, in the order of the file. */
const hostsOf = ({ name }: NetworkEntry, { nodes }: Topology): readonly string[] => [
  ...new Set(nodes.filter(({ nics }) => nics.some(({ network }) => network === name)).map(({ host }) => host)),
];

const NOTHING: Spread = { spans: [], diagnostics: [] };

function spanOf(
  entry: Pick<NetworkEntry, 'name' | 'fabric' | 'mtu' | 'path'>,
  { what, ids, hosts }: Pick<Span, 'what' | 'ids'> & { readonly hosts: readonly string[] },
  { underlays }: Topology,
  { fabrics, features }: Registries,
): Spread {
  const { name, fabric, mtu, path } = entry;
  if (hosts.length < 2) return NOTHING;
  const driver = fabric ? fabrics.need(fabric.kind) : fabrics.default();
  if (!driver) return { spans: [], diagnostics: [problem(errors.noFabric(what, hosts), path)] };
  const without = hosts.filter((host) => !underlays.has(host));
  if (without.length > 0) return { spans: [], diagnostics: [problem(errors.noUnderlay(what, without), path)] };
  const ends = hosts.map((host) => {
    const underlay = underlays.get(host) ?? '';
    return { host, underlay: parseIp(underlay)?.address ?? underlay };
  });
  const options = fabric?.options ?? driver.options.parse({});
  const applied = features.flatMap((it) => (it.fabric?.applies(options as never) ? [it.fabric] : []));
  return {
    spans: [{ name, ids, what, driver, options, features: applied, ends, mtu, path }],
    diagnostics: [],
  };
}

/** Hosts must tell each other's packets apart, and all must speak one family. */
function underlayProblems(spans: readonly Span[]): readonly Diagnostic[] {
  const ends = [...new Map(spans.flatMap((it) => it.ends).map((it) => [it.host, it])).values()];
  const at = (host: string): Path => ['hosts', host, 'underlay'];
  return [
    ...ends
      .filter(({ underlay }) => isMulticast(underlay))
      .map(({ host, underlay }) => problem(errors.underlayMulticast(host, underlay), at(host))),
    ...ends.flatMap(({ host, underlay }, index) => {
      const other = ends.slice(0, index).find((it) => it.underlay === underlay);
      return other ? [problem(errors.underlayTwice(underlay, other.host, host), at(host))] : [];
    }),
    ...spans.flatMap(({ what, ends: own, path }) =>
      new Set(own.map(({ underlay }) => parseIp(underlay)?.family)).size > 1
        ? [problem(errors.underlayFamilies(what, own.map(wordsOf)), path)]
        : [],
    ),
  ];
}

const wordsOf = ({ host, underlay }: FabricEnd): string => `${underlay} of ${host}`;

export const othersOf = ({ ends }: Pick<Span, 'ends'>, host: string): readonly FabricEnd[] =>
  ends.filter((it) => it.host !== host);

/** The most that a frame may carry, and where it gets narrow. */
export interface Room {
  readonly mtu: number;
  readonly host: string;
  /** Absent: nothing is known of the host. */
  readonly device?: string;
  /** What that device carries. */
  readonly carries: number;
}

/** `unseen`: what was applied on hosts of which nothing is known now: what fitted there does so still. */
export function roomOf(span: Span, factsOn: FactsOn, unseen: readonly Resource[] = []): Room {
  const { driver, options, features, ends } = span;
  const family = parseIp(ends[0]?.underlay ?? '')?.family ?? 4;
  const rooms = ends.map(({ host }): Room => {
    const standing = standingMtu(span, host, unseen);
    if (standing !== undefined) return { mtu: standing, host, carries: standing };
    const remotes = othersOf(span, host).map(({ underlay }) => underlay);
    const { name, mtu } = narrowest({ remotes }, factsOn(host));
    const left = features.reduce((carries, it) => it.room(carries, family), mtu);
    const room = { mtu: left - driver.overhead(options as never, family), host, carries: mtu };
    return name === undefined ? room : { ...room, device: name };
  });
  return rooms.reduce((least, it) => (it.mtu < least.mtu ? it : least));
}

function standingMtu({ ids }: Span, host: string, unseen: readonly Resource[]): number | undefined {
  const its = unseen.find((it) => it.type === 'device' && it.on.host === host && ids.includes(it.id));
  return typeof its?.attrs['mtu'] === 'number' ? its.attrs['mtu'] : undefined;
}

/** The least that a device carries (RFC 791). */
const LEAST_MTU = 68;

/** What only a look at the hosts tells. */
export const spanProblems = (
  spans: readonly Span[],
  factsOn: FactsOn,
  { inUse, unseen }: Had,
): readonly Diagnostic[] => [
  ...absentUnderlays(spans, factsOn, inUse),
  ...spans.flatMap((it) => cramped(it, roomOf(it, factsOn, unseen))),
];

function cramped({ what, mtu, path }: Span, room: Room): readonly Diagnostic[] {
  const { mtu: most, host, device, carries } = room;
  const wanted = mtu ?? LEAST_MTU;
  if (device === undefined || wanted <= most) return [];
  const at = mtu === undefined ? path : [...path, 'mtu'];
  return [problem(errors.mtuOverUnderlay({ what, wanted, host, device, carries, most }), at)];
}

/** What is sent from an address that the host does not have, nobody answers. */
function absentUnderlays(spans: readonly Span[], factsOn: FactsOn, inUse: InUse): readonly Diagnostic[] {
  const ends = [...new Map(spans.flatMap((it) => it.ends).map((it) => [it.host, it])).values()];
  return ends.flatMap(({ host, underlay }) => {
    if (factsOn(host).devices.length === 0) return [];
    const prefix = `device:${host}//`;
    const own = [...inUse].flatMap(([key, cidrs]) => (key.startsWith(prefix) ? cidrs : []));
    const addresses = own.flatMap((it) => parseCidr(it)?.address ?? []);
    return addresses.includes(underlay)
      ? []
      : [problem(errors.noSuchUnderlay(host, underlay, addresses), ['hosts', host, 'underlay'])];
  });
}
