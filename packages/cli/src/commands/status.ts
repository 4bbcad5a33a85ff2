import { declaredStatus } from '../declared-status.js';
import type { Engine } from '../engine.js';
import { unfinishedOn } from '../recovery.js';
import type { Opened, Session } from '../session.js';
import { type Status, statusJson, statusOf, statusText } from '../views/status.js';
import { unfinishedJson, unfinishedText } from '../views/unfinished.js';
import { command } from '../spec/command.js';
import { checkOption, topologyOptions } from '../spec/shared-options.js';

export default command({
  name: 'status',
  group: 'look',
  otherWords: ['ps', 'inspect', 'show'],
  summary: 'show what is there, and what is not as declared',
  details:
    'A line an interface. What a plan would change is marked `!` and listed; `pipewright up` repairs it. Where one of several hosts is not reached, or a container engine does not answer, it says so, shows all else, and exits with 4.',
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
    if (status.unreached.size + status.silent.length > 0) return 4; // what is there is not known
    return options.check && status.drift.length > 0 ? 3 : 0;
  },
});

interface Found {
  readonly status: Status;
  readonly engine: Engine;
}

async function statusFor(session: Session, name: string | undefined): Promise<Found> {
  if (name === undefined) return found(await session.open());
  const { input, engine } = await session.openNamed(name);
  if (input) return found({ input, engine });
  const planned = await engine.topologies.planDown(name, undefined, { partly: true });
  const isThere = planned.survey.nodes.length + planned.plan.changes.length > 0;
  return isThere ? { status: statusOf(planned), engine } : session.unknown(name);
}

async function found(opened: Opened): Promise<Found> {
  const { status } = await declaredStatus(opened);
  return { status, engine: opened.engine };
}
