import { type Op, type Placement, placeKey, requestPlace } from '@pipewright/plugin';
import type { PlannedOp, Stage } from '../stages.js';

/** An op with its namespace and those that must be done before it. */
export interface Piece {
  readonly on: Placement;
  readonly op: PlannedOp;
  readonly after: readonly Piece[];
}

/** Splits ops, in order, into runs of the same place. */
export function byPlace(ops: readonly Op[]): readonly { readonly on: Placement; readonly ops: readonly Op[] }[] {
  const runs: { on: Placement; ops: Op[] }[] = [];
  for (const op of ops) {
    const on = requestPlace(op);
    const last = runs.at(-1);
    if (last && placeKey(last.on) === placeKey(on)) last.ops.push(op);
    else runs.push({ on, ops: [op] });
  }
  return runs;
}

/**
 * Pass 6. As few stages as the order allows: a piece shares its stage with what it waits for where both are in one
 * namespace (a batch runs in order), and comes one later where they are not.
 */
export function stagesOf(pieces: readonly Piece[]): readonly Stage[] {
  const levels = new Map<Piece, number>();
  const depths = new Map<Piece, number>();
  for (const piece of pieces) {
    levels.set(
      piece,
      Math.max(0, ...piece.after.map((it) => (levels.get(it) ?? 0) + (placeKey(it.on) === placeKey(piece.on) ? 0 : 1))),
    );
    depths.set(piece, Math.max(0, ...piece.after.map((it) => (depths.get(it) ?? 0) + 1)));
  }
  const stages: Map<string, { on: Placement; ops: PlannedOp[] }>[] = [];
  const depthOf = (piece: Piece): number => depths.get(piece) ?? 0;
  // By depth and type, so that equal things of one batch stand together and run side by side or in one message.
  for (const piece of [...pieces].sort((a, b) => depthOf(a) - depthOf(b) || byName(typeOf(a), typeOf(b)))) {
    const stage = (stages[levels.get(piece) ?? 0] ??= new Map());
    const batch = stage.get(placeKey(piece.on));
    if (batch) batch.ops.push(piece.op);
    else stage.set(placeKey(piece.on), { on: piece.on, ops: [piece.op] });
  }
  return stages.filter((it) => it.size > 0).map((it) => ({ batches: [...it.values()] }));
}

const typeOf = ({ op }: Piece): string => op.changes[0]?.type ?? '';

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
