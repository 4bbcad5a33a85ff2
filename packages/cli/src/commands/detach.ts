import type { PlannedNic } from '@pipewright/core';
import { changeNic, elsewhere, hostOption, unaskedOptions } from '../nic-change.js';
import { printable } from '../output/text.js';
import { checkNames } from '../read/from-nic-options.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'detach',
  group: 'topology',
  otherWords: ['disconnect'],
  summary: 'take a nic away that was attached',
  details:
    'Does not ask. The default route that had to make room for this nic comes back. What is not ours is refused; of a guest that is gone the nic is forgotten.',
  examples: [
    { line: 'pipewright detach web --nic eth1', does: 'one nic' },
    { line: 'pipewright detach red', does: 'the only one it has' },
    { line: 'pipewright detach web --host root@h1', does: 'of a container of another machine' },
  ],
  positionals: [{ name: 'GUEST', summary: 'as `attach` was given it', required: true }],
  options: {
    ...globalOptions,
    nic: text('NIC', 'its name; may be left out where the guest has one'),
    ...hostOption,
    ...unaskedOptions,
  },
  needsRoot: true,
  brief: true,
  run: async ({ options, words: [guest = ''], session, output }) => {
    const signal = abortedBySignal();
    checkNames(options);
    const there = await elsewhere(options, session);
    const asked = { ...there, guest, nic: options.nic };
    const engine = await session.engineFor(asked.topology);
    const { topologies } = engine;
    const detached = ({ nic }: PlannedNic) => `${printable(nic)} of ${printable(guest)} is detached`;
    return changeNic({
      engine,
      output,
      dryRun: options['dry-run'],
      signal,
      asked,
      plan: () => topologies.planDetach(asked),
      apply: (planned) => topologies.detach(planned, signal),
      done: detached,
      // Of a guest that has stopped there may be nothing left, but that it was to have it.
      nothing: (planned) =>
        planned.current
          ? `Nothing to detach; there is no ${printable(planned.nic)} of ours in ${printable(guest)}.`
          : detached(planned),
    });
  },
});
