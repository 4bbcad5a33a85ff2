import type { NetlinkMessage, NetlinkRequest } from '@pipewright/kernel';
import type { NetlinkSocket } from '../../sys/netlink-socket.js';

// linux/rtnetlink.h, linux/if_link.h, linux/net_namespace.h
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWNSID = 88;
const RTM_GETNSID = 90;
const IFLA_IFNAME = 3;
const IFLA_GROUP = 27;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const SIZE_OF_IFINFOMSG = 16;
const SIZE_OF_RTGENMSG = 4; // one byte, aligned

/** Number of the device of a name; undefined where there is none. */
export function linkByName(socket: NetlinkSocket, name: string): number | undefined {
  const body = Buffer.alloc(SIZE_OF_IFINFOMSG + aligned(4 + name.length + 1) + 8);
  const next = putAttribute(body, SIZE_OF_IFINFOMSG, IFLA_IFNAME, Buffer.from(`${name}\0`));
  putAttribute(body, next, IFLA_EXT_MASK, u32(RTEXT_FILTER_SKIP_STATS));
  const answer = socket.ask({ type: RTM_GETLINK, flags: 0, body });
  return 'type' in answer && answer.type === RTM_NEWLINK ? viewOf(answer.body).getInt32(4, true) : undefined;
}

/** One request that removes every device of a group in its namespace. */
export function deleteGroup(group: number): NetlinkRequest {
  const body = Buffer.alloc(SIZE_OF_IFINFOMSG + 8);
  putAttribute(body, SIZE_OF_IFINFOMSG, IFLA_GROUP, u32(group));
  return { type: RTM_DELLINK, flags: 0, body };
}

/** The number that a socket's namespace has for another one; undefined where it has none. */
export function namespaceId(socket: NetlinkSocket, fd: number): number | undefined {
  const body = Buffer.alloc(SIZE_OF_RTGENMSG + 8);
  putAttribute(body, SIZE_OF_RTGENMSG, NETNSA_FD, u32(fd));
  const answer = socket.ask({ type: RTM_GETNSID, flags: 0, body });
  if (!('type' in answer) || answer.type !== RTM_NEWNSID) return undefined;
  const view = viewOf(answer.body);
  for (let at = SIZE_OF_RTGENMSG; at + 8 <= view.byteLength; at += aligned(view.getUint16(at, true))) {
    if (view.getUint16(at, true) < 4) return undefined;
    if (view.getUint16(at + 2, true) === NETNSA_NSID) return assigned(view.getInt32(at + 4, true));
  }
  return undefined;
}

const assigned = (id: number): number | undefined => (id < 0 ? undefined : id);

const viewOf = (body: Uint8Array): DataView => new DataView(body.buffer, body.byteOffset, body.byteLength);

const aligned = (length: number): number => (length + 3) & ~3;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Returns where the next attribute goes. */
function putAttribute(body: Buffer, at: number, type: number, value: Buffer): number {
  body.writeUInt16LE(4 + value.length, at);
  body.writeUInt16LE(type, at + 2);
  value.copy(body, at + 4);
  return at + aligned(4 + value.length);
}

/** Number and name of each device of a dump. */
export function linkNames(messages: readonly NetlinkMessage[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const { body } of messages) {
    const view = viewOf(body);
    for (let at = SIZE_OF_IFINFOMSG; at + 4 <= view.byteLength; ) {
      const [length, type] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
      if (length < 4) break;
      if (type === IFLA_IFNAME) {
        names.set(view.getInt32(4, true), Buffer.from(body.subarray(at + 4, at + length - 1)).toString());
        break;
      }
      at += aligned(length);
    }
  }
  return names;
}
