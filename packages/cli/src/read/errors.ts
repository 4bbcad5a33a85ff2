import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

/** What can be wrong with where topologies and plugins come from. */
export const errors = {
  noFile: defineError('PW_NO_FILE', (file: string) => ({
    message: `There is no file ${printable(file)}.`,
    fix: 'Give the path of a topology with -f.',
  })),
  folderForFile: defineError('PW_FOLDER_FOR_FILE', (folder: string) => ({
    message: `${printable(folder)} is a folder, and no topology.`,
    fix: `Give the path of a file with -f, such as ${printable(folder.replace(/\/*$/, '/'))}pipewright.yaml.`,
  })),
  deviceForFile: defineError('PW_DEVICE_FOR_FILE', (file: string) => ({
    message: `${printable(file)} is a device, and no topology.`,
    fix: 'Give the path of a file with -f, or - for standard input.',
  })),
  inputTooLong: defineError('PW_INPUT_TOO_LONG', (input: string, most: number) => ({
    message: `${printable(input)} is longer than ${most} MiB, as no topology is.`,
    fix: 'Give the file of a topology.',
  })),
  unreadableFile: defineError('PW_UNREADABLE_FILE', (file: string, words: string) => ({
    message: `The file ${printable(file)} cannot be read: ${printable(words)}.`,
    fix: 'Give another file, or the right to read this one.',
  })),
  noEnvFile: defineError('PW_NO_ENV_FILE', (file: string, folder: string) => ({
    message: `There is no file ${printable(file)}, seen from ${printable(folder)}.`,
    fix: 'Correct the path; it is relative to the folder of the topology.',
  })),
  noTopology: defineError('PW_NO_TOPOLOGY', (folder: string, places: readonly string[]) => ({
    message: `There is no topology in ${printable(folder)} or above it.`,
    fix: `Write one of ${places.join(', ')}; or give a file with -f, or a topology that is up with -n: \`pipewright list\` shows them.`,
  })),
  notRoots: defineError('PW_NOT_ROOTS', (file: string, why: string) => ({
    message: `${printable(file)} was found, not given; it ${why}, and somebody other than root can change it. As root it is not run.`,
    fix: `If you trust it, name it: -f ${printable(file)}`,
  })),
  codeFailed: defineError('PW_CODE_FAILED', (file: string, words: string) => ({
    message: `The code of ${printable(file)} failed: ${printable(words)}`,
    fix: 'Correct the file.',
  })),
  noPlugin: defineError('PW_NO_PLUGIN', (use: string, base: string) => ({
    message: `There is no plugin ${printable(use)}, seen from ${printable(base)}.`,
    fix: /^[./]/.test(use)
      ? 'Correct the path; it is relative to the folder of the topology.'
      : `Install the package there: npm install ${printable(use)}. A file is written with its path: ./${printable(use)}`,
  })),
  pluginFailed: defineError('PW_PLUGIN_FAILED', (use: string, file: string, words: string) => ({
    message: `The plugin ${printable(use)} (${printable(file)}) failed while it was loaded: ${printable(words)}`,
    fix: 'Correct the plugin, or take it out of plugins:.',
  })),
  notAPlugin: defineError('PW_NOT_A_PLUGIN', (use: string, file: string, found: string) => ({
    message: `The default export of ${printable(use)} (${printable(file)}) is no plugin but ${printable(found)}.`,
    fix: 'Let it `export default definePlugin({ name, api, drivers })`.',
  })),
  badPart: defineError('PW_BAD_PART', (flag: string, part: string, allowed: string) => ({
    message: `In ${flag}, "${printable(part)}" must be ${allowed}.`,
    fix: `Write ${allowed}.`,
  })),
  givenTwice: defineError('PW_GIVEN_TWICE', (flag: string, name: string) => ({
    message: `${flag} gives "${printable(name)}" twice.`,
    fix: 'Give it once, with all its options.',
  })),
};
