import type { EngineSpec } from './engine.js';
import type { Path } from './errors.js';
import type { Attrs, Placement, Ref } from './resource.js';
import type { ExposedPorts } from './service.js';

/** A node's interface, everything decided: what a driver makes a device of. */
export interface Nic {
  readonly node: string;
  /** Its name in the node; over 15 bytes the device has a short one and this as altname. */
  readonly name: string;
  /** The device's name: `name`, or its hashed short form. */
  readonly device: string;
  /** `web/eth0`. */
  readonly id: string;
  readonly on: Placement;
  readonly mac: string;
  readonly mtu: number;
  /** What of these two the file says: for a device that has them by itself. */
  readonly given: { readonly mac?: string; readonly mtu?: number };
  readonly altnames: readonly string[];
  /** With prefix lengths, in the order of the file. */
  readonly addresses: readonly string[];
  readonly gateways: readonly NicGateway[];
  readonly routes: readonly NicRoute[];
  readonly neighbours: readonly { readonly to: string; readonly mac: string }[];
  /** What its device is set to beside all that. */
  readonly settings: NicSettings;
  /** The device of another nic of its node, that it is to be made on. */
  readonly parent?: Ref;
  /** The VLANs that it is in, where its network tells them apart. */
  readonly vlans?: PortVlans;
  /** What finds more addresses for it while it runs: each of another kind. */
  readonly dynamic: readonly DynamicAddressing[];
  /** The network it joins; absent for a link's end. */
  readonly network?: string;
  /** Name of the far end of its cable, on the host; absent: one made from the names. */
  readonly hostDevice?: string;
  readonly path: Path;
}

export interface PortVlans {
  /** What goes without a tag is in this one. */
  readonly untagged?: number;
  /** Ids and ranges, in order: `10`, `20-29`. */
  readonly tagged: readonly string[];
}

/** What is not said is as the device has it by itself. */
export interface NicSettings {
  /** It stays down: it has addresses, and no routes. */
  readonly up?: false;
  readonly promisc?: boolean;
  /** Kernel parameters of the device, with `IFNAME` for its name: `net.ipv4.conf.IFNAME.rp_filter`. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** In the words of `ethtool -K`. */
  readonly offload?: Readonly<Record<string, 'on' | 'off'>>;
  /** Lines for tc, as `QdiscAttrs` has them. */
  readonly qdisc?: readonly string[];
}

export interface DynamicAddressing {
  /** The feature that does: its kind. */
  readonly by: string;
  /** Its options, parsed by its schema. */
  readonly options: unknown;
  /** Whether a default route that comes with an address is welcome: not with `gateway: none`. */
  readonly gateway: boolean;
}

export interface NicGateway {
  readonly family: 4 | 6;
  readonly via: string;
  readonly metric?: number;
  /** In no subnet of the nic: a host route to it comes first. */
  readonly outside: boolean;
}

export interface NicRoute {
  readonly family: 4 | 6;
  readonly to: string;
  readonly via?: string;
  readonly table?: number;
  readonly metric?: number;
  readonly src?: string;
}

/** Deterministic names, the same on every run. */
export interface Names {
  /** A device name of at most 15 bytes for these words (`'web', 'eth0'`), hashed where long. */
  readonly device: (...words: readonly string[]) => string;
  /** The full name behind a hashed one, for `altnames`; empty where the device bears it already. */
  readonly altnames: (...words: readonly string[]) => readonly string[];
  /** A locally administered unicast MAC; hashes the machine-id in, so that two hosts differ. */
  readonly mac: (...words: readonly string[]) => string;
}

/** What a host is and can do, as the survey found it. */
export interface HostFacts {
  readonly machineId: string;
  /** `6.18.1`. */
  readonly kernel: string;
  /** Programs found and their versions: `{ ip: '6.1.0' }`. */
  readonly tools: Readonly<Record<string, string>>;
  /** The host's own devices. */
  readonly devices: readonly {
    readonly name: string;
    readonly kind: string;
    readonly mac?: string;
    readonly mtu?: number;
    readonly up?: boolean;
    /** The device it is a port of. */
    readonly master?: string;
    /** Those of its kind, under the names that its DeviceKind has for them. */
    readonly attributes?: Attrs;
  }[];
  /** Where the host's main table sends what, over a device; absent where nobody looked. */
  readonly routes?: readonly HostRoute[];
  /** What iptables has to say of frames between two ports of a bridge; absent: they never reach it. */
  readonly bridgeFilter?: {
    /** What happens to one that no rule of the chain FORWARD names. */
    readonly policy: 'accept' | 'drop';
    /** The chains of the table filter, by name. */
    readonly chains: readonly string[];
  };
  /** The same of IPv6, by ip6tables. */
  readonly bridgeFilter6?: HostFacts['bridgeFilter'];
  /** Families of which the host's rules, nftables' too, see frames between two ports of a bridge (br_netfilter). */
  readonly bridgeCalls?: readonly (4 | 6)[];
  /** Sockets that wait for somebody on the host, where a feature asked for them. */
  readonly listeners?: readonly Listener[];
}

