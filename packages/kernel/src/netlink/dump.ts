import type { NetlinkDump } from '@pipewright/plugin';
import { decodeAddresses } from './address.js';
import { AttributeWriter } from './attribute-writer.js';
import { LINK, SKIP_STATISTICS } from './link-numbers.js';
import { decodeFdb } from './fdb.js';
import { decodeLinks } from './link-rows.js';
import { decodeNeighbours } from './neighbour.js';
import { AF_BRIDGE, FLAG, MESSAGE, STRUCT } from './numbers.js';
import { decodeRoutes } from './route.js';
import { decodeRules } from './rule.js';
import type { DecodeContext, NetlinkMessage, NetlinkRequest } from './types.js';

/**
 * What asks for a dump, of all families: `decodeRows` takes the one that is named. The kernel lists no names of
 * namespaces: that is for the file system to say.
 */
export function dumpRequests({ object }: NetlinkDump): readonly NetlinkRequest[] {
  switch (object) {
    case 'link':
      return [allLinks()];
    case 'address':
      return [all(MESSAGE.getAddress, STRUCT.address)];
    case 'route':
      return [all(MESSAGE.getRoute, STRUCT.route)];
    case 'rule':
      return [all(MESSAGE.getRule, STRUCT.rule)];
    case 'neighbour':
      return [all(MESSAGE.getNeighbour, STRUCT.neighbour)];
    case 'fdb':
      return [all(MESSAGE.getNeighbour, STRUCT.neighbour, AF_BRIDGE)];
    case 'netns':
      return [];
  }
}

function all(type: number, length: number, family = 0): NetlinkRequest {
  const body = new Uint8Array(length);
  body[0] = family;
  return { type, flags: FLAG.dump, body };
}

function allLinks(): NetlinkRequest {
  const body = new AttributeWriter().field32(0, 0, 0, 0);
  body.u32(LINK.mask, SKIP_STATISTICS);
  return { type: MESSAGE.getLink, flags: FLAG.dump, ...body.finish() };
}

/** The rows that `ip -j -d -N` prints of the answer, as far as the resource types read them. */
export function decodeRows(
  { object, family }: NetlinkDump,
  messages: readonly NetlinkMessage[],
  context: DecodeContext,
): readonly object[] {
  switch (object) {
    case 'link':
      return decodeLinks(messages, context);
    case 'address':
      return decodeAddresses(messages, context);
    case 'route':
      return decodeRoutes(messages, context);
    case 'rule':
      return decodeRules(messages, family);
    case 'neighbour':
      return decodeNeighbours(messages, context);
    case 'fdb':
      return decodeFdb(messages, context);
    case 'netns':
      return [];
  }
}
