import type { z } from 'zod';
import type { AttributeClass, DeviceKind } from './device-kind.js';
import type { Change, WriteContext } from './change.js';
import type { EngineSpec } from './engine.js';
import type { Fault } from './errors.js';
import type { NetlinkObject, Op } from './op.js';
import type { NodeTarget } from './node-target.js';
import type { Attrs, Key, Observed, Origin, Placement, Ref, Resource } from './resource.js';

/** What one rtnetlink dump lists: rows of these are what `ip -j -d -N` prints of them. */
export interface NetlinkDump {
  readonly object: NetlinkObject | 'netns' | 'fdb';
  /** Of both families where none is named. */
  readonly family?: 4 | 6;
}

/** A read-only command whose standard output is JSON, or text. In the namespace of each place, or once a host. */
export interface ReadQuery {
  readonly argv: readonly string[];
  /** The same question to the kernel itself; its answer comes as the rows that the command prints. */
  readonly dump?: NetlinkDump;
  /** Once, in the host's own namespace, and not in each node's. */
  readonly once?: true;
  /** Asked only where this path is there; elsewhere nothing is the answer. */
  readonly given?: string;
  /**
   * The answer is its text, not JSON. Nothing is the answer where there is no such program, where we may not run it, and
   * where the kernel lacks what it tells of.
   */
  readonly text?: true;
  /**
   * It is about rules of this family in the table filter, as `iptables-save` prints them. Who can read those that carry
   * our mark in process answers so, with all chains, and starts no program.
   */
  readonly filters?: 4 | 6;
  /**
   * It is about long-lived helpers: asked once a host, where any was started or may be, and when all processes are looked
   * through. Who can read their folders and the environments of processes itself starts no program.
   */
  readonly helpers?: true;
  /**
   * The question is for the texts of these files, on the host and in a node with a root of its own; `*` is the name of
   * any folder. Rows of the answer are `FileText`s of those that are there; `argv` asks another machine for the host's.
   */
  readonly files?: { readonly host: readonly string[]; readonly node: readonly string[] };
  /**
   * The question is a request to a container engine, once a host, and `argv` only its name. It is asked where the engine
   * is there and the topology has, or may have, to do with it.
   */
  readonly engine?: { readonly of: EngineSpec; readonly path: string };
}

/** A file of a host or a node as it was read. */
export interface FileText {
  readonly path: string;
  readonly text: string;
}

