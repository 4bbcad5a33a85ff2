import type { NetlinkOp } from '@pipewright/plugin';
import { encodeAddress } from './address.js';
import { encodeLink } from './link-request.js';
import { encodeNeighbour } from './neighbour.js';
import { encodeRoute } from './route.js';
import { encodeRule } from './rule.js';
import type { EncodeContext, NetlinkRequest } from './types.js';

/** One op as rtnetlink requests: one, two where a link's further names are a message of their own, none for nothing. */
export function encodeNetlink(op: NetlinkOp, context: EncodeContext): readonly NetlinkRequest[] {
  switch (op.object) {
    case 'link':
      return encodeLink(op, context);
    case 'address':
      return [encodeAddress(op, context)];
    case 'route':
      return [encodeRoute(op, context)];
    case 'rule':
      return [encodeRule(op)];
    case 'neighbour':
      return [encodeNeighbour(op, context)];
  }
}
