import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

const list = (words: readonly string[]): string => words.map(printable).join(', ');

/** What can be wrong with files that are to be written for a start. */
export const errors = {
  badPluginName: defineError('PW_BAD_PLUGIN_NAME', (name: string) => ({
    message: `"${printable(name)}" cannot be the word of a kind.`,
    fix: 'Use lower-case letters and digits, with single dashes between them, starting with a letter; at most 63.',
  })),
  pluginNameTaken: defineError('PW_PLUGIN_NAME_TAKEN', (name: string, plugin: string) => ({
    message: `"${printable(name)}" is taken by the plugin ${printable(plugin)}, which is built in.`,
    fix: 'Choose another name; `pipewright plugins` lists those that are taken.',
  })),
  wouldOverwrite: defineError('PW_WOULD_OVERWRITE', (paths: readonly string[]) => ({
    message: `${list(paths)}: there already; nothing was written.`,
    fix: 'Give another folder with --folder, or move away what is there.',
  })),
  topologyExists: defineError('PW_TOPOLOGY_EXISTS', (file: string) => ({
    message: `${printable(file)} is there already; nothing was written.`,
    fix: 'Overwrite it with --force, or give another file with -f.',
  })),
  unwritable: defineError('PW_UNWRITABLE', (path: string, words: string) => ({
    message: `${printable(path)} cannot be written: ${printable(words)}.`,
    fix: 'Give another place, or the right to write to this one.',
  })),
  noNetworkKind: defineError('PW_NO_NETWORK_KIND', () => ({
    message: 'No kind of network is known that can be made from nothing.',
    fix: 'Load a plugin that brings one: --plugin ./NAME.',
  })),
  notAnswered: defineError(
    'PW_NOT_ANSWERED',
    () => ({
      message: 'Not all was answered; nothing was written.',
      fix: 'Answer, or give --name, --nodes, --network and --kind.',
    }),
    130,
  ),
};
