import { announcement, decodeRows, linkQuestion } from '@pipewright/kernel';
import { type Batch, isRef, type NetlinkOp, type Op, type Placement } from '@pipewright/plugin';
import { close } from 'node:fs';
import { AF_PACKET, SOCK_RAW_CLOEXEC } from '../../sys/constants.js';
import type { Namespaces } from '../../sys/namespaces.js';
import type { Syscalls } from '../../sys/syscalls.js';
import type { Place, Places } from './places.js';

/** Each is flooded to all that are on its network: of a large lab, where everybody is new, nobody is told. */
const MOST = 16;

/** A device as it is printed, as far as it matters here. */
interface Sender {
  readonly ifindex: number;
  readonly flags: readonly string[];
  readonly address?: string;
}

export interface Announcing {
  readonly sys: Syscalls;
  readonly places: Places;
  readonly namespaces: Namespaces;
}

/**
 * Tells the neighbours of devices that have got an address at which MAC address that is now: who remembers another
 * device there would send to it for a while. Nothing depends on it: what cannot be told is not.
 */
export function announce(batches: readonly Batch[], at: Announcing): void {
  if (!isToAnnounce(batches)) return;
  for (const { on, ops } of batches)
    try {
      const given = ops.filter(givesAddress);
      if (given.length > 0) announceIn(on, given, at);
    } catch {
      // a namespace that is gone, a kernel without packet sockets
    }
}

export function isToAnnounce(batches: readonly Batch[]): boolean {
  const given = batches.flatMap(({ ops }) => ops.filter(givesAddress));
  return given.length > 0 && given.length <= MOST;
}

const givesAddress = (op: Op): op is NetlinkOp => op.op === 'netlink' && op.object === 'address' && op.verb !== 'del';

function announceIn(on: Placement, ops: readonly NetlinkOp[], { sys, places, namespaces }: Announcing): void {
  const place = places.at(on);
  const open = (): number => sys.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0); // protocol 0: it receives nothing
  const socket = on.node === undefined ? open() : namespaces.within(place.fd, open);
  try {
    for (const { attrs } of ops) {
      const { dev, address } = attrs;
      const sender = isRef(dev) ? senderOf(place, dev.ref.slice(dev.ref.lastIndexOf('/') + 1)) : undefined;
      if (sender?.address === undefined) continue;
      sys.sendOn(socket, sender.ifindex, announcement({ mac: sender.address, address: String(address) }));
    }
  } finally {
    // The kernel lets go of such a socket only after a grace period of RCU, some 10 ms: nobody waits for that.
    close(socket, () => undefined);
  }
}

/** A device that has neighbours to tell. */
function senderOf({ socket }: Place, name: string): Sender | undefined {
  const answer = socket.ask(linkQuestion(name));
  if (!('type' in answer)) return undefined;
  const [row] = decodeRows({ object: 'link' }, [answer], { deviceKind: () => undefined, nameOf: () => undefined });
  return row && hasNeighbours(row as Sender) ? (row as Sender) : undefined;
}

const hasNeighbours = ({ flags, address }: Sender): boolean =>
  flags.includes('UP') && flags.includes('BROADCAST') && !flags.includes('NOARP') && address?.length === ETHERNET;

/** `02:00:00:00:00:01`. */
const ETHERNET = 17;
