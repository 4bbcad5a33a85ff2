import type { ApplyReport, PlannedNic } from '@pipewright/core';
import type { HostTarget } from '@pipewright/plugin';
import { alone, showPlan, timed } from './change.js';
import { composeEngine, type Engine } from './engine.js';
import { hostsNamed } from './hosts-named.js';
import type { Output } from './output/output.js';
import { ADHOC } from './read/from-nic-options.js';
import type { Session } from './session.js';
import { unlessAborted } from './signals.js';
import { flag, text } from './spec/option.js';
import { sayWarnings } from './warnings.js';
import { planJson } from './views/plan.js';

export const hostOption = {
  host: text(
    'HOST',
    'another machine that the guest is on: where ssh finds it, or what a topology that is up calls it. Not needed for its nodes',
  ),
};

/** What both commands that change one nic take at last. */
export const unaskedOptions = {
  'dry-run': flag('show what would be done and do nothing'),
  yes: flag('without effect: it never asks', { alias: 'y' }),
};

/** Another machine, and the topology of nics there that are attached without one. */
export interface Elsewhere {
  readonly host: HostTarget | undefined;
  readonly topology: string;
}

/** By the words of the command line. */
export async function elsewhere(
  { host: word, name }: { readonly host: string | undefined; readonly name: string | undefined },
  { progress }: Session,
): Promise<Elsewhere> {
  const known = () => composeEngine([], progress).topologies.knownHosts(name);
  const [host] = word === undefined ? [] : hostsNamed([word], await known());
  return { host, topology: name ?? (host ? `${ADHOC}-${host.name}`.slice(0, LONGEST_NAME) : ADHOC) };
}

/** Of a topology, in bytes. */
const LONGEST_NAME = 63;

/** How a change of one nic is planned, done and told. */
interface NicChange {
  readonly engine: Engine;
  readonly output: Output;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Whose nic it is: tells which other machine changes. */
  readonly asked: Parameters<Engine['topologies']['hostOf']>[0];
  readonly plan: () => Promise<PlannedNic>;
  readonly apply: (planned: PlannedNic) => Promise<ApplyReport>;
  /** What is said of it; absent: it is done in silence. */
  readonly done?: (planned: PlannedNic) => string;
  /** The same where nothing had to be done. */
  readonly nothing?: (planned: PlannedNic) => string;
}

/** Shows the plan, or carries it out and says so in one line. */
export async function changeNic(change: NicChange): Promise<number> {
  const { engine, output, dryRun, signal, asked } = change;
  const hosts = () => engine.topologies.hostOf(asked);
  const plan = () => unlessAborted(change.plan(), signal);
  if (!dryRun) return alone(engine, output, async () => carryOut(await plan(), change), hosts, signal);
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
