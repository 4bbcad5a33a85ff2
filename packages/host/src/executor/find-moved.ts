import { type Batch, type LinkMove, type NetlinkOp, type Op, type OpFailure, type Placement } from '@pipewright/plugin';

/** A device as it is found in a namespace. */
export interface FoundLink {
  readonly name: string;
  readonly mac: string | undefined;
}

/** The devices of a namespace; undefined where that is gone. */
export type LinksIn = (on: Placement) => Promise<readonly FoundLink[] | undefined>;

export interface Retraced {
  readonly batches: readonly Batch[];
  readonly failures: readonly OpFailure[];
}

/**
 * Undoing a move: the device may have kept its old name when the new one was taken, a user may have renamed it, and from a
 * namespace that is gone hardware falls back to the host's. It is known by its MAC address; what only has its name is
 * another's.
 */
export async function retraceMoves(batches: readonly Batch[], linksIn: LinksIn): Promise<Retraced> {
  const failures: OpFailure[] = [];
  const retraced = await Promise.all(
    batches.map(async (batch) => {
      const ops: Op[] = [];
      for (const op of batch.ops) {
        const found = isMove(op) ? await retrace(op, linksIn) : op;
        if (found) ops.push(found);
        else failures.push({ op, message: `Cannot find device "${String((op as NetlinkOp).attrs['name'])}"` });
      }
      return { ...batch, ops };
    }),
  );
  return { batches: retraced, failures };
}

/** Nothing is undone. */
export const untraced = (batches: readonly Batch[]): Retraced => ({ batches, failures: [] });

const isMove = (op: Op): op is NetlinkOp => op.op === 'netlink' && op.verb === 'move';

async function retrace(op: NetlinkOp, linksIn: LinksIn): Promise<NetlinkOp | undefined> {
  const { name, macs } = op.attrs as LinkMove;
  const places = [op.on, { host: op.on.host }];
  for (const on of places) {
    const fitting = ((await linksIn(on)) ?? []).filter(({ mac }) => mac !== undefined && macs.includes(mac));
    const found = fitting.find((it) => it.name === name) ?? fitting[0];
    if (found) return { ...op, on, attrs: { ...op.attrs, name: found.name } };
  }
  return undefined;
}
