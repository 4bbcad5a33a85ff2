import type { ExposedPorts, HostTarget, LinkCompat, NicSettings, NodeSpec, Path, PortVlans } from '@pipewright/plugin';

/** A topology as the user wrote it, checked: defaults and groups merged, references and pools not yet looked at. */
export interface Topology {
  readonly name: string;
  /** Machines besides ours. */
  readonly hosts: readonly HostTarget[];
  /** By host: its address in the network that joins the hosts. */
  readonly underlays: ReadonlyMap<string, string>;
  /** How nodes that do not say where they are are put on the hosts, if that is said. */
  readonly placement: PlacementPolicy | undefined;
  /** What they may be put on by it, in the order of the file, each with its weight where it has one. */
  readonly takers: ReadonlyMap<string, number | undefined>;
  readonly networks: readonly NetworkEntry[];
  readonly nodes: readonly NodeEntry[];
  readonly links: readonly LinkEntry[];
}

/** `spread`: evenly, by weight; `pack`: one host after the other, each with as many nodes as its weight. */
type PlacementPolicy = 'spread' | 'pack';

/** An addressing choice: what is written, `auto` (from the subnets) or `none`. */
export type Addressing = readonly string[] | 'auto' | 'none';

export interface NetworkEntry {
  readonly name: string;
  readonly kind: string;
  readonly subnets: readonly string[];
  /** Default gateways for its nodes, one a family; `none`: the network's own address is not one either. */
  readonly gateways: readonly string[] | 'none' | undefined;
  readonly mtu: number | undefined;
  /** What carries it to other hosts, if that is said. */
  readonly fabric: FabricEntry | undefined;
  /** The driver's options, parsed by its schema. */
  readonly options: unknown;
  readonly path: Path;
}

export interface FabricEntry {
  readonly kind: string;
  readonly options: unknown;
  readonly path: Path;
}

export interface NodeEntry {
  readonly name: string;
  readonly kind: string;
  readonly host: string;
  /** It does not say its host, and as it is made by us it may be on any. */
  readonly anywhere: boolean;
  readonly options: unknown;
  readonly nics: readonly NicEntry[];
  /** Addresses of its `lo`, with prefix lengths. */
  readonly loopback: readonly string[];
  readonly routes: readonly RouteEntry[];
  readonly rules: readonly RuleEntry[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** Kernel parameters of other namespaces, which it has from its making. */
  readonly madeWith: Readonly<Record<string, string>>;
  readonly env: NodeSpec['env'];
  readonly expose: readonly ExposedPorts[];
  readonly serviceLinks: readonly ServiceLinkEntry[];
  /** Run when it is new, after the `up` that made it: an argv each (a plain line is split at blanks, quotes respected). */
  readonly commands: readonly (readonly string[])[];
  readonly path: Path;
}

export interface NicEntry {
  /** The network it joins; absent for a link's end. */
  readonly network: string | undefined;
  readonly name: string | undefined;
  /** Name of the far end of its cable, on the host. */
  readonly hostDevice: string | undefined;
  /** The name of the nic of its node that it is made on. */
  readonly parent: string | undefined;
  readonly addressing: Addressing;
  /** What finds addresses for it while it runs, beside those. */
  readonly dynamic: readonly { readonly by: string; readonly options: unknown }[];
  readonly gateways: readonly string[] | 'none' | undefined;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
  readonly routes: readonly RouteEntry[];
  readonly neighbours: readonly { readonly to: string; readonly mac: string; readonly path: Path }[];
  readonly settings: NicSettings;
  readonly vlans: PortVlans | undefined;
  readonly path: Path;
}

export interface ServiceLinkEntry {
  readonly node: string;
  readonly alias: string;
  /** Where they meet, if that is said. */
  readonly network: string | undefined;
  readonly ports: readonly ExposedPorts[] | undefined;
  readonly compat: LinkCompat | undefined;
  readonly path: Path;
}

export interface RouteEntry {
  readonly to: string;
  readonly via: string | undefined;
  readonly table: number | undefined;
  readonly metric: number | undefined;
  readonly src: string | undefined;
  /** `blackhole`, `unreachable`, `prohibit`; on a node only. */
  readonly kind: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  /** In place of `via`, at least two; on a node only. */
  readonly nexthops: readonly NexthopEntry[];
  readonly path: Path;
}

export interface NexthopEntry {
  readonly via: string;
  /** The nic it is reached by; absent: the one in whose subnet it is. */
  readonly nic: string | undefined;
  readonly weight: number;
  readonly path: Path;
}

export interface RuleEntry {
  readonly priority: number | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly fwmark: number | undefined;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly table: number;
  readonly family: 4 | 6 | undefined;
  readonly path: Path;
}

export interface LinkEntry {
  /** `web:eth5--probe:eth1`. */
  readonly name: string;
  readonly kind: string;
  readonly options: unknown;
  readonly mtu: number | undefined;
  /** What carries it from host to host, if that is said. */
  readonly fabric: FabricEntry | undefined;
  readonly ends: readonly [LinkEndEntry, LinkEndEntry];
  readonly path: Path;
}

export interface LinkEndEntry {
  readonly node: string;
  readonly nic: NicEntry & { readonly name: string };
}
