import { announcement, decodeRows, linkQuestion } from '@pipewright/kernel';
import { type Batch, deviceNameIn, isRef, type NetlinkOp, type Op, type Placement } from '@pipewright/plugin';
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
  readonly address: string;
}

interface Told {
  readonly op: NetlinkOp;
  readonly sender: Sender;
}

export interface Announcing {
  readonly sys: Syscalls;
  readonly places: Places;
  readonly namespaces: Namespaces;
}

/**
 * Tells the neighbours of devices that have got an address at which MAC address that is now: who remembers another
 * device there would send to it for a while. Nothing depends on it: what cannot be told is not. Returns what may have been
 * lost.
 */
export function announce(batches: readonly Batch[], at: Announcing): readonly Batch[] {
  if (!isToAnnounce(batches)) return [];
  return batches.flatMap(({ on, ops }) => {
    const given = ops.filter(givesAddress);
    const lost = given.length > 0 ? announceIn(on, given, at) : [];
    return lost.length > 0 ? [{ on, ops: lost }] : [];
  });
}

export function isToAnnounce(batches: readonly Batch[]): boolean {
  const given = batches.flatMap(({ ops }) => ops.filter(givesAddress));
  return given.length > 0 && given.length <= MOST;
}

export const givesAddress = (op: Op): op is NetlinkOp =>
  op.op === 'netlink' && op.object === 'address' && op.verb !== 'del';

function announceIn(on: Placement, ops: readonly NetlinkOp[], at: Announcing): readonly NetlinkOp[] {
  try {
    const place = at.places.at(on);
    const told = ops.flatMap((op) => {
      const sender = senderOf(place, op);
      return sender ? [{ op, sender }] : [];
    });
    if (told.length > 0) send(on, place, told, at);
    return told.filter(({ sender }) => sender.flags.includes('NO-CARRIER')).map(({ op }) => op);
  } catch {
    return []; // a namespace that is gone, a kernel without packet sockets
  }
}

function send(on: Placement, { fd }: Place, told: readonly Told[], { sys, namespaces }: Announcing): void {
  const open = (): number => sys.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0); // protocol 0: it receives nothing
  const socket = on.node === undefined ? open() : namespaces.within(fd, open);
  try {
    for (const { op, sender } of told)
      sys.sendOn(socket, sender.ifindex, announcement({ mac: sender.address, address: String(op.attrs['address']) }));
  } finally {
    // The kernel lets go of such a socket only after a grace period of RCU, some 10 ms: nobody waits for that.
    close(socket, () => undefined);
  }
}

/** The device that got an address, if it has neighbours to tell. */
function senderOf({ socket }: Place, { attrs: { dev } }: NetlinkOp): Sender | undefined {
  if (!isRef(dev)) return undefined;
  const answer = socket.ask(linkQuestion(deviceNameIn(dev)));
  if (!('type' in answer)) return undefined;
  const [row] = decodeRows({ object: 'link' }, [answer], { deviceKind: () => undefined, nameOf: () => undefined });
  return row && hasNeighbours(row) ? (row as Sender) : undefined;
}

const hasNeighbours = ({ flags = [], address }: Partial<Sender>): boolean =>
  flags.includes('UP') && flags.includes('BROADCAST') && !flags.includes('NOARP') && address?.length === ETHERNET;

/** `02:00:00:00:00:01`. */
const ETHERNET = 17;
