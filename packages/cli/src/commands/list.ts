import { composeEngine } from '../engine.js';
import { command } from '../spec/command.js';
import { globalOptions } from '../spec/shared-options.js';
import { listedTopology, topologiesText } from '../views/topologies.js';
import { unfinishedJson } from '../views/unfinished.js';

export default command({
  name: 'list',
  group: 'look',
  otherWords: ['ls', 'topologies'],
  summary: 'list the topologies that are up',
  details:
    'As they were applied last from this host, and what commands that were killed left. `pipewright status NAME` looks at one.',
  examples: [
    { line: 'pipewright list', does: 'names, nodes, and where their files are' },
    { line: 'pipewright list --json', does: 'the same for programs' },
  ],
  positionals: [],
  options: globalOptions,
  needsRoot: true,
  run: async ({ session, output }) => {
    const { topologies } = composeEngine([], session.progress);
    const listed = (await topologies.applied()).map(listedTopology).sort((a, b) => (a.topology < b.topology ? -1 : 1));
    const unfinished = (await topologies.unfinished()).filter((it) => !it.running);
    output.result(
      () => ({ topologies: listed, unfinished: unfinished.map(unfinishedJson) }),
      () => topologiesText(listed, unfinished, output.paint),
    );
    return 0;
  },
});
