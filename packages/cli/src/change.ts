import { coreErrors, type Plan } from '@pipewright/core';
import { fail, type HostTarget } from '@pipewright/plugin';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { ask, isInteractive } from './output/ask.js';
import type { Output } from './output/output.js';
import type { Progress } from './output/progress.js';
import { count, printable } from './output/text.js';
import { recoverFirst } from './recovery.js';
import { planJson, planText } from './views/plan.js';

/** As a result, or, where more is to come, beside it. Returns the exit code of a dry run. */
export function showPlan(plan: Plan, output: Output, as: 'result' | 'talk'): number {
  const { json, quiet, verbose } = output.manner;
  if (as === 'result')
    output.result(
      () => planJson(plan),
      () => planText(plan, output.paint, verbose),
    );
  else if (plan.changes.length > 0 && json) output.say(planText(plan, output.paintTalk, verbose));
  else if (plan.changes.length > 0 && !quiet) output.print(`${planText(plan, output.paint, verbose)}\n`);
  return 0;
}

/**
 * Plans and changes while no other command does, after what earlier ones left unfinished: `work` hears whether there was
 * such a thing, as then what was read before may have changed. `hosts` are other machines that are to change. Says whom it
 * waits for.
 */
export const alone = (
  engine: Engine,
  output: Output,
  work: (recovered: boolean) => Promise<number>,
  hosts: () => Promise<readonly HostTarget[]> = () => Promise.resolve([]),
  signal?: AbortSignal,
): Promise<number> =>
  whileAlone(engine, output, async () => work(await recoverFirst(engine, output, await hosts(), signal)));

export const whileAlone = (engine: Engine, output: Output, work: () => Promise<number>): Promise<number> =>
  engine.topologies.exclusively(work, (holder) =>
    output.say(`waiting for another pipewright to end${holder && ` (pid ${printable(holder)})`}`),
  );

/** Throws unless the user agrees: by --yes, by answering, or by being no terminal. */
export async function agreed({ changes, topology }: Plan, yes: boolean, signal: AbortSignal): Promise<void> {
  const asks = !yes && changes.length > 0 && isInteractive();
  const what = changes.length === 1 ? 'this change' : `these ${count(changes.length, 'change')}`;
  const answer = asks ? await ask(`Make ${what} to ${topology}?`, signal) : 'yes';
  if (answer === 'no') fail(errors.declined());
  if (answer === 'interrupted' || signal.aborted) fail(coreErrors.interrupted());
}

export async function withProgress<T>(progress: Progress, plan: Plan, work: () => Promise<T>): Promise<T> {
  await progress.begin(plan);
  try {
    return await work();
  } finally {
    await progress.end();
  }
}

export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = process.uptime(); // `performance` would have to be loaded
  const value = await work();
  return { value, seconds: Math.round((process.uptime() - start) * 1000) / 1000 };
}
