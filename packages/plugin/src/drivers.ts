import type { z } from 'zod';
import type { DeviceAttrs } from './constructors.js';
import type { ContainerCommand, EngineSpec } from './engine.js';
import type { Diagnostic } from './errors.js';
import type { Family } from './ip.js';
import type {
  CompileContext,
  FabricLinkSpec,
  FabricSpec,
  FabricTraffic,
  FabricWay,
  FeatureContext,
  HostFacts,
  LinkSpec,
  Listener,
  Model,
  ModelNode,
  Names,
  NetworkContext,
  NetworkDevice,
  NetworkSpec,
  NodeFiles,
  NodeSlots,
  NodeSpec,
} from './model.js';
import type { Locator } from './node-target.js';
import type { Resource } from './resource.js';
import type { ExposedPorts } from './service.js';

/** What a driver answers: resources, and complaints (`problem`, `warning`) among them. */
export type Compiled = readonly (Resource | Diagnostic)[];

/** A word for a guest, as a command line has it: `pid:4711` is of a `kind`, and its text is `4711`. */
export interface GuestReference {
  readonly form: 'kind' | 'path' | 'name';
  readonly text: string;
}

/** The node that a word for a guest means, if there is one. */
export interface Guest {
  /** What it is called where it has no name in a topology. */
  readonly name: string;
  /** As a file would give them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Meant only where nothing else is called so: a number may be a name. */
  readonly fallback?: true;
}

/** A device of the host that a network is to be joined by. */
export interface JoinedDevice {
  readonly name: string;
  /** Absent: there is no such device. */
  readonly kind?: string;
  /** The network is to be this VLAN of the device, which has no device of its own. */
  readonly vlan?: number;
  /** The command names this kind. Absent: any kind that joins such a device will do. */
  readonly asked?: true;
}

/** Options of a driver: one object schema validates the file, types the code and completes in the editor. */
type Options = z.ZodObject;

interface Driver<O extends Options> {
  /** Its word in a file. */
  readonly kind: string;
  readonly options: O;
  /** One sentence for the reference and for `pipewright schema`. */
  readonly summary: string;
}

export interface NodeContext extends CompileContext {
  readonly slots: NodeSlots;
  /** All nodes of the topology, by name. */
  readonly nodes: ReadonlyMap<string, ModelNode>;
}

/** How a command in a node is run, where its kind makes a difference. */
export interface ExecOptions {
  /** Its standard input is ours. */
  readonly stdin?: true;
  /** It has a terminal. */
  readonly tty?: true;
  /** Environment variables that it gets besides its own. */
  readonly env?: Readonly<Record<string, string>>;
  /** As which user, of the node's own: `1000:1000`, `www`. */
  readonly user?: string;
  /** The folder it starts in, of the node's own: an absolute path. */
  readonly workdir?: string;
}

/**
 * `command` as another user of this host, in another folder, with more variables: for nodes that have neither users nor a root
 * of their own.
 */
export const asUser = (
  command: readonly string[],
  { user, env = {}, workdir }: ExecOptions = {},
): readonly string[] => [
  ...(user === undefined ? [] : ['runuser', '-u', user, '--']),
  ...(workdir === undefined ? [] : ['sh', '-c', 'cd -- "$0" || exit 126; exec "$@"', workdir]),
  ...(Object.keys(env).length === 0
    ? []
    : ['env', '--', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]),
  ...command,
];

