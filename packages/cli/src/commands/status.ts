import { PipewrightError } from '@pipewright/plugin';
import type { Opened, Session } from '../session.js';
import { refusedStatus, type Status, statusOf, statusText } from '../views/status.js';
import { command } from '../spec/command.js';
import { checkOption, topologyOptions } from '../spec/shared-options.js';

export default command({
  name: 'status',
  group: 'look',
  summary: 'show what is there, and what is not as declared',
  details: 'A line an interface. What a plan would change is marked `!` and listed; `pipewright up` repairs it.',
  examples: [
    { line: 'pipewright status', does: 'of what the nearest pipewright.yaml declares' },
    { line: 'pipewright status shop --json', does: 'by name, for programs' },
    { line: 'pipewright status --check', does: 'exit with 3 if something is not as declared' },
  ],
  positionals: [{ name: 'NAME', summary: 'the name of the topology; without it the file says it' }],
  options: { ...topologyOptions, ...checkOption },
  run: async ({ options, words: [word], session, output }) => {
    const status = await statusFor(session, session.nameAlone(word));
    output.result(
      () => status,
      () => statusText(status, output.paint),
    );
    return options.check && status.drift.length > 0 ? 3 : 0;
  },
});

async function statusFor(session: Session, name: string | undefined): Promise<Status> {
  if (name === undefined) return declaredStatus(await session.open());
  const { input, engine } = await session.openNamed(name);
  if (input) return declaredStatus({ input, engine });
  const planned = await engine.topologies.planDown(name);
  return planned.survey.nodes.length + planned.plan.changes.length > 0 ? statusOf(planned) : session.unknown(name);
}

/** Against the declaration; where that cannot be planned, what there is and why it cannot. */
async function declaredStatus({ input, engine: { topologies } }: Opened): Promise<Status> {
  const draft = topologies.draft(input);
  try {
    return statusOf(await topologies.plan(input));
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.diagnostics.length === 0) throw error;
    const { survey } = await topologies.planDown(draft.topology.name, draft);
    return refusedStatus(draft.model, survey, error.diagnostics);
  }
}
