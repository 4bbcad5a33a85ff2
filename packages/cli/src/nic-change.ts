import type { ApplyReport, PlannedNic } from '@pipewright/core';
import { showPlan, timed } from './change.js';
import type { Output } from './output/output.js';
import { sayWarnings } from './warnings.js';
import { planJson } from './views/plan.js';

/** How a change of one nic is done and told. */
interface NicChange {
  readonly output: Output;
  readonly apply: (planned: PlannedNic) => Promise<ApplyReport>;
  readonly done: (planned: PlannedNic) => string;
  /** Where nothing had to be done. */
  readonly nothing: (planned: PlannedNic) => string;
}

export function showNicPlan(planned: PlannedNic, output: Output): number {
  sayWarnings(planned.warnings, output);
  return showPlan(planned.plan, output, 'result');
}

/** Does what is planned, and says it in one line. */
export async function changeNic(planned: PlannedNic, { output, apply, done, nothing }: NicChange): Promise<number> {
  const { node, nic, plan, current } = planned;
  sayWarnings(planned.warnings, output);
  const { value: report, seconds } = await timed(async () => (current ? undefined : apply(planned)));
  sayWarnings(report?.warnings ?? [], output);
  output.done(
    () => ({ ...planJson(plan), applied: plan.changes.length > 0, seconds, node, nic }),
    () => (plan.changes.length > 0 ? done(planned) : nothing(planned)),
  );
  return 0;
}
