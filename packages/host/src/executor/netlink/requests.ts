import { linkNumber, linkQuestion } from '@pipewright/kernel';
import type { NetlinkSocket } from '../../sys/netlink-socket.js';

/** Number of the device of a name; undefined where there is none. */
export function linkByName(socket: NetlinkSocket, name: string): number | undefined {
  const answer = socket.ask(linkQuestion(name));
  return 'type' in answer ? linkNumber(answer) : undefined;
}
