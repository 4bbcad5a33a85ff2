import type { z } from 'zod';

/**
 * What a changed value means. `in-place`: the kernel changes it on the living device. `fixed`: the device is replaced.
 * `initial`: counts at creation only; a difference later is a note, not drift.
 */
export type AttributeClass = 'in-place' | 'fixed' | 'initial';

/** How an attribute's value is laid out in its netlink attribute. */
export type NetlinkType = 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32' | 'string' | 'flag' | 'ipv4' | 'ipv6' | 'mac';

export interface NetlinkLayout {
  readonly type: number;
  readonly layout: NetlinkType;
  /** The numbers behind words: what `ip` prints and takes as `bridge` travels as 4. */
  readonly words?: Readonly<Record<string, number>>;
}

/** One attribute of one kind of kernel device: everything that any reader or writer of it must know. */
export interface DeviceAttribute {
  readonly schema: z.ZodType;
  readonly class: AttributeClass;
  /** The word `ip link add … type KIND` takes. */
  readonly word: string;
  /** The key `ip -j -d link` prints under `linkinfo.info_data`, where it differs from `word`. */
  readonly printed?: string;
  /** From what `ip -j` prints to our value, where they differ (`"forwarding"`, centiseconds, …). */
  readonly read?: (printed: unknown) => unknown;
  /** From our value to the word after `word`, where it is not `String(value)`; booleans are `1` and `0`. */
  readonly write?: (value: unknown) => string;
  /** What the kernel gives a new device by itself: not written at creation, where some kernels refuse even that. */
  readonly initial?: unknown;
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
  /** Ports a device of this kind takes at the most, where the kernel has a limit. */
  readonly maxPorts?: number;
}

export const deviceKind = <const K extends DeviceKind>(kind: K): K => kind;
