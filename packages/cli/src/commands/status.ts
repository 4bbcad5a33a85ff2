import { type Fault, LOCAL_HOST, PipewrightError } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { unfinishedOn } from '../recovery.js';
import type { Opened, Session } from '../session.js';
import { refusedStatus, type Status, statusJson, statusOf, statusText, withUnreached } from '../views/status.js';
import { unfinishedJson, unfinishedText } from '../views/unfinished.js';
import { command } from '../spec/command.js';
import { checkOption, topologyOptions } from '../spec/shared-options.js';

export default command({
  name: 'status',
  group: 'look',
  otherWords: ['ps', 'inspect', 'show'],
  summary: 'show what is there, and what is not as declared',
  details:
    'A line an interface. What a plan would change is marked `!` and listed; `pipewright up` repairs it. Where one of several hosts is not reached it says so, shows the others, and exits with 4.',
  examples: [
    { line: 'pipewright status', does: 'of what the nearest pipewright.yaml declares' },
    { line: 'pipewright status shop --json', does: 'by name, for programs' },
    { line: 'pipewright status --check', does: 'exit with 3 if something is not as declared' },
  ],
  positionals: [{ name: 'NAME', summary: 'the name of the topology; without it the file says it' }],
  options: { ...topologyOptions, ...checkOption },
  run: async ({ options, words: [word], session, output }) => {
    const { status, engine } = await statusFor(session, session.nameAlone(word));
    const unfinished = await unfinishedOn(engine, output);
    const warnings = unfinished.map((it) => `${output.paint('yellow', '!')} ${unfinishedText(it)}`);
    output.result(
      () => ({ ...statusJson(status), unfinished: unfinished.map(unfinishedJson) }),
      () => [...warnings, statusText(status, output.paint)].join('\n'),
    );
    if (status.unreached.size > 0) return 4; // what is there is not known
    return options.check && status.drift.length > 0 ? 3 : 0;
  },
});

interface Found {
  readonly status: Status;
  readonly engine: Engine;
}

async function statusFor(session: Session, name: string | undefined): Promise<Found> {
  if (name === undefined) return declaredStatus(await session.open());
  const { input, engine } = await session.openNamed(name);
  if (input) return declaredStatus({ input, engine });
  const planned = await engine.topologies.planDown(name);
  const isThere = planned.survey.nodes.length + planned.plan.changes.length > 0;
  return isThere ? { status: statusOf(planned), engine } : session.unknown(name);
}

/** On as many hosts as are reached: each that is not is left out, and the others are looked at again. */
async function declaredStatus({ input, engine }: Opened): Promise<Found> {
  const unreached = new Map<string, Fault>();
  for (;;) {
    try {
      const status = await statusWithout(new Set(unreached.keys()), { input, engine });
      return { status: withUnreached(status, unreached), engine };
    } catch (error) {
      const more = error instanceof PipewrightError ? [...error.byHost] : [];
      if (more.length === 0 || more.some(([host]) => host === LOCAL_HOST || unreached.has(host))) throw error;
      for (const [host, fault] of more) unreached.set(host, fault);
    }
  }
}

/** Against the declaration; where that cannot be planned, what there is and why it cannot. */
async function statusWithout(without: ReadonlySet<string>, { input, engine }: Opened): Promise<Status> {
  const { topologies } = engine;
  const draft = await topologies.draft(input);
  try {
    return statusOf(await topologies.plan({ ...input, without }));
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.diagnostics.length === 0) throw error;
    const { survey } = await topologies.planDown(draft.topology.name, draft, without);
    return refusedStatus(draft.model, survey, error.diagnostics);
  }
}
