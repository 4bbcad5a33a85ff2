import type { ApplyReport, Planned, TopologyInput } from '@pipewright/core';
import { fail, type Model } from '@pipewright/plugin';
import { alone, showPlan, timed } from './change.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import type { Output } from './output/output.js';
import { printable } from './output/text.js';
import { topologyOf } from './read/from-link-words.js';
import { ifValid, type Session } from './session.js';
import { abortedBySignal } from './signals.js';
import { planJson } from './views/plan.js';
import { sayWarnings } from './warnings.js';

/** Whose links are meant: of which topology, and of which guest. */
interface Links {
  readonly engine: Engine;
  readonly topology: string;
  readonly into: string;
}

/** How service links of a guest are planned, made and told. */
interface LinkChange {
  readonly command: string;
  readonly options: {
    readonly name: string | undefined;
    readonly into: string | undefined;
    readonly 'dry-run': boolean;
  };
  readonly session: Session;
  readonly output: Output;
  /** The topology as it is to be; undefined: nothing is left of it. */
  readonly input: (links: Links) => Promise<TopologyInput | undefined>;
  readonly told: (links: Links, model: Pick<Model, 'serviceLinks'>) => string;
  /** The same where nothing is left. */
  readonly ended?: (links: Links) => string;
}

interface Wanted {
  readonly planned: Planned;
  readonly apply: () => Promise<ApplyReport>;
}

/** The topology of a guest's links, by what a word for it means; one that is gone is called as it is written. */
async function linksName({ topologies, ledger }: Engine, word: string): Promise<string> {
  const named = topologyOf(word.slice(word.indexOf(':') + 1).replaceAll(/[^A-Za-z0-9_.-]+/g, '-'));
  if ((await ledger.read(named)) !== undefined) return named;
  return topologyOf((await topologies.findGuest('link', word)).guest.name);
}

/** Shows the plan, or carries it out and says so in one line. */
export async function changeLinks(change: LinkChange): Promise<number> {
  const { command, options, session, output } = change;
  const signal = abortedBySignal();
  const into = options.into ?? fail(errors.missingArgument(command, '--into GUEST'));
  const engine = await session.engineFor(options.name ?? '');
  const links = { engine, into, topology: options.name ?? (await linksName(engine, into)) };
  if (!options['dry-run'])
    return alone(engine, output, async () => carryOut(await wanted(links, change, signal), links, change));
  const { planned } = await wanted(links, change, signal);
  sayWarnings(planned.warnings, output);
  return showPlan(planned.plan, output, 'result');
}

async function wanted(links: Links, { session, input }: LinkChange, signal: AbortSignal): Promise<Wanted> {
  const { engine, topology } = links;
  const { topologies } = engine;
  const asked = await input(links);
  const planned = await (asked ? topologies.plan(asked) : planEnd(engine, session, topology));
  return { planned, apply: () => (asked ? topologies.up(asked, planned, signal) : topologies.down(planned, signal)) };
}

/** What is remembered tells where the guests are, as they carry no mark. */
async function planEnd(engine: Engine, session: Session, topology: string): Promise<Planned> {
  const { input } = await session.openNamed(topology);
  return engine.topologies.planDown(topology, await ifValid(input, (it) => engine.topologies.outline(it)));
}

async function carryOut(
  { planned, apply }: Wanted,
  links: Links,
  { output, told, ended }: LinkChange,
): Promise<number> {
  sayWarnings(planned.warnings, output);
  const { value: report, seconds } = await timed(apply);
  sayWarnings(report.warnings, output);
  output.done(
    () => ({ ...planJson(planned.plan), applied: planned.plan.changes.length > 0, seconds }),
    () => printable((planned.model ? told(links, planned.model) : ended?.(links)) ?? ''),
  );
  return 0;
}