/** One thing found by a reader. `raw` is for `relate` only and never leaves the survey. */
export interface Found<A extends Attrs = Attrs> {
  readonly attrs: A;
  readonly within?: readonly Ref[];
  /** The node whose namespace this is. */
  readonly makes?: string;
  /** Made again it has things of others in it as soon as it is there. */
  readonly furnished?: true;
  /** Ours, but no one topology's. */
  readonly shared?: true;
  readonly facts?: Readonly<Record<string, string>>;
  /** Once it is gone, nothing makes it again. */
  readonly irretrievable?: true;
  /** Where it was before it was moved here. */
  readonly moved?: Origin;
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** What shows of a namespace without a process. */
export interface KernelView {
  /** A file's text as the namespace sees it, undefined where there is none. */
  readonly text: (path: string) => string | undefined;
  /** A number of ethtool's about a device (ETHTOOL_G*); undefined where there is no such device, or it has no such thing. */
  readonly ethtool: (device: string, command: number) => number | undefined;
  /** The tables of nftables, `inet filter`; undefined where that is not to be known. */
  readonly nftTables: () => readonly string[] | undefined;
}

export interface ReadContext {
  readonly on: Placement;
  /**
   * The nodes of the survey that are there; `same` is another whose namespace this one is in, `container` the id that its
   * engine gave it.
   */
  readonly nodes: readonly (NodeTarget & { readonly same?: string; readonly container?: string })[];
  /** Those that are not; `stopped` are containers that do not run. */
  readonly absent?: readonly (NodeTarget & { readonly stopped?: true })[];
  /** The joined attribute table of a kind of device; undefined for a kind no plugin describes. */
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/**
 * Where somebody else's thing waits whose place one of ours takes: in the same namespace, kept by the kernel, so that no
 * memory of ours is needed to give the place back.
 */
export interface Shelf<A extends Attrs = Attrs> {
  /** Whether one is in the other's place. */
  readonly excludes: (one: Resource<A>, other: Resource<A>) => boolean;
  /** As it waits; undefined: it cannot, too little is known of it. */
  readonly put: (found: Observed<A>) => Resource<A> | undefined;
  /** What it was before it had to wait; undefined: it does not wait. */
  readonly taken: (found: Observed<A>) => Resource<A> | undefined;
  /** Whether it can be there `among` what will be. */
  readonly fits: (it: Resource<A>, among: ReadonlyMap<Key, Resource>) => boolean;
}

/** How things are moved that are neither made nor removed. What is configured on one stays behind; its kind does not. */
export interface Moves<A extends Attrs = Attrs> {
  /** Among what there is, that which `wanted` is to be; undefined: it is nowhere. */
  readonly source: (wanted: Resource<A>, among: readonly Observed[]) => Observed<A> | undefined;
  /** Whether its mark alone is proof that it was moved, with no memory of ours. */
  readonly isGenuine: (found: Observed<A>) => boolean;
  /** `wanted` as it is made of that, with what tells the way back. */
  readonly made: (wanted: Resource<A>, of: Observed<A>) => Resource<A>;
  /** What it is where it came from: as remembered, else as far as it tells itself. */
  readonly home: (found: Observed<A>, remembered: readonly Resource[]) => Resource<A>;
}

/** Something that not every host can do, tried where it leaves nothing behind. */
export interface Trial<A extends Attrs = Attrs> {
  /** `IPsec over IPv6`. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly takenBy: (wanted: Resource<A>) => boolean;
  /** What to do where it fails, by the words of who was asked. */
  readonly fix: (words: string) => string;
}

/** What was found, with what only its own type understands. */
export type RawObserved<A extends Attrs = Attrs> = Observed<A> & { readonly raw?: Readonly<Record<string, unknown>> };

/** What will be there when all is done. */
export interface Surroundings {
  readonly get: (key: Key) => Resource | undefined;
  /** What of a type is on something: names it in its attributes. */
  readonly on: (key: Key, type: string) => readonly Resource[];
}

export interface ResourceType<A extends Attrs = Attrs> {
  readonly type: string;
  /** What may stand in `attrs`. Only tests ask: a getter spares every command the making of it. */
  readonly attrs: z.ZodObject;
  /** Attributes whose change means more than a write in place; `*` of a device's kind come from its DeviceKind. */
  readonly classes?: Readonly<Partial<Record<string, AttributeClass>>>;
  /** What tells it from others of its type in the same place. */
  readonly name: (attrs: A) => string;
  /** The attribute that says in which node's namespace it runs, where it is the host's itself. */
  readonly runsIn?: string;

  /** Adds our mark, where the kernel keeps one. */
  readonly mark?: (resource: Resource<A>, topology: string) => Resource<A>;
  /**
   * The topology whose mark it carries. `all` is every resource of the same place; `topology` is the one surveyed, for
   * marks that are a hash of its name.
   */
  readonly owner?: (found: RawObserved<A>, all: readonly RawObserved[], topology: string) => string | undefined;

  /** Questions whose answers `parse` gets, in this order. */
  readonly queries: readonly ReadQuery[];
  readonly parse: (answers: readonly unknown[], context: ReadContext) => readonly Found<A>[];
  /**
   * For what no dump tells (sysctls): the questions about just these resources. `all` has besides, with the same keys, what
   * they were where something else was applied than is wanted now.
   */
  readonly point?: (
    wanted: readonly Resource<A>[],
    all?: readonly Resource<A>[],
  ) => {
    readonly argv: readonly string[];
    readonly parse: (stdout: string) => readonly Found<A>[];
    /** The same without a process, as far as that goes; undefined: the program has to be asked. */
    readonly direct?: (kernel: KernelView) => readonly Found<A>[] | undefined;
    /** What `direct` looks at, where that is files alone: another machine may tell what is in them. */
    readonly files?: readonly string[];
    /** Tables of nftables, called as `inet filter`: where none of them is, `argv` prints nothing. */
    readonly tables?: readonly string[];
  };
  /** What a topology may have left, by its name alone: asked for where nobody remembers what it had. */
  readonly traces?: (topology: string, host: string) => readonly Resource<A>[];
  /**
   * Relations that show only when every namespace is read: the far end of a cable. `declared` is what is wanted and was
   * applied: it decides where what was read fits several ways.
   */
  readonly relate?: (all: readonly RawObserved[], declared: readonly Resource[]) => ReadonlyMap<Key, Observed>;

