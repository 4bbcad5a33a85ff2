import type { EngineRequest, EngineSpec } from './engine.js';
import type { NodeTarget } from './node-target.js';
import type { ProcessAttrs } from './constructors.js';
import { type Attrs, isRef, keyOf, type Placement, type Ref } from './resource.js';

/** What rtnetlink speaks of. `link` is the kernel's word for a device. */
export type NetlinkObject = 'link' | 'address' | 'route' | 'rule' | 'neighbour';

/** `set` changes an existing link, `move` takes it to another namespace or name, `replace` creates or overwrites
 * (addresses, routes, neighbours), `del` removes. */
export type NetlinkVerb = 'add' | 'set' | 'move' | 'replace' | 'del';

/**
 * One rtnetlink request in neutral words: an executor encodes it, or renders it as an iproute2 command. `attrs` are
 * those of the resource type (see the attribute types beside the constructors); a created cable nests its far end as
 * `peer: LinkPeer`.
 */
export interface NetlinkOp {
  readonly op: 'netlink';
  /** The namespace the object is in. A new link is made there at once, whatever namespace the request comes from. */
  readonly on: Placement;
  readonly object: NetlinkObject;
  readonly verb: NetlinkVerb;
  readonly attrs: Attrs;
}

/** The far end of a link made in one message: where it is born, under its final name. */
export interface LinkPeer {
  readonly on: Placement;
  readonly attrs: Attrs;
}

/** What a link that is moved is called where it is, and becomes where it goes. */
export interface LinkMove extends Attrs {
  readonly name: string;
  readonly to: LinkPeer;
  /** It has one of these: who undoes a move finds it by them, whatever became of its name and its namespace. */
  readonly macs: readonly string[];
}

/** Makes or removes a named network namespace (a bind mount in /run/netns), its `lo` marked and up before it is bound. */
export interface NamespaceOp {
  readonly op: 'namespace';
  readonly on: Placement;
  readonly verb: 'add' | 'del';
  readonly name: string;
  /** The alias its `lo` gets. */
  readonly alias?: string;
}

/** Writes one sysctl below `net.` in a namespace. */
export interface SysctlOp {
  readonly op: 'sysctl';
  readonly on: Placement;
  readonly name: string;
  readonly value: string;
  /** Where the kernel has no such thing, or lets nobody set it, it is left. */
  readonly optional?: true;
}

/** Turns a feature of a device on or off, in the words of `ethtool -K`. */
export interface OffloadOp {
  readonly op: 'offload';
  readonly on: Placement;
  readonly device: string;
  readonly feature: string;
  readonly state: 'on' | 'off';
}

/** Makes a device by /dev/net/tun, as rtnetlink does not. It stays when nobody has it open. */
export interface TuntapOp {
  readonly op: 'tuntap';
  readonly on: Placement;
  readonly device: string;
  /** What `ip tuntap add` would be given besides: `mode tap user 107 multi_queue`. */
  readonly words: readonly string[];
}

/** Runs a program, never through a shell, in the namespace of its place. Exit code 0 is success. */
export interface ExecOp {
  readonly op: 'exec';
  readonly on: Placement;
  readonly argv: readonly string[];
  readonly stdin?: string;
}

/**
 * Starts a long-lived helper, or ends it with all its children. Both may be done again. One that does not become ready has
 * not been started: nothing of it is left.
 */
export interface ProcessOp {
  readonly op: 'process';
  /** To start it, the place whose network namespace it runs in; to end it, the host. */
  readonly on: Placement;
  readonly verb: 'start' | 'stop';
  /** Where it runs. */
  readonly in: Placement;
  /** With its mark. */
  readonly attrs: ProcessAttrs & { readonly mark: string };
  /** What it dies with, remembered beside it. */
  readonly within: readonly Ref[];
}

/**
 * Makes one block of lines in a file be so, and nothing else of it: between two lines of comment that say whose it is.
 * The file is written in place, and is never seen empty. With a node it is in the root of that node's processes.
 */
export interface FileBlockOp {
  readonly op: 'file-block';
  readonly on: Placement;
  readonly path: string;
  readonly topology: string;
  /** Absent: the block goes, and with it a file that we made and nobody changed. */
  readonly lines?: readonly string[];
  /** A file that is missing begins with a copy of this one of the host; empty: with nothing. */
  readonly copyOf?: string;
}

/** What is waited for in the JSON of an answer: a value at a path of keys. */
export interface EngineCondition {
  readonly at: readonly string[];
  readonly is: string;
  /** Values, there or elsewhere, after which that one does not come any more, with what they mean: `is unhealthy`. */
  readonly never: readonly { readonly at: readonly string[]; readonly in: readonly string[]; readonly words: string }[];
  /** Where the answer says why it is not so: of a list, `-1` is the last. */
  readonly why?: readonly string[];
  /** The container whose events say that the answer may be another now. */
  readonly of: string;
  readonly withinMs: number;
}

/** Asks a container engine to do something. Any status from 200 to 299 is success. */
export interface EngineOp extends EngineRequest {
  readonly op: 'engine';
  /** The host whose engine it is. */
  readonly on: Placement;
  readonly engine: EngineSpec;
  /** Statuses that are success besides: 304 of a start, it runs already; 404 of a removal. */
  readonly fine?: readonly number[];
  /** Not done where this can be read: an image that is there is not fetched. */
  readonly unless?: string;
  /** Done only where this can be read: while one container is put aside, what has its name is another. */
  readonly given?: string;
  /** Done again until the answer says what is waited for. */
  readonly until?: EngineCondition;
  /** The node that has a namespace afterwards, which is found anew. */
  readonly opens?: NodeTarget;
  /** What it is about, where it may be done while the same is done to others: what is about one thing is done in order. */
  readonly about?: string;
}

/** The closed set of effects. Executors run each of them and render each as shell. */
export type Op =
  | NetlinkOp
  | NamespaceOp
  | SysctlOp
  | OffloadOp
  | TuntapOp
  | FileBlockOp
  | ExecOp
  | EngineOp
  | ProcessOp;

export const exec = (on: Placement, ...argv: readonly string[]): ExecOp => ({ op: 'exec', on, argv });

export const netlink = (on: Placement, object: NetlinkObject, verb: NetlinkVerb, attrs: Attrs): NetlinkOp => ({
  op: 'netlink',
  on,
  object,
  verb,
  attrs,
});

/**
 * The place whose namespace an op is asked for in. A namespace and a new link are asked for from the host's own, wherever
 * the link is born: a device that it is made on is found there, unless that is in the node itself. All else is done where
 * it acts.
 */
export const requestPlace = (op: Op): Placement => (fromHost(op) ? { host: op.on.host } : op.on);

const fromHost = (op: Op): boolean =>
  op.op === 'namespace' ||
  (op.op === 'netlink' && op.object === 'link' && op.verb === 'add' && !isOnNeighbour(op.on, op.attrs['link']));

const isOnNeighbour = (on: Placement, lower: unknown): boolean =>
  isRef(lower) && lower.ref.startsWith(keyOf('device', on, ''));
