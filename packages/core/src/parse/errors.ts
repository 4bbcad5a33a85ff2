import { defineError } from '@pipewright/plugin';
import { list, printable, quoted, safe } from './show.js';

const meant = (word: string | undefined): string => (word === undefined ? '' : ` Did you mean ${quoted(word)}?`);

const replace = (word: string | undefined, otherwise: string): string =>
  word === undefined ? otherwise : `Write ${quoted(word)}.`;

/** What can be wrong with the text of a topology. */
export const errors = {
  emptyFile: defineError('PW_EMPTY_FILE', (file: string) => ({
    message: `${safe(file)} is empty.`,
    fix: 'Write a topology; the smallest is:\nname: demo\nnodes:\n  a: {}\n  b: {}\nlinks:\n  - [a:eth1, b:eth1]',
  })),
  tooLarge: defineError('PW_TOO_LARGE', (file: string, megabytes: number, most: number) => ({
    message: `${safe(file)} is ${megabytes} MB; a topology may have ${most} MB.`,
    fix: 'Split it into several topologies.',
  })),
  notUtf8: defineError('PW_NOT_UTF8', (file: string) => ({
    message: `${safe(file)} is in UTF-16, as some editors and PowerShell write; a topology is read as UTF-8.`,
    fix: 'Save it as UTF-8, or convert it by `iconv -f UTF-16 -t UTF-8`.',
  })),
  notYaml: defineError('PW_NOT_YAML', (words: string) => ({
    message: `This is not YAML: ${words}.`,
    fix: /\bTabs\b/.test(words) ? 'Indent by blanks.' : 'Correct the text at this place.',
  })),
  tooDeep: defineError('PW_TOO_DEEP', (file: string) => ({
    message: `${safe(file)} nests its values too deeply.`,
    fix: 'A topology needs fewer than ten levels.',
  })),
  severalDocuments: defineError('PW_SEVERAL_DOCUMENTS', () => ({
    message: 'A second YAML document starts here; a file holds one topology.',
    fix: 'Move it into a file of its own.',
  })),
  notAMap: defineError('PW_NOT_A_MAP', (found: string) => ({
    message: `A topology is a map with a name, and this is ${found}.`,
    fix: 'Start with a line `name: …`.',
  })),
  fileOfAnother: defineError('PW_FILE_OF_ANOTHER', (program: string, key: string, what: string, guide: string) => ({
    message: `This is a file of ${program}, by its key ${quoted(key)}, and no topology.`,
    fix: `Write a topology of its own: ${what}; docs/guides/${guide} has key by key what is called how.`,
  })),
  duplicateKey: defineError('PW_DUPLICATE_KEY', (key: string, line: number) => ({
    message: `The key ${quoted(key)} stands here for the second time; the first is on line ${line}.`,
    fix: 'Rename or remove one of them.',
  })),
  badKey: defineError('PW_BAD_KEY', () => ({
    message: 'A key must be plain text, not a list, a map or an alias.',
    fix: 'Write a word before the colon.',
  })),
  badEnvLine: defineError('PW_BAD_ENV_LINE', () => ({
    message: 'The line is no NAME=VALUE.',
    fix: 'Write NAME=VALUE, or NAME alone for what it is in your own environment; quotes that are opened are closed, and end the value.',
  })),
  controlCharacter: defineError('PW_CONTROL_CHARACTER', (text: string) => ({
    message: `The text ${quoted(text)} holds a control character.`,
    fix: 'Take it out.',
  })),
  unknownAlias: defineError('PW_UNKNOWN_ALIAS', (name: string) => ({
    message: `There is no anchor &${printable(name)} above for the alias *${printable(name)}.`,
    fix: 'Set the anchor first, or put the text in quotes if no alias is meant.',
  })),
  aliasInItself: defineError('PW_ALIAS_IN_ITSELF', (name: string) => ({
    message: `The alias *${printable(name)} stands inside the value that it names.`,
    fix: 'Write out what is meant.',
  })),
  tooManyAliases: defineError('PW_TOO_MANY_ALIASES', (most: number) => ({
    message: `The aliases of this file unfold to more than ${most} values.`,
    fix: 'Use fewer of them.',
  })),
  badMerge: defineError('PW_BAD_MERGE', (found: string) => ({
    message: `\`<<\` merges a map or a list of maps, and this is ${found}.`,
    fix: 'Give it an alias of a map.',
  })),
  notData: defineError('PW_NOT_DATA', (found: string) => ({
    message: `A topology holds text, numbers, booleans, lists and maps, and this is ${found}.`,
    fix: 'Give plain data.',
  })),
  unsetVariable: defineError('PW_UNSET_VARIABLE', (name: string, message: string) => ({
    message: `The environment variable ${name} is not set${message === '' ? '.' : `: ${printable(message)}`}`,
    fix: `Set ${name}, or give a default: \${${name}:-value}.`,
  })),
  badReference: defineError('PW_BAD_REFERENCE', (written: string) => ({
    message: `${quoted(written)} is no reference to an environment variable.`,
    fix: 'Write ${NAME} or ${NAME:-default}; $$ stands for a dollar sign.',
  })),
  unknownKey: defineError(
    'PW_UNKNOWN_KEY',
    (key: string, where: string, allowed: readonly string[], suggestion: string | undefined, fix?: string) => ({
      message: `${quoted(key)} is no key of ${where}.${meant(suggestion)} Allowed: ${allowed.map(printable).join(', ')}.`,
      fix: fix ?? replace(suggestion, 'Correct or remove it.'),
    }),
  ),
  missingKey: defineError('PW_MISSING_KEY', (key: string, where: string, allowed: string) => ({
    message: `${where} has no ${quoted(key)}; it must be ${allowed}.`,
    fix: `Add \`${printable(key)}:\`.`,
  })),
  badValue: defineError(
    'PW_BAD_VALUE',
    (field: string, found: string, allowed: string, suggestion?: string, fix?: string) => ({
      message: `${field} is ${found}, but must be ${allowed}.${meant(suggestion)}`,
      fix: replace(suggestion, fix ?? `Write ${allowed}.`),
    }),
  ),
  nameMissing: defineError('PW_NAME_MISSING', () => ({
    message: 'The topology has no name.',
    fix: 'Start the file with `name: …`, or give `--name`.',
  })),
  badName: defineError('PW_BAD_NAME', (what: string, found: string, allowed: string) => ({
    message: `${quoted(found)} cannot be the name of a ${what}: it must be ${allowed}.`,
    fix: 'Choose another name.',
  })),
  noSuchKind: defineError(
    'PW_NO_SUCH_KIND',
    (what: string, kind: string, known: readonly string[], suggestion: string | undefined) => ({
      message: `There is no ${what} kind ${quoted(kind)}.${meant(suggestion)} Known: ${list(known)}.`,
      fix: replace(suggestion, 'Use a known kind, or name the plugin that brings it under plugins:.'),
    }),
  ),
  noSuchName: defineError(
    'PW_NO_SUCH_NAME',
    (
      what: 'host' | 'network' | 'node' | 'group',
      name: string,
      known: readonly string[],
      suggestion: string | undefined,
    ) => ({
      message: `There is no ${what} ${quoted(name)}.${meant(suggestion)} Known: ${known.length === 0 ? 'none' : list(known)}.`,
      fix: replace(suggestion, `Add it under ${what}s:, or correct the name.`),
    }),
  ),
  localHost: defineError('PW_LOCAL_HOST', () => ({
    message: 'The host "local" is the machine that the command runs on; it is not reached by ssh.',
    fix: 'Take `ssh` away, or give the other machine another name.',
  })),
  placementNowhere: defineError('PW_PLACEMENT_NOWHERE', () => ({
    message: 'There are no hosts that `placement` could put nodes on.',
    fix: 'Name them under `hosts:`; `local` is the machine that the command runs on.',
  })),
  networkTwice: defineError('PW_NETWORK_TWICE', (node: string, network: string) => ({
    message: `Node ${quoted(node)} joins network ${quoted(network)} more than once, and its nics there have no names.`,
    fix: 'Give each of them a name, or join once.',
  })),
  endpointTwice: defineError('PW_ENDPOINT_TWICE', (endpoint: string, other: string) => ({
    message: `The nic ${printable(endpoint)} is used twice; the other place is ${safe(other)}.`,
    fix: 'Give one of them another nic name.',
  })),
  aliasTwice: defineError('PW_ALIAS_TWICE', (node: string, alias: string, first: string, second: string) => ({
    message: `Node ${quoted(node)} has two service links with the alias ${quoted(alias)}: to ${printable(first)} and to ${printable(second)}.`,
    fix: `Give one of them another alias: ${quoted(`${second}:other`)}.`,
  })),
  linkedToItself: defineError('PW_LINKED_TO_ITSELF', (node: string) => ({
    message: `Node ${quoted(node)} has a service link to itself.`,
    fix: 'Name another node, or take the link out.',
  })),
  noSysctl: defineError('PW_NO_SYSCTL', (name: string, node: string, kind: string, more: string | undefined) => ({
    message: `"${name}" in sysctls of ${node} is no kernel parameter of a network namespace; nodes of kind ${kind} have those below \`net.\`${more === undefined ? '' : `, and from their making ${more}`}.`,
    fix: 'Take it out; what is of the whole machine is set with sysctl(8).',
  })),
  optionTwice: defineError('PW_OPTION_TWICE', (key: string, what: string, one: string, other: string) => ({
    message: `The ${what} key ${quoted(key)} is claimed by ${one} and by ${other}.`,
    fix: 'Report it to the author of the plugin.',
  })),
};
