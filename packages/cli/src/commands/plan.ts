import type { Plan, Planned } from '@pipewright/core';
import { renderScript } from '@pipewright/host';
import { fail, LOCAL_HOST } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Engine } from '../engine.js';
import { sayUnfinished } from '../recovery.js';
import { planJson, planText } from '../views/plan.js';
import { recreating } from '../recreated.js';
import { command } from '../spec/command.js';
import { flag, text } from '../spec/option.js';
import { checkOption, placedOnto, placingOptions, recreatingOptions, topologyOptions } from '../spec/shared-options.js';
import { sayWarnings } from '../warnings.js';

/** What each stage of the pipeline hands on, by the word after --stage. */
const stages = {
  topology: ({ draft }: Planned) => draft?.topology,
  survey: ({ survey }: Planned) => survey,
  model: ({ model }: Planned) => model,
  desired: ({ desired }: Planned) => desired,
  changes: ({ plan }: Planned) => plan.changes,
  plan: ({ plan }: Planned) => plan,
};

export default command({
  name: 'plan',
  group: 'topology',
  otherWords: ['diff'],
  summary: 'show what `up` would change',
  details: 'Reads the host and changes nothing. `+` create, `~` update in place, `-/+` replace, `-` delete.',
  examples: [
    { line: 'pipewright plan', does: 'what would change' },
    { line: 'pipewright plan --check', does: 'exit with 3 if there is something to do' },
    { line: 'pipewright plan --script > by-hand.sh', does: 'the same as a shell script' },
  ],
  positionals: [],
  options: {
    ...topologyOptions,
    ...checkOption,
    ...placingOptions,
    ...recreatingOptions,
    script: flag('print a shell script that does the same by hand'),
    stage: text('STAGE', 'print what one stage hands on, as JSON', { choices: Object.keys(stages) }),
  },
  run: async ({ options, session, output }) => {
    if (options.script) checkScript(options);
    const { input, engine } = await session.open();
    await sayUnfinished(engine, output);
    const placed = placedOnto(input, options.host);
    const draft = await engine.topologies.draft(placed);
    const planned = await engine.topologies.plan(recreating(placed, options.recreate, draft));
    sayWarnings(planned.warnings, output);
    if (options.stage !== undefined) output.data(plainStage(options.stage, planned));
    else if (options.script) output.print(await scriptOf(planned, engine));
    else
      output.result(
        () => planJson(planned.plan),
        () => planText(planned.plan, output.paint, options.verbose),
      );
    return options.check && planned.plan.changes.length > 0 ? 3 : 0;
  },
});

function checkScript({ json, stage }: { readonly json: boolean; readonly stage: string | undefined }): void {
  if (json) fail(errors.notTogether('--script', '--json', 'a script is no JSON'));
  if (stage !== undefined) fail(errors.notTogether('--script', '--stage', 'each says what is printed'));
}

const plainStage = (stage: string, planned: Planned): unknown => stages[stage as keyof typeof stages](planned);

async function scriptOf({ plan, survey }: Planned, { registries }: Engine): Promise<string> {
  const far = plan.changes.find(({ on }) => on.host !== LOCAL_HOST);
  if (far) fail(errors.scriptOfOneHost(far.on.host));
  const deviceKind = (kind: string) => registries.deviceKinds.get(kind);
  return renderScript(batchesOf(plan), { topology: plan.topology, nodes: survey.nodes, deviceKind }).trimEnd();
}

const batchesOf = ({ stages: planned }: Plan) =>
  planned.map(({ batches }) =>
    batches.map(({ on, ops }) => ({ on, ops: ops.flatMap((it) => it.forward) })).filter(({ ops }) => ops.length > 0),
  );
