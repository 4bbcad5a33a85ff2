import type { Recovery } from '@pipewright/core';
import { whileAlone } from '../change.js';
import { composeEngine, type Engine } from '../engine.js';
import { recoverAll } from '../recovery.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { recoveryJson, recoveryText } from '../views/unfinished.js';

export default command({
  name: 'recover',
  group: 'topology',
  summary: 'undo what a command that was killed left behind',
  details:
    'Every change is written down before it is made. What a killed command had begun is undone, of whatever topology; what had come to its end is completed. Commands that change something do so first, by themselves.',
  examples: [
    { line: 'pipewright recover', does: 'put everything back as it was before' },
    { line: 'pipewright recover --forget', does: 'take the host as it is, where something cannot be put back' },
  ],
  positionals: [],
  options: { ...globalOptions, forget: flag('undo nothing: take the host as it is, and forget what was begun') },
  needsRoot: true,
  run: async ({ options, session, output }) => {
    abortedBySignal(); // what is half undone is undone to its end
    const engine = composeEngine([], session.progress);
    return whileAlone(engine, output, async () => {
      const recoveries = await (options.forget ? acceptAll(engine) : recoverAll(engine, output));
      output.result(
        () => ({ recovered: recoveries.map(recoveryJson) }),
        () => recoveries.map(recoveryText).join('\n') || 'Nothing to recover.',
      );
      return 0;
    });
  },
});

async function acceptAll({ topologies }: Engine): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = [];
  for (const it of await topologies.unfinished()) recoveries.push(await topologies.accept(it));
  return recoveries;
}
