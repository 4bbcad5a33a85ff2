import type { Batch } from '@pipewright/plugin';
import { byPlace, type Piece, stagesOf } from '../plan/stages.js';
import type { Stage } from '../stages.js';

/** The inverse ops of stages that ran, or may have run in part: last stage first, each batch backwards. */
export const undoBatches = (ran: readonly Stage[]): readonly (readonly Batch[])[] =>
  [...ran].reverse().flatMap((stage) => stagesOf(stage.batches.flatMap(undoPieces)).map(forwardBatches));

/** One batch's undoing, a chain: it must run in order wherever its ops act. */
function undoPieces({ ops }: Stage['batches'][number]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const op of [...ops].reverse())
    for (const { on, ops: inverse } of byPlace(op.inverse)) {
      const last = pieces.at(-1);
      pieces.push({ on, op: { changes: op.changes, forward: inverse, inverse: [] }, after: last ? [last] : [] });
    }
  return pieces;
}

/** What the executor is given of a stage. */
export const forwardBatches = (stage: Stage): readonly Batch[] =>
  stage.batches
    .map(({ on, ops }) => ({ on, ops: ops.flatMap((it) => it.forward) }))
    .filter(({ ops }) => ops.length > 0);