export interface NodeDriver<O extends Options = Options> extends Driver<O> {
  /** True: we make and remove it. False: it exists, we only attach. */
  readonly managed: boolean | ((options: z.output<O>) => boolean);
  /** The kind of a node that names none. */
  readonly default?: true;
  /** An endpoint `NAME:nic` with this name needs no entry under `nodes:`. */
  readonly wellKnown?: string;
  /** Number of the first nic that is named for it: 1 where eth0 is somebody else's. */
  readonly firstNic?: number | ((options: z.output<O>) => number);
  /** Families of addresses for which it has a way out of its own: no network becomes one by having an address. */
  readonly leadsOut?: (options: z.output<O>) => readonly Family[];
  /** The container engine that runs such nodes. */
  readonly engine?: EngineSpec;
  /** What it is made of, where we make it of an image of that engine. */
  readonly image?: (options: z.output<O>) => string | undefined;
  /** Where the files are that what runs in it sees; absent: they are the host's. */
  readonly files?: (node: NodeSpec<z.output<O>>) => NodeFiles;
  /** Kernel parameters outside `net.` that such nodes may have from their making; absent: none. */
  readonly sysctls?: {
    readonly of: (name: string) => boolean;
    /** For people. */
    readonly allowed: string;
  };
  /** Names that its hosts file has from its making. */
  readonly hosts?: (options: z.output<O>) => readonly string[] | undefined;
  /** Options that are lists of paths: those that begin with `./` or `../` are paths from the folder of the topology on. */
  readonly paths?: readonly string[];
  /** What it calls itself. */
  readonly hostname?: (options: z.output<O>) => string | undefined;
  /** Ports it listens on by what its options say, besides `expose`. */
  readonly exposes?: (options: z.output<O>) => readonly ExposedPorts[];
  /** The node that a word on a command line may mean; whether it is there, others look. `kind` is this driver's own. */
  readonly guest?: (reference: GuestReference) => Guest | undefined;
  readonly compile: (node: NodeSpec<z.output<O>>, context: NodeContext) => Compiled;
  readonly locate: (node: NodeSpec<z.output<O>>) => Locator;
  /** What runs `command` in it: the argv of a program of its host, or a command that its container engine runs. */
  readonly exec: (
    node: NodeSpec<z.output<O>>,
    command: readonly string[],
    how?: ExecOptions,
  ) => readonly string[] | ContainerCommand;
}

export interface NetworkDriver<O extends Options = Options> extends Driver<O> {
  readonly compile: (network: NetworkSpec<z.output<O>>, context: NetworkContext) => Compiled;
  /** The device of the host by which it is in the network, on the network's host; what features filter by. */
  readonly device?: (network: { readonly name: string; readonly options: z.output<O> }, names: Names) => NetworkDevice;
  /** Its nics may be in VLANs of it: `vlan`, `trunk`. */
  readonly vlans?: true;
  /** Its nics may be made on other nics of their nodes (`parent`); what one is called there that the file does not name. */
  readonly nicOn?: (parent: string, options: z.output<O>) => string;
  /** Addresses (with prefix length) the network itself has in its subnets: reserved, and the way out for its nodes. */
  readonly addresses?: (options: z.output<O>) => readonly string[];
  /** The MTU of a network that names none, where it is not Ethernet's 1500: of a tunnel, what its underlay leaves. */
  readonly mtu?: (options: z.output<O>, facts: HostFacts) => number;
  /**
   * Options of a network, as a file would give them, that is joined by a device of the host. Undefined: the device is of
   * another kind, or is missing and not made by this one.
   */
  readonly join?: (device: JoinedDevice) => Readonly<Record<string, unknown>> | undefined;
}

export interface LinkDriver<O extends Options = Options> extends Driver<O> {
  /** The kind of a link that names none. */
  readonly default?: true;
  readonly compile: (link: LinkSpec<z.output<O>>, context: CompileContext) => Compiled;
}

/**
 * Carries a network between hosts: Ethernet frames from one host's switch to those of the others. What the hosts have to
 * agree on is decided before it compiles, the same for all: the id, the MTU, which address each has in the underlay.
 */
