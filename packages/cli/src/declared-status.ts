import { type Model, PipewrightError } from '@pipewright/plugin';
import { asFarAsReached } from './reached.js';
import type { Opened } from './session.js';
import { refusedStatus, type Status, statusOf, withUnreached } from './views/status.js';

/** A declaration, and what is there of it. */
export interface DeclaredStatus {
  readonly model: Model;
  readonly status: Status;
}

/** On as many hosts as are reached, of as many engines as answer. */
export async function declaredStatus(opened: Opened): Promise<DeclaredStatus> {
  const { value, unreached } = await asFarAsReached((without) => statusWithout(without, opened));
  return { model: value.model, status: withUnreached(value.status, unreached) };
}

/** Against the declaration; where that cannot be planned, what there is and why it cannot. */
async function statusWithout(without: ReadonlySet<string>, { input, engine }: Opened): Promise<DeclaredStatus> {
  const { topologies } = engine;
  const draft = await topologies.draft(input);
  try {
    const planned = await topologies.plan({ ...input, without, partly: true });
    return { model: planned.model ?? draft.model, status: statusOf(planned) };
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.diagnostics.length === 0) throw error;
    const { survey } = await topologies.planDown(draft.topology.name, draft, { without, partly: true });
    const model = topologies.modelOn(draft, survey);
    return { model, status: refusedStatus(model, survey, error.diagnostics) };
  }
}
