import type { Recovery } from '@pipewright/core';
import { whileAlone } from '../change.js';
import type { HostTarget } from '@pipewright/plugin';
import { composeEngine, type Engine } from '../engine.js';
import { hostsNamed } from '../hosts-named.js';
import type { Output } from '../output/output.js';
import { recoverAll, recoverOn } from '../recovery.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag, list } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { recoveryJson, recoveryText } from '../views/unfinished.js';

export default command({
  name: 'recover',
  group: 'topology',
  otherWords: ['undo', 'rollback'],
  summary: 'undo what a command that was killed left behind',
  details:
    'Every change is written down before it is made. What a killed command had begun is undone, of whatever topology; what had come to its end is completed. Commands that change something do so first, by themselves.',
  examples: [
    { line: 'pipewright recover', does: 'put everything back as it was before' },
    { line: 'pipewright recover --host root@h1', does: 'what any machine left half done on h1, too' },
    { line: 'pipewright recover --forget', does: 'take the host as it is, where something cannot be put back' },
  ],
  positionals: [],
  options: {
    ...globalOptions,
    host: list(
      'HOST',
      'another machine, too: where ssh finds it, or what a topology that is up calls it; may be repeated',
    ),
    forget: flag('undo nothing: take the host as it is, and forget what was begun'),
  },
  needsRoot: true,
  run: async ({ options, session, output }) => {
    abortedBySignal(); // what is half undone is undone to its end
    const engine = composeEngine([], session.progress);
    return whileAlone(engine, output, async () => {
      const hosts = options.host.length === 0 ? [] : hostsNamed(options.host, await engine.topologies.knownHosts());
      const recoveries = await (options.forget ? acceptAll(engine, hosts) : undoAll(engine, output, hosts));
      output.result(
        () => ({ recovered: recoveries.map(recoveryJson) }),
        () => recoveries.map(recoveryText).join('\n') || 'Nothing to recover.',
      );
      return 0;
    });
  },
});

const undoAll = async (engine: Engine, output: Output, hosts: readonly HostTarget[]): Promise<readonly Recovery[]> => [
  ...(await recoverAll(engine, output)),
  ...(await recoverOn(hosts)(engine, output)),
];

async function acceptAll({ topologies }: Engine, hosts: readonly HostTarget[]): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = [];
  for (const it of [...(await topologies.unfinished()), ...(await topologies.unfinishedOn(hosts))])
    recoveries.push(await topologies.accept(it));
  return recoveries;
}