export interface FabricDriver<O extends Options = Options> extends Driver<O> {
  /** Carries what has to cross hosts and names no fabric. */
  readonly default?: true;
  /** The numbers that tell its networks apart on the wire, first and last. */
  readonly ids: readonly [first: number, last: number];
  /** The number that its options give. */
  readonly id: (options: z.output<O>) => number | undefined;
  /** The number by which a device takes what arrives at its host; undefined: it takes none of this fabric's. */
  readonly idOf: (device: Resource<DeviceAttrs>, options: z.output<O>) => number | undefined;
  /** Bytes that each frame grows by, between machines with addresses of a family. */
  readonly overhead: (options: z.output<O>, family: Family) => number;
  /** What its packets between two hosts are. Absent: that cannot be said, and so no feature does anything to them. */
  readonly traffic?: (options: z.output<O>, id: number) => FabricTraffic | undefined;
  /** What one of the hosts gets: ports of its switch, and what these need. No frame may go in a circle. */
  readonly compile: (fabric: FabricSpec<z.output<O>>, context: CompileContext) => Compiled;
  /** One end of a link between two hosts: a device that is the nic itself. Absent: it carries networks alone. */
  readonly link?: (cable: FabricLinkSpec<z.output<O>>, context: CompileContext) => Compiled;
}

export interface FeatureOutcome {
  readonly resources: Compiled;
  /** By node. */
  readonly slots?: Readonly<Record<string, Partial<NodeSlots>>>;
}

/** What a feature does to what fabrics send, and what comes by them. */
export interface FabricFeature<O extends Options = Options> {
  /** Added to every fabric. */
  readonly options: O;
  /** Whether a fabric with these has it. */
  readonly applies: (options: z.output<O>) => boolean;
  /** What is left of the bytes that the underlay carries: the most that an IP packet of the fabric may have. */
  readonly room: (carries: number, family: Family) => number;
  /** What a host has before the first packet goes. The same for all fabrics that have this way in common. */
  readonly compile: (way: FabricWay<z.output<O>>, context: CompileContext) => Compiled;
}

/** A job that is done by a program of the host. */
export interface ProgramNeed {
  /** The job, as people call who does it: `DHCP client`. */
  readonly name: string;
  /** Any of these does it. Which are there is a fact of the host: its `tools`. */
  readonly anyOf: readonly string[];
  /** Debian's package that brings one. */
  readonly package: string;
}

/** Adds to a finished model: no feature sees another's output. */
export interface FeatureDriver {
  readonly kind: string;
  readonly summary: string;
  /** Options it adds to every network, every node, every nic; parsed values are in the specs' `options`. */
  readonly options?: {
    readonly network?: Options;
    readonly node?: Options;
    readonly link?: Options;
  };
  readonly fabric?: FabricFeature;
  /**
   * It finds addresses for nics while they run: those that say `address: KIND`, or that have its options under the key
   * `KIND`. What was said stands in `dynamic` of the nic.
   */
  readonly addressing?: Options;
  /** Which nodes have its options and are its own to look at; absent: all. */
  readonly takes?: (driver: NodeDriver) => boolean;
  /** Whether a network's own addresses are the way out for its nodes; absent: they are. */
  readonly leadsOut?: (network: Readonly<Record<string, unknown>>) => boolean;
  /** Facts that are read only where somebody asks for them. */
  readonly asks?: (model: Model) => readonly 'listeners'[];
  /** Ports of the host that what another topology has applied there takes as a socket would: told with the listeners. */
  readonly takesPorts?: (applied: Resource) => readonly Listener[];
  /** What it needs of a host's programs where it is used. */
  readonly programs?: readonly ProgramNeed[];
  readonly compile: (model: Model, context: FeatureContext) => FeatureOutcome;
}

/** Helpers that type a driver from its schema and forget the type, so that a registry holds them all. */
export const nodeDriver = <O extends Options>(driver: NodeDriver<O>): NodeDriver => driver;
export const networkDriver = <O extends Options>(driver: NetworkDriver<O>): NetworkDriver => driver;
export const linkDriver = <O extends Options>(driver: LinkDriver<O>): LinkDriver => driver;
export const fabricDriver = <O extends Options>(driver: FabricDriver<O>): FabricDriver => driver;
export const fabricFeature = <O extends Options>(feature: FabricFeature<O>): FabricFeature => feature;
export const featureDriver = (driver: FeatureDriver): FeatureDriver => driver;
