import { encodeNetlink, type NetlinkRequest } from '@pipewright/kernel';
import { type DeviceKind, type NamespaceOp, netlink } from '@pipewright/plugin';

const LOOPBACK = 1; // LOOPBACK_IFINDEX

/** What is sent in a new namespace before it has its name: its loopback device is up and carries the mark. */
export function loopbackRequest(
  { on, alias }: NamespaceOp,
  deviceKind: (kind: string) => DeviceKind | undefined,
): NetlinkRequest {
  const attrs = { name: 'lo', up: true, ...(alias === undefined ? {} : { alias }) };
  const context = { deviceKind, index: () => LOOPBACK, netns: () => 0, found: () => LOOPBACK };
  return encodeNetlink(netlink(on, 'link', 'set', attrs), context)[0] as NetlinkRequest;
}
