import { readFileSync } from 'node:fs';
import type { NetlinkRequest } from '@pipewright/kernel';
import { NETLINK_NETFILTER } from '../../sys/constants.js';
import { NetlinkSocket } from '../../sys/netlink-socket.js';
import type { Syscalls } from '../../sys/syscalls.js';

const NFT_MSG_GETTABLE = (10 << 8) | 1; // of NFNL_SUBSYS_NFTABLES
const NLM_F_DUMP = 0x300;
/** NFPROTO_* of linux/netfilter.h. */
const PROTOCOL = { 4: 2, 6: 10 } as const;
/** Of the older iptables, which nftables does not know. */
const LEGACY = { 4: '/proc/net/ip_tables_names', 6: '/proc/net/ip6_tables_names' } as const;

/** Whether the host's own namespace has any table of packet filter rules. In doubt it has: a program then tells. */
export function hasFilterTables(family: 4 | 6, sys: Syscalls): boolean {
  return hasLegacyTables(family) || hasNftables(family, sys);
}

function hasLegacyTables(family: 4 | 6): boolean {
  try {
    return readFileSync(LEGACY[family], 'utf8') !== '';
  } catch {
    return false; // that kernel or that host has none
  }
}

function hasNftables(family: 4 | 6, sys: Syscalls): boolean {
  try {
    const socket = new NetlinkSocket(sys, NETLINK_NETFILTER);
    try {
      return socket.dump(allTables(family)).length > 0;
    } finally {
      socket.close();
    }
  } catch {
    return true;
  }
}

/** struct nfgenmsg: the family, version 0, and nothing. */
const allTables = (family: 4 | 6): NetlinkRequest => ({
  type: NFT_MSG_GETTABLE,
  flags: NLM_F_DUMP,
  body: Uint8Array.of(PROTOCOL[family], 0, 0, 0),
});
