import { jsonSchema } from '@pipewright/core';
import { command } from '../spec/command.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'schema',
  group: 'more',
  summary: 'print the JSON Schema of topology files',
  details:
    'With the kinds of all plugins that are loaded, those of the file found too, so that an editor completes them.',
  examples: [
    {
      line: 'pipewright schema > pipewright.schema.json',
      does: 'for an editor: `# yaml-language-server: $schema=pipewright.schema.json`',
    },
  ],
  positionals: [],
  options: globalOptions,
  run: async ({ session, output }) => {
    const { registries } = await session.openAny();
    output.data(jsonSchema(registries));
    return 0;
  },
});