/** A socket of the host that is bound to a port and to no peer, or a port that another topology has led elsewhere. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Its address; `null`: all of its family, which for IPv6 are those of IPv4, too. */
  readonly ip: string | null;
  readonly family: 4 | 6;
  /** The topology that has it. */
  readonly topology?: string;
}

/** A route of the host's own. */
export interface HostRoute {
  /** A prefix. */
  readonly to: string;
  readonly dev: string;
  readonly metric: number;
}

export interface CompileContext {
  readonly topology: string;
  /** Of the host that what is compiled is on. */
  readonly facts: HostFacts;
  readonly names: Names;
}

/** What a network goes by. */
export interface NetworkContext extends CompileContext {
  /** The device by which its host is in a network of the topology, if it is in it by one. */
  readonly switchOf: (network: string) => NetworkDevice | undefined;
}

/** What a feature goes by, whose model may be of several hosts. */
export interface FeatureContext {
  readonly topology: string;
  readonly on: (host: string) => CompileContext;
}

/** A node as its driver sees it. `options` are the driver's own, parsed by its schema. */
export interface NodeSpec<O = unknown> {
  readonly name: string;
  readonly kind: string;
  readonly host: string;
  readonly topology: string;
  readonly options: O;
  /** Environment variables of what runs in it; `null` takes away what a feature would set. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Ports it listens on, as the file has them. */
  readonly expose: readonly ExposedPorts[];
  /** Kernel parameters besides those of its network namespace: what its driver's `sysctls` takes. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Addresses of its loopback, with prefix length: what a router is known by, whichever of its nics are up. */
  readonly loopback: readonly string[];
  readonly path: Path;
}

/** The part of a network that lies on one host. */
export interface Segment extends Placement {
  readonly host: string;
}

/** One segment of a network as its driver sees it. */
export interface NetworkSpec<O = unknown> {
  readonly name: string;
  readonly kind: string;
  readonly segment: Segment;
  readonly options: O;
  /** The nics that join it on this host. */
  readonly members: readonly Nic[];
  readonly mtu: number;
  readonly subnets: readonly string[];
  /** Absent: the host has no part in it. */
  readonly device?: NetworkDevice;
  /** Addresses that the host has in it, with prefix length. */
  readonly addresses: readonly string[];
  /** The kind of the fabric that joins it to segments on other hosts; absent: there are none. */
  readonly fabric?: string;
  readonly path: Path;
}

/** The device of the host by which it is in a network. */
export interface NetworkDevice {
  readonly name: string;
  /** Its MAC address, where it is made with the network; one that is there already may have another. */
  readonly mac?: string;
  /** It is a Linux bridge, and its ports are the far ends of the nics' cables (`segmentEnd`). */
  readonly isBridge?: true;
}

/** A cable as its driver sees it. */
export interface LinkSpec<O = unknown> {
  readonly name: string;
  readonly kind: string;
  readonly options: O;
  readonly ends: readonly [Nic, Nic];
  readonly mtu: number;
  /** The kind of the fabric that makes it, where its ends are on two hosts: then no link driver does. */
  readonly fabric?: string;
  readonly path: Path;
}

/** A host of a network that spans several. */
export interface FabricEnd {
  readonly host: string;
  /** By which the others reach it. */
  readonly underlay: string;
}

/** What a fabric's packets from one host to another are, to who filters or wraps them. */
export interface FabricTraffic {
  /** The number of what is in an IP packet: 17 for UDP, 47 for GRE. */
  readonly protocol: number;
  /** The port that they are sent to. */
  readonly port?: number;
  /** The key that they carry. */
  readonly key?: number;
}

/** From a host to another that a fabric reaches: what a feature may do to what goes there and back. */
export interface FabricWay<O = unknown> {
  readonly options: O;
  readonly here: FabricEnd;
  readonly there: FabricEnd;
  readonly traffic: FabricTraffic;
  readonly path: Path;
}

