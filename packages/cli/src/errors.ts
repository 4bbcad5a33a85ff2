import { defineError } from '@pipewright/plugin';
import { printable } from './output/text.js';

const quoted = (text: string): string => `"${printable(text)}"`;
const meant = (word: string | undefined): string => (word === undefined ? '' : ` Did you mean "${word}"?`);
const list = (words: readonly string[]): string => words.map(printable).join(', ');

/** What can be wrong with a command line, or with where it is run. What reads topologies and plugins has its own. */
export const errors = {
  unknownCommand: defineError('PW_UNKNOWN_COMMAND', (word: string, suggestion: string | undefined) => ({
    message: `There is no command ${quoted(word)}.${meant(suggestion)}`,
    fix: suggestion === undefined ? 'See `pipewright --help`.' : `Type \`pipewright ${suggestion}\`.`,
  })),
  unknownOption: defineError(
    'PW_UNKNOWN_OPTION',
    (option: string, command: string, suggestion: string | undefined) => ({
      message: `\`${command}\` has no option ${quoted(option)}.${meant(suggestion)}`,
      fix: suggestion === undefined ? `See \`pipewright ${command} --help\`.` : `Type ${suggestion}.`,
    }),
  ),
  scriptOfOneHost: defineError('PW_SCRIPT_OF_ONE_HOST', (host: string) => ({
    message: `A script is for one machine to run, and this plan changes host ${quoted(host)} too.`,
    fix: 'Use `pipewright up`, which runs the scripts of other hosts there.',
  })),
  outputLost: defineError('PW_OUTPUT_LOST', (reason: string) => ({
    message: `What the command had to say could not be written to standard output: ${reason}.`,
    fix: 'Make room, or write it elsewhere. What the command did is done: `pipewright status` shows it.',
    exit: 1,
  })),
  unfinished: defineError('PW_UNFINISHED', () => ({
    message: 'The program has ended before the command had.',
    fix: 'See whether a topology or a plugin in TypeScript or JavaScript waits for what never comes, or ends the process. What was begun, the next command undoes.',
    exit: 1,
  })),
  optionBeforeCommand: defineError('PW_OPTION_BEFORE_COMMAND', (option: string) => ({
    message: `The option ${quoted(option)} stands before the command.`,
    fix: 'Type the command first: `pipewright COMMAND [options]`.',
  })),
  notTogether: defineError('PW_NOT_TOGETHER', (one: string, other: string, why: string) => ({
    message: `${quoted(one)} and ${quoted(other)} do not go together: ${why}.`,
    fix: 'Take one of them away.',
  })),
  oneValue: defineError('PW_ONE_VALUE', (option: string, value: string, given: readonly string[]) => ({
    message: `The option ${option} is given ${String(given.length)} times, as ${given.map(quoted).join(' and ')}.`,
    fix: `Give one ${value} at a time.`,
  })),
  optionValue: defineError('PW_OPTION_VALUE', (option: string, allowed: string, found: string) => ({
    message:
      found === ''
        ? `The option ${option} needs a value.`
        : `The option ${option} is ${quoted(found)}, but must be ${allowed}.`,
    fix: `Give ${allowed}.`,
  })),
  missingArgument: defineError('PW_MISSING_ARGUMENT', (command: string, argument: string) => ({
    message: `\`${command}\` needs ${argument}.`,
    fix: `See \`pipewright ${command} --help\`.`,
  })),
  extraArgument: defineError('PW_EXTRA_ARGUMENT', (command: string, word: string, isFile = false) => ({
    message: `\`${command}\` does not take ${quoted(word)}.`,
    fix: isFile
      ? `A topology file is given by -f: ${quoted(`${command} -f ${word}`)}.`
      : `See \`pipewright ${command} --help\`.`,
  })),
  fileForName: defineError('PW_FILE_FOR_NAME', (word: string) => ({
    message: `${quoted(word)} is a file, where the name of a topology is to stand.`,
    fix: `Give the file with -f: \`-f ${printable(word)}\`.`,
  })),
  notUp: defineError(
    'PW_NOT_UP',
    (what: string) => ({
      message: `${what} is not up.`,
      fix: '`pipewright up` brings it up; `pipewright status` shows it.',
    }),
    1,
  ),
  nodeForFile: defineError('PW_NODE_FOR_FILE', (word: string) => ({
    message: `There is no file ${quoted(word)}, and -f gives the topology file.`,
    fix: `To go on with what is said: \`pipewright logs --follow ${printable(word)}\`.`,
  })),
  noLog: defineError(
    'PW_NO_LOG',
    (node: string) => ({
      message: `Nothing is kept of what node ${quoted(node)} says.`,
      fix: 'Containers are read, and what `processes` of a node runs while that is up.',
    }),
    1,
  ),
  badCommandLine: defineError('PW_BAD_COMMAND_LINE', (count: number) => ({
    message: `The command line has ${String(count)} mistakes; nothing was touched.`,
    fix: 'Mend what is listed and run the command again.',
  })),
  badHost: defineError('PW_BAD_HOST', (word: string) => ({
    message: `${quoted(word)} is no host.`,
    fix: 'Give what ssh takes, `root@h1` or `ssh://root@h1:2222`, or the name under `hosts:` of a topology that is up; none for this machine.',
  })),
  hostAmbiguous: defineError('PW_HOST_AMBIGUOUS', (host: string, machines: readonly string[]) => ({
    message: `Topologies that are up call different machines ${quoted(host)}: ${machines.join(', ')}.`,
    fix: 'Give what ssh takes, one of these.',
  })),
  hostNamedTwice: defineError('PW_HOST_NAMED_TWICE', (host: string) => ({
    message: `Two of the hosts given are ${quoted(host)}.`,
    fix: 'Give each host once.',
  })),
  nothingThere: defineError('PW_NOTHING_THERE', (topology: string, host: string, hosts: readonly string[]) => ({
    message: `Topology ${quoted(topology)} has nothing on a host ${quoted(host)} that could be forgotten.`,
    fix:
      hosts.length > 0
        ? `Give one that it has something on: ${hosts.map(printable).join(', ')}.`
        : 'Leave out --forget: it has nothing on any other machine.',
  })),
  stillUsed: defineError('PW_STILL_USED', (host: string, node: string) => ({
    message: `Host ${quoted(host)} cannot be forgotten: node ${quoted(node)} is to be on it.`,
    fix: `Put its nodes on another host, or take them out of the file; \`pipewright down --forget ${printable(host)}\` takes down the rest.`,
  })),
  badTopologyName: defineError('PW_BAD_TOPOLOGY_NAME', (name: string) => ({
    message: `${quoted(name)} is no name of a topology.`,
    fix: 'Use letters, digits and _ . -, starting with a letter or digit; a file is given by -f.',
  })),
  unknownTopology: defineError(
    'PW_UNKNOWN_TOPOLOGY',
    (name: string, known: readonly string[], suggestion: string | undefined) => ({
      message: `No topology ${quoted(name)} is up here.${meant(suggestion)}`,
      fix: `Bring it up, or give its file with -f${known.length === 0 ? '' : `, or one of those that are: ${list(known)}`}.`,
    }),
  ),
  unknownNode: defineError(
    'PW_UNKNOWN_NODE',
    (node: string, topology: string, known: readonly string[], suggestion: string | undefined) => ({
      message: `Topology ${quoted(topology)} has no node ${quoted(node)}.${meant(suggestion)}`,
      fix: known.length === 0 ? 'It has no nodes.' : `Its nodes are ${list(known)}.`,
    }),
  ),
  flowNowhere: defineError('PW_FLOW_NOWHERE', (from: string, to: string) => ({
    message: `Node ${quoted(to)} has no address that is known, where ${quoted(from)} could reach it.`,
    fix: 'Ask about a node that has one: `pipewright status` shows them.',
  })),
  flowElsewhere: defineError('PW_FLOW_ELSEWHERE', (node: string, host: string) => ({
    message: `Node ${quoted(node)} is on host ${quoted(host)}: what drops a flow is found on this host alone.`,
    fix: 'Run it there.',
  })),
  flowOnHost: defineError('PW_FLOW_ON_HOST', () => ({
    message: 'What drops a flow is found on this host alone, and --host names others.',
    fix: 'Leave one of --flow and --host away.',
  })),
  flowUntraced: defineError(
    'PW_FLOW_UNTRACED',
    (words: string) => ({
      message: `The kernel does not trace packets for nft${words === '' ? '.' : `: ${words}`}`,
      fix: 'It needs nf_tables with its bridge family, and nftables 1.0 or later.',
    }),
    4,
  ),
  flowNoNft: defineError(
    'PW_FLOW_NO_NFT',
    () => ({
      message: 'What drops a flow is found with the program nft, which this host does not have.',
      fix: 'Install it: `apt install nftables` (`dnf install nftables`, `apk add nftables`).',
    }),
    4,
  ),
  declined: defineError(
    'PW_DECLINED',
    () => ({ message: 'Declined; nothing was changed.', fix: 'Answer y, or give --yes.' }),
    1,
  ),
  nowhere: defineError('PW_NOWHERE', () => ({
    message: 'The folder that the command was typed in is not there any more.',
    fix: 'Go to one that is: `cd /`.',
  })),
  internal: defineError(
    'PW_INTERNAL',
    (words: string) => ({
      message: `pipewright made a mistake: ${words}`,
      fix: 'Run the command again with --verbose and report what it prints.',
    }),
    1,
  ),
};
