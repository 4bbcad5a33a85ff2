import type { Change, Stage } from '@pipewright/plugin';

/** A stage as undoing it needs it: what was there before stands at the transaction's start. */
export const intentOf = ({ batches }: Stage): Stage => ({
  batches: batches.map(({ on, ops }) => ({
    on,
    ops: ops.map((op) => ({ ...op, changes: op.changes.map(named), forward: [] })),
  })),
});

const named = ({ action, type, key, id, on, fields, from }: Change): Change => ({
  action,
  type,
  key,
  id,
  on,
  fields,
  ...(from === undefined ? {} : { from }),
});
