import { type Change, exec, type Observed, type PlannedOp, type Stage } from '@pipewright/plugin';
import { changeOf } from '../diff/change-of.js';
import { plan as planOf } from '../plan/plan.js';
import { stagesOf } from '../plan/stages.js';
import type { Registries } from '../registry/registry.js';
import type { Plan, Planned } from '../stages.js';
import { keysOf } from './left-behind.js';

type Known = Pick<Registries, 'types' | 'deviceKinds'>;

/** The kernel takes a nic from a program at once; until that has noticed and ended, it takes a moment. */
const MOMENT_S = '0.1';

/**
 * Programs that a plan leaves alone may end all the same, as what they hold goes: a sniffer on a nic. So the plan begins
 * with a stage that does nothing, but is undone last, which starts them again; and it ends when they have had time to end.
 */
export function withBystanders({ plan, survey }: Pick<Planned, 'plan' | 'survey'>, { types }: Known): Plan {
  const touched = keysOf(plan.changes);
  const losing = new Set(plan.changes.flatMap(({ action, on }) => (isLoss(action) ? [on.host] : [])));
  const mayEnd = ({ type, key, on, owner, irretrievable }: Observed): boolean =>
    owner === plan.topology &&
    losing.has(on.host) &&
    !touched.has(key) &&
    !irretrievable &&
    types.need(type).ending !== undefined;
  const bystanders = survey.actual.filter(mayEnd);
  if (bystanders.length === 0) return plan;
  const starting = bystanders.map((it) => ({ on: it.on, op: startingAgain(it, types), after: [] }));
  const waiting = [...new Set(bystanders.map(({ on }) => on.host))].map((host) => {
    const op = { changes: [], forward: [exec({ host }, 'sleep', MOMENT_S)], inverse: [] };
    return { on: { host }, op, after: [] };
  });
  return { ...plan, stages: [...stagesOf(starting), ...plan.stages, ...stagesOf(waiting)] };
}

const isLoss = (action: Change['action']): boolean => action === 'delete' || action === 'replace';

function startingAgain(it: Observed, types: Known['types']): PlannedOp {
  const change = changeOf('update', it, it);
  return {
    changes: [change],
    forward: [],
    inverse: types.need(it.type).write(change, { role: 'alone' }),
    bystander: true,
  };
}

/** What starts those again that have ended, of what remains to be done after the plan. */
export function restartsOf(remaining: readonly Change[], { topology, changes }: Plan, known: Known): readonly Stage[] {
  const touched = keysOf(changes);
  const ended = remaining.filter(
    ({ type, key, before }) => before && !touched.has(key) && known.types.need(type).ending?.(before) !== undefined,
  );
  return planOf(topology, { changes: ended, notes: [], diagnostics: [] }, known).stages;
}
