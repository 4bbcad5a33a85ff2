import type { DecodeContext } from './types.js';

/** Numbers of linux/netlink.h, linux/rtnetlink.h and linux/socket.h that more than one file here needs. */

/** nlmsg_flags. REPLACE and DUMP share bits: they belong to different requests. */
export const FLAG = {
  request: 0x1,
  acknowledge: 0x4,
  capped: 0x100,
  extended: 0x200,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  dump: 0x300,
} as const;

/** RTM_*. */
export const MESSAGE = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
  newRule: 32,
  delRule: 33,
  getRule: 34,
  newNamespaceId: 88,
  getNamespaceId: 90,
  newLinkProperty: 108,
} as const;

/** Bytes of struct nlmsghdr. */
export const HEADER = 16;

/** Bytes of the struct that stands before the attributes of each kind of message. */
export const STRUCT = { link: 16, address: 8, route: 12, rule: 12, neighbour: 12, namespaceId: 4 } as const;

/** AF_INET, AF_INET6. */
export const AF = { 4: 2, 6: 10 } as const;

/** AF_BRIDGE. */
export const AF_BRIDGE = 7;

/** The family of a message; undefined for one that is no IP family (bridge, MPLS, multicast routing). */
export const familyOf = (af: number): 4 | 6 | undefined => (af === AF[4] ? 4 : af === AF[6] ? 6 : undefined);

/** As `ip` prints a device that has gone since it was listed. */
export const deviceName = (context: DecodeContext, index: number): string => context.nameOf(index) ?? `if${index}`;

/** Flags of a request that makes something: whether it may be there already. */
export const creation = (verb: string): number => FLAG.create | (verb === 'replace' ? FLAG.replace : FLAG.exclusive);

/** Messages and attributes begin at multiples of four bytes. */
export const align = (length: number): number => (length + 3) & ~3;

/** rtnetlink speaks in the byte order of the machine. */
export const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
