// linux/socket.h, linux/netlink.h, sched.h, sys/mount.h, sys/file.h; the same on all architectures Node runs on but mips.
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
/** The time at which came what was received last, a struct timespec. */
export const SIOCGSTAMPNS = 0x8907;
export const SIOCETHTOOL = 0x8946;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
export const SOL_NETLINK = 270;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const NETLINK_LISTEN_ALL_NSID = 8;
export const SOL_SOCKET = 1;
export const SO_SNDBUFFORCE = 32;
// linux/in.h, linux/icmp.h
export const IPPROTO_ICMP = 1;
export const IPPROTO_ICMPV6 = 58;
// linux/in6.h
export const IPPROTO_IPV6 = 41;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const SOL_RAW = 255;
export const ICMP_FILTER = 1;
export const MSG_DONTWAIT = 0x40;
/** linux/rtnetlink.h, `enum rtnetlink_groups`. */
export const RTNLGRP = {
  link: 1,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv6Rule: 19,
} as const;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NETLINK_GET_STRICT_CHK = 12;
export const CLONE_NEWNET = 0x40000000;
export const MS_BIND = 4096;
export const MS_REC = 16384;
export const MS_SHARED = 1 << 20;
export const MNT_DETACH = 2;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const CLOCK_REALTIME = 0;
export const F_DUPFD_CLOEXEC = 1030;
