import type { Outline, Planned } from '@pipewright/core';
import { type LedgerEntry, LOCAL_HOST, PipewrightError, type SilentEngine } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { endHeld, type Held, heldBy, stillHeld } from '../held.js';
import { placeWords } from '../output/place.js';
import { count, duration, printable } from '../output/text.js';
import { silentJson, silentLine } from '../views/silent.js';
import { ifValid, type Session } from '../session.js';
import { abortedBySignal, unlessAborted } from '../signals.js';
import { planJson } from '../views/plan.js';
import { forgettable, forgottenText } from '../forgotten-hosts.js';
import { HostOutcomes, leavingNoneOut, leavingOut, withFix } from '../left-out.js';
import { agreed, alone, showPlan, timed, withProgress } from '../change.js';
import { sayWarnings } from '../warnings.js';
import { command } from '../spec/command.js';
import { flag } from '../spec/option.js';
import { changingOptions, forgettingOptions } from '../spec/shared-options.js';

export default command({
  name: 'down',
  group: 'topology',
  otherWords: ['destroy', 'delete', 'remove', 'rm', 'stop'],
  summary: 'take a topology down',
  details:
    'Removes what carries the marks of the topology, and nothing else. By name it needs neither the file nor any state.',
  examples: [
    { line: 'pipewright down', does: 'what the nearest pipewright.yaml declares' },
    { line: 'pipewright down shop --yes', does: 'by name alone, without a question' },
    { line: 'pipewright down --keep-going', does: 'where hosts and container engines are there, if one is not' },
    { line: 'pipewright down --forget h2', does: 'on the others; h2 will not come back' },
    { line: 'pipewright down --kill', does: 'and end what runs in its namespaces' },
  ],
  positionals: [{ name: 'NAME', summary: 'the name of the topology; without it the file says it' }],
  options: {
    ...changingOptions,
    ...forgettingOptions,
    kill: flag('end the processes that are in its namespaces'),
    'keep-going': flag(
      'where it fails on one of several hosts, take down what is on the others; where a container engine does not answer, all else',
    ),
  },
  needsRoot: true,
  run: async ({ options, words: [word], session, output }) => {
    const signal = abortedBySignal();
    const found = await target(session, word);
    const { engine } = found;
    const forget = await forgettable(options.forget, found.name, engine.ledger);
    if (options['dry-run']) {
      const { plan } = await unlessAborted(engine.topologies.planDown(found.name, found.outline, { forget }), signal);
      return showPlan(plan, output, 'result');
    }
    const last = await engine.ledger.read(found.name);
    const outcomes = outcomesOf(found, last, forget);
    const mayLeave = last !== undefined && found.outline !== undefined; // else nobody knows later what was left
    const leaving = mayLeave && options['keep-going'] ? ({ partly: true } as const) : {};
    const hosts = () => engine.topologies.foreseeDown(found.name, found.outline, { without: outcomes.leftOut, forget });
    const work = async (recovered: boolean) => {
      const { name, outline } = recovered ? await target(session, word) : found;
      const planned = await unlessAborted(
        engine.topologies.planDown(name, outline, { without: outcomes.leftOut, forget, ...leaving }),
        signal,
      );
      const { plan, survey } = planned;
      const { silent = [] } = survey;
      showPlan(plan, output, 'talk');
      await agreed(plan, options.yes, signal);
      const { value: report, seconds } = await timed(() =>
        withProgress(session.progress, plan, () => engine.topologies.down(planned, signal)),
      );
      sayWarnings(report.warnings, output);
      const holding = heldBy(planned);
      const held = options.kill ? await endHeld(holding, engine) : stillHeld(holding);
      output.done(
        () => ({
          ...planJson(plan),
          applied: plan.changes.length > 0,
          seconds,
          held,
          hosts: outcomes.json(),
          forgotten: [...forget],
          silentEngines: silentJson(silent),
        }),
        () =>
          [downText(planned, seconds), forgottenText(forget), silentText(silent), outcomesText(outcomes) ?? []]
            .flat()
            .join('\n'),
      );
      for (const it of held) output.say(heldText(it));
      return outcomes.exit === 0 && silent.length > 0 ? 1 : outcomes.exit;
    };
    return options['keep-going']
      ? leavingOut({ engine, output, outcomes, hosts, signal }, work)
      : leavingNoneOut('down', outcomes, () =>
          namingWayRound(mayLeave, () => alone(engine, output, work, hosts, signal)),
        );
  },
});

/** On hosts that something of it is on, or may be. */
function outcomesOf({ outline }: Target, last: LedgerEntry | undefined, forget: ReadonlySet<string>): HostOutcomes {
  const all = [...(outline?.targets ?? []), ...(last?.resources ?? [])].map(({ on }) => on.host);
  const hosts = new Set(all.filter((it) => !forget.has(it)));
  // What is left on one is remembered, where anything was; else the file names it again.
  return new HostOutcomes(hosts, new Set([...hosts, ...(outline?.topology.hosts ?? []).map((it) => it.name)]));
}

/** Of an engine that does not answer it is said that all else could go without it. */
async function namingWayRound<T>(mayLeave: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isSilent = error instanceof PipewrightError && error.exit === 4 && error.code.startsWith('PW_ENGINE_');
    if (!mayLeave || !isSilent) throw error;
    throw withFix(error, `${error.fix} Or take down all that is not of it: \`pipewright down --keep-going\`.`);
  }
}

/** What became of it on each host, where one was left out. */
const outcomesText = (outcomes: HostOutcomes): string | undefined =>
  outcomes.exit === 0
    ? undefined
    : ['Not on all hosts; `pipewright down` again takes down the rest:', ...outcomes.lines('taken down')].join('\n');

/** What is left, where engines were silent. */
const silentText = (silent: readonly SilentEngine[]): readonly string[] =>
  silent.length === 0
    ? []
    : [
        'But for containers and what those stand on; `pipewright down` again takes down the rest:',
        ...silent.map(silentLine),
      ];

interface Target {
  readonly name: string;
  readonly outline: Outline | undefined;
  readonly engine: Engine;
}

/** By name nothing has to be valid: what is remembered only helps to find what carries no mark. */
async function target(session: Session, word: string | undefined): Promise<Target> {
  const name = session.nameAlone(word);
  if (name !== undefined) {
    const { input, engine } = await session.openNamed(name);
    return { name, outline: await ifValid(input, (it) => engine.topologies.outline(it)), engine };
  }
  const { input, engine } = await session.openApplied();
  const outline = await engine.topologies.outline(input);
  return { name: outline.topology.name, outline, engine };
}

function downText({ plan, survey }: Planned, seconds: number): string {
  const name = printable(plan.topology);
  if (plan.changes.length === 0) return `Nothing to take down; ${name} is not up.`;
  const nodes = survey.nodes.filter((it) => it.state === 'present').length;
  return `${name} is down: ${count(nodes, 'node')}, ${count(plan.changes.length, 'change')} in ${duration(seconds)}`;
}

function heldText({ node, host, pids }: Held): string {
  const place = printable(placeWords({ host, node }));
  const [until, end] = pids.length === 1 ? [`pid ${pids.join()} ends`, 'it'] : [`pids ${pids.join(', ')} end`, 'them'];
  const there = host === LOCAL_HOST ? '' : ' there';
  return `warning: the namespace of ${place} lives on, without a name, until ${until}; to end ${end}${there}: kill ${pids.join(' ')}`;
}
