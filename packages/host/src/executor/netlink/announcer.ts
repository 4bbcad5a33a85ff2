import { advertisement, announcement, decodeRows, linkQuestion, prefixOf, solicitation } from '@pipewright/kernel';
import { type Batch, deviceNameIn, isRef, type NetlinkOp, type Op, type Placement } from '@pipewright/plugin';
import { close, closeSync } from 'node:fs';
import {
  AF_INET6,
  AF_PACKET,
  IPPROTO_ICMPV6,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  SOCK_RAW_CLOEXEC,
} from '../../sys/constants.js';
import { address6 } from '../../sys/socket-address.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { ofOneIpv4 } from './dump-all.js';
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
    return []; // a namespace that is gone, a kernel that sends none of it
  }
}

/**
 * The kernel lets go of a packet socket only after a grace period of RCU, some 10 ms, in which the process cannot end. So
 * there is one only for what cannot be told without.
 */
function send(on: Placement, place: Place, told: readonly Told[], { sys, places }: Announcing): void {
  const within: Within = (open) => places.within(on, open);
  const ipv4 = told.filter(isIpv4);
  const alone = ipv4.length > 0 ? ofOneIpv4(place) : new Set<number>();
  const unasked = ipv4.filter((it) => !alone.has(it.sender.ifindex) || !isAskedFor(it, place));
  if (unasked.length > 0) sendFrames(sys, within, unasked);
  const advertised = told.filter((it) => !isIpv4(it));
  if (advertised.length > 0) advertise(sys, within, advertised);
}

const isIpv4 = (it: Told): boolean => prefixOf(addressOf(it)).family === 4;

type Within = (open: () => number) => number;

const addressOf = ({ op }: Told): string => String(op.attrs['address']);

/** By an unsolicited neighbour advertisement to all nodes. */
function advertise(sys: Syscalls, within: Within, told: readonly Told[]): void {
  const socket = within(() => sys.socket(AF_INET6, SOCK_RAW_CLOEXEC, IPPROTO_ICMPV6));
  try {
    sys.setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255); // RFC 4861, 7.1.2: others are not heard
    sys.setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    for (const it of told) {
      const message = advertisement({ mac: it.sender.address, address: addressOf(it) });
      sys.sendTo(socket, message, address6(ALL_NODES, it.sender.ifindex));
    }
  } catch {
    // without a carrier a device has no address to send from
  } finally {
    closeSync(socket);
  }
}

const ALL_NODES = prefixOf('ff02::1').bytes;

/**
 * The kernel asks for what it has not met as a neighbour from the first address of the device that suits: of a device with
 * one address, to ask for that is an ARP announcement. False where it is not told so.
 */
function isAskedFor(it: Told, { socket }: Place): boolean {
  const [ask, forget] = solicitation(it.sender.ifindex, addressOf(it));
  if (socket.send([ask]).length > 0) return false;
  socket.send([forget]);
  return true;
}

function sendFrames(sys: Syscalls, within: Within, told: readonly Told[]): void {
  const socket = within(() => sys.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0)); // protocol 0: it receives nothing
  try {
    for (const it of told)
      sys.sendOn(socket, it.sender.ifindex, announcement({ mac: it.sender.address, address: addressOf(it) }));
  } finally {
    close(socket, () => undefined); // on another thread: what is left to do goes on meanwhile
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
