export { decodeAcknowledgement } from './acknowledgement.js';
export { datagramOf, messagesOf } from './datagram.js';
export { decodeRows, dumpRequests } from './dump.js';
export { encodeNetlink } from './encode.js';
export { errnoWords } from './errno.js';
export { explain } from './explain.js';
export { filterTableRequests, filterTableText } from './filter-table.js';
export { groupDeletion, linkNumber, linkQuestion, namespaceNumber, namespaceQuestion } from './questions.js';
export type * from './types.js';
