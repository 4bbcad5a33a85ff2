import { nftTablesIn, nftTablesRequest } from '@pipewright/kernel';
import { NETLINK_NETFILTER } from '../../sys/constants.js';
import { NetlinkSocket } from '../../sys/netlink-socket.js';
import type { Syscalls } from '../../sys/syscalls.js';

/** The tables of nftables in the namespace that we are in; undefined where the kernel does not tell. */
export function readNftTables(sys: Syscalls): readonly string[] | undefined {
  try {
    const socket = new NetlinkSocket(sys, NETLINK_NETFILTER);
    try {
      return nftTablesIn(socket.dump(nftTablesRequest()));
    } finally {
      socket.close();
    }
  } catch {
    return undefined;
  }
}
