import type { Family } from '@pipewright/plugin';

/** What a kernel holds, as plain data: `structuredClone` copies it whole. */
export interface KernelState {
  readonly host: Namespace;
  /** /run/netns. */
  readonly named: Map<string, Namespace>;
  /** Pid → the namespace it is in. */
  readonly processes: Map<number, Namespace>;
  /** Long-lived helpers that were started, by their mark. */
  readonly helpers: Map<string, Helper>;
  /** The last number given to a namespace, and to a MAC of the kernel's own. */
  lastNumber: number;
}

/** A helper that was started; a test may end it, or make it ready for nothing. */
export interface Helper {
  /** What stands in its folder. */
  readonly record: string;
  alive: boolean;
  ready: boolean;
}

/** A network namespace. */
export interface Namespace {
  readonly number: number;
  /** By ifindex, in the order of their making. */
  readonly devices: Map<number, Device>;
  /** The last ifindex that was given: none is given twice. */
  lastIndex: number;
  addresses: Address[];
  routes: Route[];
  rules: Rule[];
  neighbours: Neighbour[];
  /** What tunnels were told of who is where. */
  fdb: FdbEntry[];
  /** Path below /proc/sys → value; those of a device are with it. */
  readonly sysctls: Map<string, string>;
  /** Path → text, of what runs in it; of the host, the host's. */
  readonly files: Map<string, string>;
  /** `inet filter` → what is in that table of nftables, in order. */
  readonly tables: Map<string, readonly NftRow[]>;
  /** Its own numbers for other namespaces (nsid), by their `number`. */
  readonly numbers: Map<number, number>;
}

/** As `nft -j` lists it, by its type: `{ chain: { … } }`. */
export type NftRow = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Device {
  readonly index: number;
  name: string;
  /** `loopback`, or the word of its type. */
  readonly kind: string;
  mac: string;
  mtu: number;
  up: boolean;
  promisc: boolean;
  /** The ifindex, in the same namespace, of what it is a port of. */
  master: number | undefined;
  altnames: string[];
  alias: string;
  group: number;
  /** Attributes of its kind, as `ip -j -d` prints them. */
  readonly data: Record<string, unknown>;
  /** The other end of a pair. */
  far: { readonly namespace: Namespace; readonly index: number } | undefined;
  /** Of a bridge: its MTU was set by hand and follows its ports' no more. */
  fixedMtu: boolean;
  /** Features that were turned off, in the words of `ethtool -K`. */
  readonly off: Set<string>;
}

export interface Address {
  readonly device: number;
  readonly family: Family;
  readonly address: string;
  readonly prefix: number;
  secondary: boolean;
}

export interface Hop {
  readonly device: number;
  readonly via: string | undefined;
  readonly weight: number;
  readonly onlink: boolean;
}

export interface Route {
  readonly family: Family;
  /** A prefix, or `default`. */
  readonly to: string;
  readonly kind: string;
  readonly via: string | undefined;
  readonly device: number | undefined;
  /** In place of both: several ways. */
  hops: readonly Hop[] | undefined;
  readonly table: number;
  readonly metric: number;
  src: string | undefined;
  readonly onlink: boolean;
  readonly protocol: number;
}

export interface Rule {
  readonly family: Family;
  readonly priority: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly fwmark: number | undefined;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly table: number;
  readonly protocol: number;
}

export interface Neighbour {
  readonly device: number;
  readonly family: Family;
  readonly to: string;
  readonly mac: string;
  readonly protocol: number;
}

export interface FdbEntry {
  readonly device: number;
  readonly mac: string;
  readonly dst: string;
}

/** RTPROT_KERNEL and RTPROT_BOOT of linux/rtnetlink.h: routes that come by themselves, and those `ip` adds by default. */
export const KERNEL_PROTOCOL = 2;
export const BOOT_PROTOCOL = 3;
export const MAIN_TABLE = 254;
