import type { ApplyReport, PlannedNic } from '@pipewright/core';
import { alone, showPlan, timed } from './change.js';
import type { Engine } from './engine.js';
import type { Output } from './output/output.js';
import { flag } from './spec/option.js';
import { sayWarnings } from './warnings.js';
import { planJson } from './views/plan.js';

/** What both commands that change one nic take at last. */
export const unaskedOptions = {
  'dry-run': flag('show what would be done and do nothing'),
  yes: flag('without effect: it never asks', { alias: 'y' }),
};

/** How a change of one nic is planned, done and told. */
interface NicChange {
  readonly engine: Engine;
  readonly output: Output;
  readonly dryRun: boolean;
  readonly plan: () => Promise<PlannedNic>;
  readonly apply: (planned: PlannedNic) => Promise<ApplyReport>;
  /** What is said of it; absent: it is done in silence. */
  readonly done?: (planned: PlannedNic) => string;
  /** The same where nothing had to be done. */
  readonly nothing?: (planned: PlannedNic) => string;
}

/** Shows the plan, or carries it out and says so in one line. */
export async function changeNic(change: NicChange): Promise<number> {
  const { engine, output, dryRun, plan } = change;
  if (!dryRun) return alone(engine, output, async () => carryOut(await plan(), change));
  const planned = await plan();
  sayWarnings(planned.warnings, output);
  return showPlan(planned.plan, output, 'result');
}

async function carryOut(planned: PlannedNic, { output, apply, done, nothing }: NicChange): Promise<number> {
  const { node, nic, plan, current } = planned;
  sayWarnings(planned.warnings, output);
  const { value: report, seconds } = await timed(async () => (current ? undefined : apply(planned)));
  sayWarnings(report?.warnings ?? [], output);
  const say = plan.changes.length > 0 ? done : nothing;
  if (say || output.manner.json)
    output.done(
      () => ({ ...planJson(plan), applied: plan.changes.length > 0, seconds, node, nic }),
      () => say?.(planned) ?? '',
    );
  return 0;
}
