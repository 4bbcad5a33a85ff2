import type { z } from 'zod';
import type { Attrs } from './resource.js';

/**
 * What a changed value means. `in-place`: the kernel changes it on the living device. `fixed`: the device is replaced.
 * `initial`: counts at creation only; a difference later is a note, not drift.
 */
export type AttributeClass = 'in-place' | 'fixed' | 'initial';

/** How an attribute's value is laid out in its netlink attribute. */
export type NetlinkType =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'be16'
  | 'be32'
  | 'string'
  | 'flag'
  | 'ip'
  | 'ipv4'
  | 'ipv6'
  | 'mac';

/** A number beside an attribute's own by which the kernel is told of it, too. */
export interface NetlinkCompanion {
  readonly type: number;
  readonly layout: 'be16' | 'be32';
  /** Only this bit of it, set where the attribute has a value; others may have the other bits. Absent: the same value. */
  readonly bit?: number;
}

export interface NetlinkLayout {
  readonly type: number;
  readonly layout: NetlinkType;
  /** The numbers behind words: what `ip` prints and takes as `bridge` travels as 4. */
  readonly words?: Readonly<Record<string, number>>;
  /** Of layout `ip`: the number that IPv6 addresses have, `type` being that of IPv4. */
  readonly type6?: number;
  /** It is this bit of a number whose other bits are others'. */
  readonly bit?: number;
  readonly also?: readonly NetlinkCompanion[];
}

/** One attribute of one kind of kernel device: everything that any reader or writer of it must know. */
export interface DeviceAttribute {
  readonly schema: z.ZodType;
  readonly class: AttributeClass;
  /** Of a fixed one: whether the kernel makes this change, of all that there are, on the living device. */
  readonly inPlace?: (wanted: unknown, found: unknown) => boolean;
  /** The word `ip link add … type KIND` takes. */
  readonly word: string;
  /** The key `ip -j -d link` prints under `linkinfo.info_data`, or those of which it prints one, where it is not `word`. */
  readonly printed?: string | readonly string[];
  /** From what `ip -j` prints to our value, where they differ (`"forwarding"`, centiseconds, …). */
  readonly read?: (printed: unknown) => unknown;
  /** From our value to the word after `word`, where it is not `String(value)`; booleans are `1` and `0`. */
  readonly write?: (value: unknown) => string;
  /** All its words to `ip link`, where they are not `word` and the value: `nolearning`. */
  readonly words?: (value: unknown) => readonly string[];
  /** Equal as far as can be told, where what is found may be less than the whole truth. */
  readonly same?: (wanted: unknown, found: unknown) => boolean;
  /**
   * What the kernel gives a new device by itself: not written at creation, where some kernels refuse even that, and what
   * it has where nothing is printed. `null` is none.
   */
  readonly initial?: unknown;
  /** The option of the kernel's configuration without which it refuses every value but `initial`. */
  readonly config?: `CONFIG_${string}`;
  /** Its IFLA_… number inside IFLA_INFO_DATA and its layout there (linux/if_link.h). */
  readonly netlink: NetlinkLayout;
}

/**
 * The attribute table of a kind of kernel device. Several plugins may bring attributes of one kind: the tables are
 * joined, and an attribute that two define is an error that names both.
 */
export interface DeviceKind {
  /** The kernel's word: what `ip link add … type` takes. */
  readonly kind: string;
  readonly attributes: Readonly<Record<string, DeviceAttribute>>;
  /** The kernel keeps its MTU at the least of its ports' until it is set on the living device: at creation does not count. */
  readonly mtuOfPorts?: true;
  /** Ports a device of this kind takes at the most, where the kernel has a limit. */
  readonly maxPorts?: number;
  /**
   * How it says what it is made on (`link`), where that is not IFLA_LINK: the word of `ip link`, which prints it as `link`,
   * and the number inside IFLA_INFO_DATA. Such a device has no other end.
   */
  readonly lower?: { readonly word: string; readonly type: number };
  /**
   * Whether what IFLA_LINK says is the other end of a cable, or what the device is made on. Where no plugin says it, a
   * device that seems to be another's other end is taken for that.
   */
  readonly cable?: boolean;
  /**
   * It is on the wire of what it is made on: all that are so made on one device are in one segment, where no two have one
   * address. Absent: each may be in a VLAN, or tunnel, of its own.
   */
  readonly sameWire?: true;
  /** Kernel parameters that a new one gets, where the kernel has them; IFNAME stands for its name. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** It is made by /dev/net/tun; what it then has are the words of its attributes. */
  readonly tuntap?: true;
  /** It has a table of its own of who is behind which address: `bridge fdb … self`. */
  readonly forwards?: true;
  /** What may be behind the kernel's words for not making such a device, where they do not say. */
  readonly whyRefused?: (attrs: Attrs, words: string) => string | undefined;
  /** Attributes of what is a port of it (IFLA_INFO_SLAVE_DATA): `asPort` of that device. */
  readonly ports?: Readonly<Record<string, PortAttribute>>;
}

/** One attribute of a port, which the kernel changes in place. */
export interface PortAttribute {
  readonly schema: z.ZodType;
  /** The word of `ip link set … type KIND_slave`, which is printed under `linkinfo.info_slave_data`. */
  readonly word: string;
  /** From what `ip -j` prints, or the number the kernel says, to our value. */
  readonly read?: (printed: unknown) => unknown;
  readonly netlink: NetlinkLayout;
}

/** The keys under which `ip` may print it. */
export const printedKeys = ({ printed, word }: DeviceAttribute): readonly string[] =>
  printed === undefined ? [word] : typeof printed === 'string' ? [printed] : printed;

export const deviceKind = <const K extends DeviceKind>(kind: K): K => kind;
