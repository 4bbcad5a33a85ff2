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
 * The group that holds just the devices that these ops remove: then one request does it, where each by itself would
 * wait some 20 ms for a grace period of the kernel. Undefined where there is none, or it holds anything else.
 */
export function groupOfAll(ops: readonly NetlinkOp[], place: Place): number | undefined {
  if (ops.length < 2) return undefined;
  const rows = dumpLinks(place, () => undefined);
  const groups = new Map(rows.map(({ ifname, group }) => [ifname, Number(group)]));
  const names = new Set(ops.map(({ attrs }) => String(attrs['name'])));
  const group = groups.get([...names][0] ?? '') ?? 0;
  if (group === 0) return undefined; // everything that nobody gave a group is in it
  const members = rows.filter((it) => Number(it.group) === group);
  return members.length === names.size && members.every(({ ifname }) => names.has(ifname)) ? group : undefined;
}
