import { blankAnnouncement } from '@pipewright/kernel';
import { type Batch, deviceNameIn, isRef, type NetlinkOp, type Op, type Placement } from '@pipewright/plugin';
import { givesAddress, isToAnnounce } from '../netlink/announcer.js';
import type { NamespacePath } from '../survey/answers.js';
import type { FarCommands } from './far-commands.js';
import { frameWord, linesOf, tellLine } from './relay-lines.js';

interface Teller {
  readonly commands: FarCommands;
  readonly way: (on: Placement) => NamespacePath;
}

/** As on this host, by the relay there: no other program that each host has sends such frames. */
export async function announceThere(batches: readonly Batch[], teller: Teller): Promise<readonly Batch[]> {
  if (!isToAnnounce(batches)) return [];
  const lost = await Promise.all(batches.map(async (it) => ({ on: it.on, ops: await announceIn(it, teller) })));
  return lost.filter(({ ops }) => ops.length > 0);
}

async function announceIn({ on, ops }: Batch, { commands, way }: Teller): Promise<readonly Op[]> {
  const given = ops.filter(givesAddress);
  if (given.length === 0) return [];
  try {
    const { stdout } = await commands.own('pw_ask', tellLine(way(on), given.map(wordOf)));
    return linesOf(stdout).flatMap((line) => (line === '' ? [] : (given[Number(line)] ?? [])));
  } catch {
    return []; // a host that is not reached any more, a node that is gone
  }
}

function wordOf({ attrs: { dev, address } }: NetlinkOp): string {
  const device = isRef(dev) ? deviceNameIn(dev) : '';
  return frameWord(device, blankAnnouncement(String(address)));
}
