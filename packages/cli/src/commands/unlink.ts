import { changeLinks } from '../link-change.js';
import { unaskedOptions } from '../nic-change.js';
import { command } from '../spec/command.js';
import { text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'unlink',
  group: 'topology',
  summary: 'take service links away that `link` made',
  details: 'Does not ask. Without LINK, all that the guest has. Its hosts file is what it was.',
  examples: [
    { line: 'pipewright unlink db --into web', does: 'one, by its alias or by the other guest' },
    { line: 'pipewright unlink --into web', does: 'all of web' },
  ],
  positionals: [{ name: 'LINK', summary: 'its alias, or the node it tells of', many: true }],
  options: {
    ...globalOptions,
    into: text('GUEST', 'who was told, as `link` was given it; to be given'),
    ...unaskedOptions,
  },
  needsRoot: true,
  run: ({ options, words, session, output }) =>
    changeLinks({
      command: 'unlink',
      options,
      session,
      output,
      input: ({ engine, topology, into }) => engine.topologies.unlinked({ topology, into, words }),
      told: ({ into, topology }, { serviceLinks }) =>
        `${into} is told of ${serviceLinks.map(({ alias }) => alias).join(', ')} only; topology ${topology}`,
      ended: ({ into }) => `${into} is told of nobody any more`,
    }),
});
