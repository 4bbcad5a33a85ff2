import { type Fault, LOCAL_HOST, type Model, PipewrightError } from '@pipewright/plugin';
import type { Opened } from './session.js';
import { refusedStatus, type Status, statusOf, withUnreached } from './views/status.js';

/** A declaration, and what is there of it. */
export interface DeclaredStatus {
  readonly model: Model;
  readonly status: Status;
}

/** On as many hosts as are reached, of as many engines as answer: each host that is not is left out, and the others are looked at again. */
export async function declaredStatus(opened: Opened): Promise<DeclaredStatus> {
  const unreached = new Map<string, Fault>();
  for (;;) {
    try {
      const { model, status } = await statusWithout(new Set(unreached.keys()), opened);
      return { model, status: withUnreached(status, unreached) };
    } catch (error) {
      const more = error instanceof PipewrightError ? [...error.byHost] : [];
      if (more.length === 0 || more.some(([host]) => host === LOCAL_HOST || unreached.has(host))) throw error;
      for (const [host, fault] of more) unreached.set(host, fault);
    }
  }
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
