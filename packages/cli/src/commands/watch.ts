import { fail } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { errors } from '../errors.js';
import type { Session } from '../session.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { TopologyWatch } from '../watch/watch-topology.js';

export default command({
  name: 'watch',
  group: 'topology',
  summary: 'repair a topology that is up whenever something happens to it',
  details:
    'Listens to container engines and to the kernel, and repairs what is not as the last `up` made it: after a restart of a container, when a device or an address is gone. What nobody tells of is looked for every ten seconds. It ends with ^C, or when the topology goes down.',
  examples: [
    { line: 'pipewright watch', does: 'what the nearest pipewright.yaml names' },
    { line: 'pipewright watch shop', does: 'by name, wherever its file is' },
    { line: 'pipewright watch shop --dry-run', does: 'tell what is not as declared, and change nothing' },
  ],
  positionals: [{ name: 'NAME', summary: 'the name of the topology; without it the file says it' }],
  options: { ...globalOptions, 'dry-run': flag('tell what would be repaired and do nothing') },
  needsRoot: true,
  brief: true,
  run: async ({ options, words: [word], session, output }) => {
    const signal = abortedBySignal();
    const { name, engine } = await target(session, word);
    if (!(await engine.ledger.read(name)))
      return session.nameAlone(word) === undefined ? fail(errors.notUp(`Topology "${name}"`)) : session.unknown(name);
    await new TopologyWatch({ name, engine, output, dryRun: options['dry-run'] }).run(signal);
    return 0;
  },
});

async function target(
  session: Session,
  word: string | undefined,
): Promise<{ readonly name: string; readonly engine: Engine }> {
  const name = session.nameAlone(word);
  if (name !== undefined) return { name, engine: (await session.openNamed(name)).engine };
  const { input, engine } = await session.open();
  return { name: (await engine.topologies.draft(input)).topology.name, engine };
}
