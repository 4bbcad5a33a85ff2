import type { ApplyReport, Planned } from '@pipewright/core';
import type { Output } from '../output/output.js';
import { count, duration, printable } from '../output/text.js';
import { abortedBySignal, unlessAborted } from '../signals.js';
import { planJson } from '../views/plan.js';
import { agreed, alone, showPlan, timed, withProgress } from '../change.js';
import { checkUnused, forgettable, forgottenText } from '../forgotten-hosts.js';
import { type HostOutcomes, leavingNoneOut, leavingOut, outcomesOf } from '../left-out.js';
import { recreating } from '../recreated.js';
import { command } from '../spec/command.js';
import { flag } from '../spec/option.js';
import {
  changingOptions,
  forgettingOptions,
  placedOnto,
  placingOptions,
  recreatingOptions,
} from '../spec/shared-options.js';
import { keepUnchanged } from '../unchanged.js';
import { sayWarnings } from '../warnings.js';

export default command({
  name: 'up',
  group: 'topology',
  otherWords: ['deploy', 'apply', 'start', 'create'],
  summary: 'bring a topology up, or up to date',
  details:
    'Plans, shows the plan, asks (on a terminal, without --yes) and applies it. What is as declared is not touched. Whatever fails, or on ^C, everything is put back as it was.',
  examples: [
    { line: 'pipewright up', does: 'what the nearest pipewright.yaml declares' },
    { line: 'pipewright up -f shop.yaml --yes', does: 'a given file, without a question' },
    { line: 'pipewright up --keep-going', does: 'on the hosts that are there, if one is not' },
    { line: 'pipewright up --host h1', does: 'on h1 what the file puts nowhere' },
    { line: 'pipewright up --recreate web', does: 'with a new container for web, of the image that is there now' },
    {
      line: 'pipewright up --network lan=bridge,subnet=10.0.0.0/24 --node a --link a:eth5,b:eth1',
      does: 'from the command line alone',
    },
  ],
  positionals: [],
  options: {
    ...changingOptions,
    ...placingOptions,
    ...recreatingOptions,
    ...forgettingOptions,
    'keep-going': flag('where it fails on one of several hosts, bring up the others'),
  },
  needsRoot: true,
  run: async ({ options, session, output }) => {
    const signal = abortedBySignal();
    const { input: opened, engine } = await session.open();
    const { topologies } = engine;
    const placed = placedOnto(opened, options.host);
    const draft = await topologies.draft(placed);
    const forget = await forgettable(options.forget, draft.topology.name, engine.ledger);
    checkUnused(forget, draft);
    const whole = { ...recreating(placed, options.recreate, draft), forget };
    if (options['dry-run']) return dryRun(await unlessAborted(topologies.plan(whole), signal), output);
    const outcomes = outcomesOf(draft);
    const work = async () => {
      const input = { ...whole, without: outcomes.leftOut };
      const planned = await unlessAborted(topologies.plan(input), signal);
      const { plan } = planned;
      sayWarnings(planned.warnings, output);
      if (await topologies.isCurrent(input, planned)) {
        output.done(
          () => ({ ...planJson(plan), applied: false, commands: [], hosts: outcomes.json() }),
          () => outcomesText(outcomes) ?? `No changes; ${printable(plan.topology)} is as declared.`,
        );
        if (outcomes.exit === 0) keepUnchanged();
        return outcomes.exit;
      }
      showPlan(plan, output, 'talk');
      await agreed(plan, options.yes, signal);
      const { value: report, seconds } = await timed(() =>
        withProgress(session.progress, plan, () => topologies.up(input, planned, signal)),
      );
      sayWarnings(report.warnings, output);
      output.done(
        () => ({
          ...planJson(plan),
          applied: true,
          seconds,
          commands: report.commands,
          hosts: outcomes.json(),
          forgotten: [...forget],
        }),
        () => [upText(planned, report, seconds), forgottenText(forget), outcomesText(outcomes) ?? []].flat().join('\n'),
      );
      return outcomes.exit;
    };
    const hosts = async () =>
      topologies.foreseeUp(await topologies.draft(whole), { without: outcomes.leftOut, forget });
    return options['keep-going']
      ? leavingOut({ engine, output, outcomes, hosts, signal }, work)
      : leavingNoneOut('up', outcomes, () => alone(engine, output, work, hosts, signal));
  },
});

function dryRun({ warnings, plan }: Planned, output: Output): number {
  sayWarnings(warnings, output);
  return showPlan(plan, output, 'result');
}

/** What became of it on each host, where it is not up on all. */
const outcomesText = (outcomes: HostOutcomes): string | undefined =>
  outcomes.exit === 0
    ? undefined
    : ['Not on all hosts; `pipewright up` again brings up the rest:', ...outcomes.lines('as declared')].join('\n');

function upText({ plan, model, without }: Planned, { commands, topology }: ApplyReport, seconds: number): string {
  const nodes = (model?.nodes ?? []).filter(({ host }) => !without?.has(host));
  const nics = nodes.flatMap((it) => it.nics);
  const outputs = commands.flatMap(({ node, output }) =>
    output
      .trimEnd()
      .split('\n')
      .filter((it) => it !== '')
      .map((it) => printable(`${node}: ${it}`)),
  );
  const made =
    plan.changes.length === 0 ? 'nothing to change' : `${count(plan.changes.length, 'change')} in ${duration(seconds)}`;
  return [
    ...outputs,
    `${printable(topology)} is up: ${count(nodes.length, 'node')}, ${count(nics.length, 'nic')}, ${made}`,
  ].join('\n');
}
