import type { ApplyReport, Planned } from '@pipewright/core';
import type { Output } from '../output/output.js';
import { count, printable } from '../output/text.js';
import { abortedBySignal } from '../signals.js';
import { planJson } from '../views/plan.js';
import { agreed, alone, showPlan, timed, withProgress } from '../change.js';
import { command } from '../spec/command.js';
import { changingOptions, placedOnto, placingOptions } from '../spec/shared-options.js';
import { sayWarnings } from '../warnings.js';

export default command({
  name: 'up',
  group: 'topology',
  summary: 'bring a topology up, or up to date',
  details:
    'Plans, shows the plan, asks (on a terminal, without --yes) and applies it. What is as declared is not touched. Whatever fails, or on ^C, everything is put back as it was.',
  examples: [
    { line: 'pipewright up', does: 'what the nearest pipewright.yaml declares' },
    { line: 'pipewright up -f shop.yaml --yes', does: 'a given file, without a question' },
    { line: 'pipewright up --host h1', does: 'on h1 what the file puts nowhere' },
    {
      line: 'pipewright up --network lan=bridge,subnet=10.0.0.0/24 --node a --link a:eth5,b:eth1',
      does: 'from the command line alone',
    },
  ],
  positionals: [],
  options: { ...changingOptions, ...placingOptions },
  needsRoot: true,
  run: async ({ options, session, output }) => {
    const signal = abortedBySignal();
    const { input: opened, engine } = await session.open();
    const input = placedOnto(opened, options.host);
    if (options['dry-run']) return dryRun(await engine.topologies.plan(input), output);
    const { topologies } = engine;
    const work = async () => {
      const planned = await engine.topologies.plan(input);
      const { plan } = planned;
      sayWarnings(planned.warnings, output);
      if (await topologies.isCurrent(input, planned)) {
        output.done(
          () => ({ ...planJson(plan), applied: false, commands: [] }),
          () => `No changes; ${printable(plan.topology)} is as declared.`,
        );
        return 0;
      }
      showPlan(plan, output, 'talk');
      await agreed(plan, options.yes, signal);
      const { value: report, seconds } = await timed(() =>
        withProgress(session.progress, plan, () => engine.topologies.up(input, planned, signal)),
      );
      sayWarnings(report.warnings, output);
      output.done(
        () => ({ ...planJson(plan), applied: true, seconds, commands: report.commands }),
        () => upText(planned, report, seconds),
      );
      return 0;
    };
    const drafted = await topologies.draft(input);
    return alone(engine, output, work, () => topologies.foreseeUp(drafted));
  },
});

function dryRun({ warnings, plan }: Planned, output: Output): number {
  sayWarnings(warnings, output);
  return showPlan(plan, output, 'result');
}

function upText({ plan, model }: Planned, { commands, topology }: ApplyReport, seconds: number): string {
  const nodes = model?.nodes ?? [];
  const nics = nodes.flatMap((it) => it.nics);
  const outputs = commands.flatMap(({ node, output }) =>
    output
      .trimEnd()
      .split('\n')
      .filter((it) => it !== '')
      .map((it) => printable(`${node}: ${it}`)),
  );
  const made =
    plan.changes.length === 0
      ? 'nothing to change'
      : `${count(plan.changes.length, 'change')} in ${seconds.toFixed(1)} s`;
  return [
    ...outputs,
    `${printable(topology)} is up: ${count(nodes.length, 'node')}, ${count(nics.length, 'nic')}, ${made}`,
  ].join('\n');
}
