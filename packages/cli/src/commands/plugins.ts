import { didYouMean } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import { composeEngine } from '../engine.js';
import { errors } from '../errors.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/text.js';
import { pluginFiles, type TemplateKind, templateKinds } from '../scaffold/plugin-files.js';
import { newPluginName } from '../scaffold/plugin-name.js';
import { type NewFile, writeNewFiles } from '../scaffold/write-files.js';
import type { Session } from '../session.js';
import { command } from '../spec/command.js';
import { text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { listedPlugins, pluginsText } from '../views/plugins.js';

declare const __VERSION__: string;

export default command({
  name: 'plugins',
  group: 'more',
  summary: 'list the kinds there are, or begin a plugin of your own',
  details:
    '`list`, which is meant if nothing else is said, shows every kind and the plugin that brings it: what is built in, the plugins of the topology found and those of --plugin. `new` writes a plugin that works, with its test and a topology that uses it, and overwrites nothing.',
  examples: [
    { line: 'pipewright plugins', does: 'what kinds there are, and where from' },
    { line: 'pipewright plugins new quiet-cable --kind link', does: 'a kind of link, in the folder quiet-cable' },
  ],
  positionals: [
    { name: 'ACTION', summary: 'list or new' },
    { name: 'NAME', summary: 'with new: the word of the kind' },
  ],
  options: {
    ...globalOptions,
    kind: text('KIND', 'with new: what it is a kind of; network if none is given', { choices: templateKinds }),
    folder: text('DIR', 'with new: where it is written; a folder of its name if none is given'),
  },
  run: async ({ words: [action = 'list', name], options, session, output }) => {
    const { folder } = options;
    const kind = options.kind as TemplateKind | undefined; // the parser knows the choices
    if (action === 'list') {
      checkList(name, { kind, folder });
      return list(session, output);
    }
    if (action !== 'new') unknownAction(action);
    return begin({ name: name ?? fail(errors.missingArgument('plugins new', 'NAME')), kind, folder }, session, output);
  },
});

/** What only `new` takes. */
function checkList(name: string | undefined, options: Readonly<Record<string, string | undefined>>): void {
  if (name !== undefined) fail(errors.extraArgument('plugins list', name));
  const given = Object.keys(options).find((it) => options[it] !== undefined);
  if (given !== undefined) fail(errors.unknownOption(`--${given}`, 'plugins list', undefined));
}

function unknownAction(word: string): never {
  const meant = didYouMean(word, ['list', 'new']);
  return fail(errors.unknownCommand(`plugins ${word}`, meant && `plugins ${meant}`));
}

async function list(session: Session, output: Output): Promise<number> {
  const { plugins } = await session.openAny();
  const listed = listedPlugins(plugins, __VERSION__);
  output.result(
    () => ({ plugins: listed }),
    () => pluginsText(listed, output.paint),
  );
  return 0;
}

interface Begun {
  readonly name: string;
  readonly kind: TemplateKind | undefined;
  readonly folder: string | undefined;
}

async function begin(
  { name, kind = 'network', folder = name }: Begun,
  session: Session,
  output: Output,
): Promise<number> {
  newPluginName(name, composeEngine([], session.progress).plugins);
  const templates = new URL('templates/', import.meta.url); // the build puts them beside the program
  const files = pluginFiles({ name, kind, folder, version: __VERSION__ }, templates);
  writeNewFiles(files);
  output.done(
    () => ({ name, kind, files: files.map((it) => it.path) }),
    () => begunText(files, folder),
  );
  return 0;
}

const begunText = (files: readonly NewFile[], folder: string): string =>
  [
    ...files.map((it) => `wrote ${printable(it.path)}`),
    '',
    'Try it:',
    `  pipewright validate -f ${printable(folder)}/topology.yaml`,
    `  pipewright up -f ${printable(folder)}/topology.yaml`,
  ].join('\n');
