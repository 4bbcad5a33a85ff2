import { groupDeletion, groupJoining, type NetlinkRequest } from '@pipewright/kernel';
import type { NetlinkOp, Op } from '@pipewright/plugin';
import { dumpLinks } from './dump-all.js';
import type { Place } from './places.js';

/** The ops from `start` on that remove devices of one namespace, up to the first that does not. */
export function deletionsFrom(ops: readonly Op[], start: number): readonly NetlinkOp[] {
  const first = ops[start];
  const run: NetlinkOp[] = [];
  for (let index = start; index < ops.length; index++) {
    const op = ops[index];
    if (op?.op !== 'netlink' || op.object !== 'link' || op.verb !== 'del' || op.on.node !== first?.on.node) break;
    run.push(op);
  }
  return run;
}

/**
 * Removes devices of one namespace at one stroke: each by itself would wait some 20 ms for a grace period of the kernel.
 * Returns the ops that are still to be done, one by one.
 */
export function removeTogether(ops: readonly NetlinkOp[], place: Place): readonly NetlinkOp[] {
  const rows = dumpLinks(place, () => undefined);
  const indexes = new Map(rows.map(({ ifname, ifindex }) => [ifname, ifindex]));
  const found = ops.flatMap((op): readonly Doomed[] => {
    const index = indexes.get(nameOf(op));
    return index === undefined ? [] : [{ op, index }];
  });
  place.forgetAll();
  const group = groupOfJust(new Set(found.map(({ op }) => nameOf(op))), rows);
  const removed =
    group === undefined ? removedByOwnGroup(found, unusedGroup(rows), place) : removedByGroup(found, group, place);
  return ops.filter((it) => !removed.has(it));
}

interface Doomed {
  readonly op: NetlinkOp;
  readonly index: number;
}

const nameOf = ({ attrs }: NetlinkOp): string => String(attrs['name']);

/** Undefined where none holds just these. */
function groupOfJust(names: ReadonlySet<string>, rows: ReturnType<typeof dumpLinks>): number | undefined {
  const group = rows.find(({ ifname }) => names.has(ifname))?.group;
  if (group === undefined || Number(group) === 0) return undefined; // everything that nobody gave a group is in it
  const members = rows.filter((it) => it.group === group);
  return members.length === names.size && members.every(({ ifname }) => names.has(ifname)) ? Number(group) : undefined;
}

const LARGEST_GROUP = 0x7fff_ffff;

function unusedGroup(rows: ReturnType<typeof dumpLinks>): number {
  const used = new Set(rows.map((it) => Number(it.group)));
  let group = LARGEST_GROUP;
  while (used.has(group)) group -= 1;
  return group;
}

const removedByGroup = (found: readonly Doomed[], group: number, { socket }: Place): ReadonlySet<NetlinkOp> =>
  new Set(socket.send([groupDeletion(group)]).length === 0 ? found.map(({ op }) => op) : []);

/** So many go into one message to the kernel, with their removal: nobody ever sees them in that group. */
const A_MESSAGE = 100;

function removedByOwnGroup(found: readonly Doomed[], group: number, { socket }: Place): ReadonlySet<NetlinkOp> {
  const removed = new Set<NetlinkOp>();
  for (let at = 0; at < found.length; at += A_MESSAGE) {
    const some = found.slice(at, at + A_MESSAGE);
    const joinings = some.map(({ index }) => groupJoining(index, group));
    const deletion = groupDeletion(group);
    const failed = new Set(socket.send([...joinings, deletion]).map(({ request }) => request));
    if (failed.has(deletion)) continue;
    for (const [nth, { op }] of some.entries()) if (!failed.has(joinings[nth] as NetlinkRequest)) removed.add(op);
  }
  return removed;
}
