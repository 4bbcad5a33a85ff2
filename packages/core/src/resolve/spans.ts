import {
  type Diagnostic,
  type FabricDriver,
  type FabricEnd,
  type HostFacts,
  isMulticast,
  narrowest,
  parseCidr,
  parseIp,
  type Path,
  problem,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry, Topology } from '../topology.js';
import type { InUse } from './in-use.js';

/** A network with nodes on several hosts, and what carries it. */
export interface Span {
  readonly name: string;
  readonly driver: FabricDriver;
  /** The fabric's, parsed by its schema. */
  readonly options: unknown;
  /** One a host, in the order of the file's nodes. */
  readonly ends: readonly FabricEnd[];
  readonly path: Path;
}

type FactsOn = (host: string) => HostFacts;

/** What has to be carried from host to host; what cannot be is told. */
export function spansOf(
  topology: Topology,
  registries: Registries,
): { readonly spans: readonly Span[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const spans = topology.networks.flatMap((network): readonly Span[] => {
    const hosts = hostsOf(network, topology);
    // Of a kind that has no switch on its host it is said that it stays there.
    if (hosts.length < 2 || !registries.networks.need(network.kind).device) return [];
    const carrier = carrierOf(network, registries);
    if (!carrier) {
      diagnostics.push(problem(errors.noFabric(network.name, hosts), network.path));
      return [];
    }
    const { underlays } = topology;
    const without = hosts.filter((host) => !underlays.has(host));
    if (without.length > 0) diagnostics.push(problem(errors.noUnderlay(network.name, without), network.path));
    const ends = hosts.flatMap((host) => {
      const underlay = underlays.get(host);
      return underlay === undefined ? [] : [{ host, underlay: parseIp(underlay)?.address ?? underlay }];
    });
    return without.length > 0 ? [] : [{ ...carrier, name: network.name, ends, path: network.path }];
  });
  return { spans, diagnostics: [...diagnostics, ...underlayProblems(spans)] };
}

/** Where its nodes are, each host once, in the order of the file. */
const hostsOf = ({ name }: NetworkEntry, { nodes }: Topology): readonly string[] => [
  ...new Set(nodes.filter(({ nics }) => nics.some(({ network }) => network === name)).map(({ host }) => host)),
];

function carrierOf({ fabric }: NetworkEntry, { fabrics }: Registries): Pick<Span, 'driver' | 'options'> | undefined {
  if (fabric) return { driver: fabrics.need(fabric.kind), options: fabric.options };
  const driver = fabrics.default();
  return driver && { driver, options: driver.options.parse({}) };
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
    ...spans.flatMap(({ name, ends: own, path }) =>
      new Set(own.map(({ underlay }) => parseIp(underlay)?.family)).size > 1
        ? [problem(errors.underlayFamilies(name, own.map(wordsOf)), path)]
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

export function roomOf(span: Span, factsOn: FactsOn): Room {
  const { driver, options, ends } = span;
  const family = parseIp(ends[0]?.underlay ?? '')?.family ?? 4;
  const rooms = ends.map(({ host }): Room => {
    const remotes = othersOf(span, host).map(({ underlay }) => underlay);
    const { name, mtu } = narrowest({ remotes }, factsOn(host));
    const room = { mtu: mtu - driver.overhead(options as never, family), host, carries: mtu };
    return name === undefined ? room : { ...room, device: name };
  });
  return rooms.reduce((least, it) => (it.mtu < least.mtu ? it : least));
}

/** The least that a device carries (RFC 791). */
const LEAST_MTU = 68;

/** What only a look at the hosts tells. */
export const spanProblems = (
  spans: readonly Span[],
  topology: Topology,
  factsOn: FactsOn,
  inUse: InUse,
): readonly Diagnostic[] => [...absentUnderlays(spans, factsOn, inUse), ...crampedSpans(spans, topology, factsOn)];

function crampedSpans(spans: readonly Span[], topology: Topology, factsOn: FactsOn): readonly Diagnostic[] {
  const networks = new Map(topology.networks.map((it) => [it.name, it]));
  return spans.flatMap((span) => {
    const network = networks.get(span.name);
    const wanted = network?.mtu ?? LEAST_MTU;
    const { mtu, host, device, carries } = roomOf(span, factsOn);
    if (device === undefined || wanted <= mtu) return [];
    const at = network?.mtu === undefined ? span.path : [...span.path, 'mtu'];
    return [problem(errors.mtuOverUnderlay({ network: span.name, wanted, host, device, carries, most: mtu }), at)];
  });
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
