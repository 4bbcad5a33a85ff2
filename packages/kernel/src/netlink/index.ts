export { ipv4Text, ipv6Text, prefixOf } from './address-text.js';
export { decodeAcknowledgement } from './acknowledgement.js';
export { datagramOf, messagesOf, type ReceivedMessage } from './datagram.js';
export { decodeRows, dumpRequests } from './dump.js';
export { encodeNetlink } from './encode.js';
export { errnoWords } from './errno.js';
export { explain } from './explain.js';
export { filterTableName, filterTableRequests, filterTableText } from './filter-table.js';
export { nftTableName, nftTablesIn, nftTablesRequest } from './nft-tables.js';
export {
  groupDeletion,
  groupJoining,
  linkNumber,
  linkQuestion,
  namespaceNumber,
  namespaceQuestion,
  solicitation,
} from './questions.js';
export { readsOf } from './reads-of.js';
export type * from './types.js';
