export { decodeAcknowledgement } from './acknowledgement.js';
export { datagramOf, messagesOf } from './datagram.js';
export { decodeRows, dumpRequests } from './dump.js';
export { encodeNetlink } from './encode.js';
export { explain } from './explain.js';
export type * from './types.js';
