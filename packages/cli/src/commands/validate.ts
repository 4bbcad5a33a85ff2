import type { Topology } from '@pipewright/core';
import { count, printable } from '../output/text.js';
import { command } from '../spec/command.js';
import { topologyOptions } from '../spec/shared-options.js';
import { sayWarnings } from '../warnings.js';

export default command({
  name: 'validate',
  group: 'topology',
  otherWords: ['check', 'lint', 'config'],
  summary: 'check a topology without looking at the host',
  details:
    'Lists all mistakes at once, each with its place; of more than 20 the first, unless --verbose. Needs no root.',
  examples: [
    { line: 'pipewright validate', does: 'the nearest pipewright.yaml' },
    { line: 'pipewright validate -f shop.yaml --json', does: 'what was understood, as JSON' },
  ],
  positionals: [],
  options: topologyOptions,
  run: async ({ session, output }) => {
    const { input, engine } = await session.open();
    const draft = engine.topologies.check(input);
    sayWarnings(draft.warnings, output);
    output.result(
      () => draft.topology,
      () => validText(draft.topology),
    );
    return 0;
  },
});

const validText = ({ name, nodes, networks, links }: Topology): string =>
  `${printable(name)} is valid: ${count(nodes.length, 'node')}, ${count(networks.length, 'network')}, ${count(links.length, 'link')}.`;
