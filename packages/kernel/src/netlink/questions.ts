import { prefixOf } from './address-text.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { LINK, SKIP_STATISTICS } from './link-numbers.js';
import { NEIGHBOUR } from './neighbour.js';
import { AF, creation, MESSAGE, STRUCT } from './numbers.js';
import type { NetlinkMessage, NetlinkRequest } from './types.js';

/** NETNSA_* of linux/net_namespace.h. */
const NAMESPACE = { id: 1, descriptor: 3 } as const;

const aboutLink = (): AttributeWriter => new AttributeWriter().field32(0, 0, 0, 0);

/** Asks for the device of a name. */
export function linkQuestion(name: string): NetlinkRequest {
  const body = aboutLink();
  body.name(LINK.name, name);
  body.u32(LINK.mask, SKIP_STATISTICS);
  return { type: MESSAGE.getLink, flags: 0, ...body.finish() };
}

/** The number of the device that an answer is about. */
export const linkNumber = ({ type, body }: NetlinkMessage): number | undefined =>
  type === MESSAGE.newLink ? new AttributeReader(body, STRUCT.link).field32(4) : undefined;

/** Puts a device into a group. */
export function groupJoining(index: number, group: number): NetlinkRequest {
  const body = new AttributeWriter().field32(0, index, 0, 0);
  body.u32(LINK.group, group);
  return { type: MESSAGE.newLink, flags: 0, ...body.finish() };
}

/** Removes every device of a group in its namespace. */
export function groupDeletion(group: number): NetlinkRequest {
  const body = aboutLink();
  body.u32(LINK.group, group);
  return { type: MESSAGE.delLink, flags: 0, ...body.finish() };
}

const USE = 0x01; // NTF_USE

/** Two requests: the kernel asks everybody on a device's network who has an address, at once; then it forgets that it asked. */
export function solicitation(index: number, address: string): readonly [ask: NetlinkRequest, forget: NetlinkRequest] {
  const { family, bytes } = prefixOf(address);
  const about = (flags: number) => {
    const body = new AttributeWriter().field8(AF[family], 0, 0, 0).field32(index).field16(0).field8(flags, 0);
    body.bytes(NEIGHBOUR.to, bytes);
    return body.finish();
  };
  return [
    { type: MESSAGE.newNeighbour, flags: creation('add'), ...about(USE) },
    { type: MESSAGE.delNeighbour, flags: 0, ...about(0) },
  ];
}

/** Asks for the number that a namespace has for the one behind a descriptor. */
export function namespaceQuestion(descriptor: number): NetlinkRequest {
  const body = new AttributeWriter().field32(0); // struct rtgenmsg: one byte, aligned
  body.u32(NAMESPACE.descriptor, descriptor);
  return { type: MESSAGE.getNamespaceId, flags: 0, ...body.finish() };
}

/** That number; undefined where it has none. */
export function namespaceNumber({ type, body }: NetlinkMessage): number | undefined {
  if (type !== MESSAGE.newNamespaceId) return undefined;
  const attributes = new AttributeReader(body, STRUCT.namespaceId);
  while (attributes.next())
    if (attributes.type === NAMESPACE.id) {
      const id = attributes.i32();
      return id < 0 ? undefined : id; // NETNSA_NSID_NOT_ASSIGNED
    }
  return undefined;
}