  /** Ops that carry the change out. Undo is the same function on the inverse change. */
  readonly write: (change: Change<A>, context: WriteContext<A>) => readonly Op[];
  /** What not every host can do of it: for `doctor`. */
  readonly trials?: readonly Trial<A>[];
  /** What must be there before anything is changed, and stays, whatever becomes of the change; may be done again. */
  readonly prepare?: (wanted: Resource<A>) => readonly Op[];
  /** What it means where that fails, by the words of who was asked. Absent: it is not to be had. */
  readonly unprepared?: (wanted: Resource<A>, words: string) => Fault;
  /**
   * What a removal leaves to be done when nothing will be undone any more: `write` has only put the thing aside, so that
   * it can come back. These ops run after the commit and may be done again.
   */
  readonly finish?: (removed: Observed<A>) => readonly Op[];
  /** What is left of `found` when `gone`, which it is within or refers to, goes; undefined (the default): nothing. */
  readonly without?: (found: Observed<A>, gone: Observed) => Observed<A> | undefined;
  /**
   * Somebody else's thing that goes along with one of ours, as it can be given back `among` what will be there: within
   * what it then lives on. Undefined: it cannot be. Without this function it can if all it was within is there again.
   */
  readonly giveBack?: (lost: Observed<A>, among: Surroundings) => Observed<A> | undefined;
  /** Whether a change in place of what it is within takes it along: an IPv6 address goes when its device is set down. */
  readonly lostBy?: (found: Observed<A>, change: Change) => boolean;
  /** The kernel makes it along with something else, or a program of others does: it is never made by us. */
  readonly comesAlong?: (found: Resource<A>) => boolean;
  /** For things of which the kernel keeps one in a place. One that moves is an update to another key. */
  readonly shelf?: Shelf<A>;
  /** For things that may be moved. One that moves is an update to another key. */
  readonly moves?: Moves<A>;
  /** Equal as the kernel sees it, where deep equality is too strict. */
  readonly equal?: (field: string, wanted: unknown, found: unknown) => boolean;
  /** What an attribute is by itself, to which it goes back when nobody declares it any more. */
  readonly resting?: Readonly<Partial<A>>;
  /** Attributes that it must not have where they are not declared: a route without a gateway is not one with any. */
  readonly whole?: readonly (keyof A & string)[];
  /** What exists under its name without our mark is refused, not taken over. */
  readonly exclusive?: true;
  /** Always there: set, never made or removed. What is declared no more gets back the value it had before us. */
  readonly lasting?: true;
  /** Of a lasting one: what it is by itself, where nobody remembers what it was before us. */
  readonly byItself?: (found: Observed<A>) => Resource<A> | undefined;
  /** Removed one by one even where that which it is within goes too: a device in a namespace held by a process. */
  readonly removeAlways?: true;
  /** What it is within makes it useless by going, but does not take it along: it is removed by itself. */
  readonly outlives?: true;
  /** Does no harm beside what comes in its stead, and is in use until that is: removed when all else is done. */
  readonly removeLast?: true;
  /** How it ended by itself, in words, where that is why it is to be mended. */
  readonly ending?: (found: Observed<A>) => string | undefined;
  /**
   * What it means where it was made and, when the host is looked at again, is missing, or `found` not to be as it was made: a
   * program that has ended.
   */
  readonly whyGone?: (made: Resource<A>, found?: Observed<A>) => Fault | undefined;
  /** Cannot be remade once gone; the plan says so. */
  readonly irreversible?: true;
}

/** Checks nothing, types everything: an object literal whose functions know its attributes. */
export const resourceType = <A extends Attrs>(type: ResourceType<A>): ResourceType<A> => type;