/** A network over several hosts as its fabric sees it on one of them. */
export interface FabricSpec<O = unknown> {
  readonly network: string;
  readonly kind: string;
  readonly options: O;
  /** Of this network alone among those of all its hosts. */
  readonly id: number;
  /** Absent: it is not told apart by what stands in one packet. */
  readonly traffic?: FabricTraffic;
  readonly here: FabricEnd;
  /** In the order of the file. All underlay addresses are of one family. */
  readonly others: readonly FabricEnd[];
  readonly segment: Segment;
  /** The device that the host has as the network's switch. */
  readonly switch: Ref;
  readonly mtu: number;
  readonly path: Path;
}

/** A link between nodes on two hosts as its fabric sees it on one of them. */
export interface FabricLinkSpec<O = unknown> {
  readonly link: string;
  readonly kind: string;
  readonly options: O;
  /** Of this link alone among those of its hosts. */
  readonly id: number;
  /** Absent: it is not told apart by what stands in one packet. */
  readonly traffic?: FabricTraffic;
  readonly here: FabricEnd;
  readonly other: FabricEnd;
  readonly nic: Nic;
  readonly path: Path;
}

/** The whole topology, everything decided; what features see. */
export interface Model {
  readonly topology: string;
  readonly nodes: readonly ModelNode[];
  readonly networks: readonly NetworkSpec[];
  /** One a host of each network that spans several. */
  readonly fabrics: readonly FabricSpec[];
  /** Two a link between two hosts. */
  readonly fabricLinks: readonly FabricLinkSpec[];
  readonly links: readonly LinkSpec[];
  readonly serviceLinks: readonly ServiceLink[];
}

/** A node that knows another as a service: Docker's legacy `--link`. */
export interface ServiceLink {
  /** The node that is told of the other. */
  readonly from: string;
  /** The node whose service it is. */
  readonly to: string;
  /** What `from` calls it; no other link of `from` is called so. */
  readonly alias: string;
  /** The network they meet in; absent: they are the two ends of a cable, or meet where others let them. */
  readonly network?: string;
  /** Where `from` reaches it, without prefix length, IPv4 first: one a family, at least one in all. */
  readonly addresses: readonly string[];
  /** What `from` may reach of it: the link's own choice, else all that `to` listens on. */
  readonly ports: readonly ExposedPorts[];
  /** By whose rules it is told; absent: by those of Docker 28. */
  readonly compat?: LinkCompat;
  readonly path: Path;
}

/** Versions of Docker that tell of a link by rules of their own. */
export type LinkCompat = (typeof LINK_COMPATS)[number];
export const LINK_COMPATS = ['docker-27', 'docker-28'] as const;

export interface ModelNode extends NodeSpec {
  readonly on: Placement;
  /** What runs it, where it is a container. */
  readonly engine?: EngineSpec;
  readonly nics: readonly Nic[];
  /** What the file says of its network namespace besides, by its keys: `routes`, `sysctls`. Absent: nothing. */
  readonly configures?: readonly string[];
  /** Of a host: routes that leave by its own address in a network. */
  readonly routes?: readonly NicRoute[] | undefined;
  readonly managed: boolean;
  /** Absent: what runs in it sees the host's files. */
  readonly files?: NodeFiles;
  /** What it calls itself, if that is known. */
  readonly hostname?: string;
  /** Names that its hosts file has from its making. */
  readonly hosts?: readonly string[];
  /** What it brings of its own, where that was asked for and is known. */
  readonly shipped?: Shipped;
}

/** What a node has besides what the file says: a container, or the image that one is made of, and what exists without us. */
export interface Shipped {
  /** Ports that it says it listens on. */
  readonly expose: readonly ExposedPorts[];
  readonly env: Readonly<Record<string, string>>;
  /** What it calls itself. */
  readonly hostname?: string | undefined;
  /** Addresses that others gave it, with prefix length; of a node that exists without us. */
  readonly addresses?: readonly string[] | undefined;
  /** No file of ours can be made in it. */
  readonly readOnly?: true | undefined;
}

/** Where the files are that what runs in a node sees. */
export type NodeFiles =
  /** In a root of its own: a container's. Read only: no file of ours can be made in it. */
  | { readonly root: 'own'; readonly readOnly?: true }
  /** The host's, and over those of /etc what is in this folder of the host: ip-netns(8). */
  | { readonly etc: string };

/** Named places of a node that features fill before its driver runs. Two writers of one key are an error. */
export interface NodeSlots {
  readonly env: Readonly<Record<string, string>>;
  /** Host names → addresses. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly mounts: Readonly<Record<string, string>>;
}
