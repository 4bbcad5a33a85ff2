/** IFLA_* of linux/if_link.h. */
export const LINK = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  info: 18,
  alias: 20,
  group: 27,
  namespace: 28,
  mask: 29,
  transmitQueues: 31,
  receiveQueues: 32,
  linkNamespace: 37,
  properties: 52,
  altname: 53,
} as const;

/** Of LINK.mask: RTEXT_FILTER_SKIP_STATS. */
export const SKIP_STATISTICS = 1 << 3;

/** IFLA_INFO_*, inside LINK.info. */
export const INFO = { kind: 1, data: 2, portKind: 4, portData: 5 } as const;

/** VETH_INFO_PEER, VXCAN_INFO_PEER, IFLA_NETKIT_PEER_INFO: kinds that are two devices agree on it. */
export const PEER = 1;

export const UP = 0x1;
/** It has a carrier, and the kernel has told everybody so: a bridge forwards to its port from then on. */
export const RUNNING = 0x40;

/** IFF_*, in the order in which `ip` prints them. */
export const FLAGS: readonly (readonly [string, number])[] = [
  ['LOOPBACK', 0x8],
  ['BROADCAST', 0x2],
  ['POINTOPOINT', 0x10],
  ['MULTICAST', 0x1000],
  ['NOARP', 0x80],
  ['ALLMULTI', 0x200],
  ['PROMISC', 0x100],
  ['MASTER', 0x400],
  ['SLAVE', 0x800],
  ['UP', UP],
  ['LOWER_UP', 0x10000],
  ['DORMANT', 0x20000],
];
