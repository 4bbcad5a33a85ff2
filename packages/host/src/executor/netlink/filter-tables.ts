import { existsSync, realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { filterTableRequests, filterTableText } from '@pipewright/kernel';
import { NETLINK_NETFILTER } from '../../sys/constants.js';
import { NetlinkSocket } from '../../sys/netlink-socket.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { textOf } from '../../text-of.js';

/** Of the older iptables, which nftables does not know. */
export const LEGACY_TABLES = { 4: '/proc/net/ip_tables_names', 6: '/proc/net/ip6_tables_names' } as const;

/**
 * What `iptables-save` says of the table filter of the host's own namespace, as far as our rules go: empty where there is
 * none. Undefined: in doubt, a program has to be asked.
 */
export function readFilterTable(family: 4 | 6, sys: Syscalls): string | undefined {
  if (textOf(LEGACY_TABLES[family]) !== '') return undefined;
  try {
    const text = dumped(family, sys);
    return text === '' || isOfNftables(family) ? text : undefined;
  } catch {
    return undefined;
  }
}

function dumped(family: 4 | 6, sys: Syscalls): string | undefined {
  const socket = new NetlinkSocket(sys, NETLINK_NETFILTER);
  try {
    const [chains, rules] = filterTableRequests(family).map((it) => socket.dump(it));
    return filterTableText(chains ?? [], rules ?? []);
  } finally {
    socket.close();
  }
}

/** Of the two programs of that name, the one that speaks of the table that was read. */
function isOfNftables(family: 4 | 6): boolean {
  const name = family === 4 ? 'iptables-save' : 'ip6tables-save';
  const path = (process.env['PATH'] ?? '').split(delimiter).map((folder) => `${folder}/${name}`);
  const found = path.find((it) => existsSync(it));
  return found !== undefined && realpathSync(found).endsWith('/xtables-nft-multi');
}
