import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { FLAG } from './numbers.js';
import type { NetlinkMessage, NetlinkRequest } from './types.js';

/** NFT_MSG_GETTABLE of linux/netfilter/nf_tables.h, with the number of its subsystem. */
const GET_TABLE = (10 << 8) | 1;

/** struct nfgenmsg: its first byte is the family. */
const HEAD = 4;

const NFTA_TABLE_NAME = 1;

/** NFPROTO_* of linux/netfilter.h, as nft calls them. */
const FAMILIES: Readonly<Record<number, string>> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

/** One dump: the tables of all families. */
export const nftTablesRequest = (): NetlinkRequest => ({
  type: GET_TABLE,
  flags: FLAG.dump,
  ...new AttributeWriter().field8(0, 0, 0, 0).finish(),
});

/** Of a table that is called as `inet filter`: a byte that is its family, then its name. */
export function nftTableName(table: string): string {
  const [family = '', name = ''] = table.split(/ (.*)/s);
  const number = Object.keys(FAMILIES).find((it) => FAMILIES[Number(it)] === family);
  return `${String.fromCharCode(Number(number))}${name}`;
}

/** `inet filter` */
export const nftTablesIn = (answers: readonly NetlinkMessage[]): readonly string[] =>
  answers.map(({ body }) => {
    let name = '';
    for (const it = new AttributeReader(body, HEAD); it.next(); ) if (it.type === NFTA_TABLE_NAME) name = it.text();
    return `${FAMILIES[body[0] ?? 0] ?? '?'} ${name}`;
  });
