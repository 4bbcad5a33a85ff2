import { linkNumber, linkQuestion, namespaceNumber, namespaceQuestion } from '@pipewright/kernel';
import type { NetlinkSocket } from '../../sys/netlink-socket.js';

/** Number of the device of a name; undefined where there is none. */
export function linkByName(socket: NetlinkSocket, name: string): number | undefined {
  const answer = socket.ask(linkQuestion(name));
  return 'type' in answer ? linkNumber(answer) : undefined;
}

/** The number that a socket's namespace has for another one; undefined where it has none. */
export function namespaceId(socket: NetlinkSocket, fd: number): number | undefined {
  const answer = socket.ask(namespaceQuestion(fd));
  return 'type' in answer ? namespaceNumber(answer) : undefined;
}
