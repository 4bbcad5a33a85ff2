import { graphFormats, graphOf } from '../views/graph.js';
import { command } from '../spec/command.js';
import { text } from '../spec/option.js';
import { topologyOptions } from '../spec/shared-options.js';
import { sayWarnings } from '../warnings.js';

const formats = Object.keys(graphFormats);

export default command({
  name: 'graph',
  group: 'look',
  summary: 'draw a topology, for Graphviz or Mermaid',
  details:
    'Of the declaration alone: nothing has to be up. Addresses that are allotted from a subnet may come out otherwise on a host where some are taken.',
  examples: [
    { line: 'pipewright graph | dot -Tsvg > shop.svg', does: 'a picture, by Graphviz' },
    { line: 'pipewright graph --format mermaid', does: 'for a README' },
  ],
  positionals: [],
  options: { ...topologyOptions, format: text('FORMAT', 'the language; dot if none is given', { choices: formats }) },
  run: async ({ options, session, output }) => {
    const { input, engine } = await session.open();
    const draft = engine.topologies.draft(input);
    sayWarnings(draft.warnings, output);
    const graph = graphOf(draft.model);
    const format = (options.format ?? 'dot') as keyof typeof graphFormats; // the parser knows the choices
    output.result(
      () => graph,
      () => graphFormats[format](graph),
    );
    return 0;
  },
});
