import { defineError } from '@pipewright/plugin';

/** What a host can lack or refuse. */
export const errors = {
  noTool: defineError(
    'PW_NO_TOOL',
    (tool: string, pack: string) => ({
      message: `The program "${tool}" is not on this host.`,
      fix: `Install it (package ${pack}), or put it on the PATH.`,
    }),
    4,
  ),
  noLock: defineError(
    'PW_NO_LOCK',
    (path: string, words: string) => ({
      message: `The lock ${path} could not be taken: ${words}`,
      fix: 'Changes need a folder of root to write in: /run/pipewright, or $PIPEWRIGHT_STATE_DIR.',
    }),
    4,
  ),
  needsRoot: defineError(
    'PW_NEEDS_ROOT',
    () => ({ message: 'Entering and changing network namespaces needs root.', fix: 'Run the command with sudo.' }),
    4,
  ),
  unknownExecutor: defineError('PW_UNKNOWN_EXECUTOR', (found: string, known: readonly string[]) => ({
    message: `PIPEWRIGHT_EXECUTOR is "${found}"; there is no such executor.`,
    fix: `Unset it, or use one of ${known.join(', ')}.`,
  })),
  noNetlink: defineError(
    'PW_NO_NETLINK',
    (words: string) => ({
      message: `PIPEWRIGHT_EXECUTOR asks for netlink, which does not work here: ${words}`,
      fix: 'Unset it: the programs of iproute2 are used then.',
    }),
    4,
  ),
  surveyFailed: defineError(
    'PW_SURVEY_FAILED',
    (where: string, asked: string, words: string) => ({
      message: `${where} could not be read: \`${asked}\` says: ${words || 'nothing'}`,
      fix: 'Run that command by hand; iproute2 5.1 or newer is needed.',
    }),
    4,
  ),
  noSuchProcess: defineError('PW_NO_SUCH_PROCESS', (node: string, pid: number) => ({
    message: `Node "${node}": there is no process ${pid}.`,
    fix: 'Start it, or give the pid of a process that runs.',
  })),
  noSuchNamespace: defineError('PW_NO_SUCH_NAMESPACE', (node: string, path: string) => ({
    message: `Node "${node}": there is no ${path}.`,
    fix: 'Give the path of a network namespace that exists.',
  })),
  notANamespace: defineError('PW_NOT_A_NAMESPACE', (node: string, path: string) => ({
    message: `Node "${node}": ${path} is no network namespace.`,
    fix: 'Give the path of a network namespace, as in /run/netns or /proc/PID/ns/net.',
  })),
  hostNamespace: defineError('PW_HOST_NAMESPACE', (node: string) => ({
    message: `Node "${node}" is in the host's own network namespace.`,
    fix: 'Start it with a namespace of its own, or use a node of kind host.',
  })),
  notRunning: defineError('PW_NODE_NOT_RUNNING', (node: string, argv: readonly string[], words: string) => ({
    message: `Node "${node}" does not run: \`${argv.join(' ')}\` says: ${words}`,
    fix: 'Start it.',
  })),
  notEntered: defineError(
    'PW_NOT_ENTERED',
    (node: string, words: string) => ({
      message: `The namespace of node "${node}" cannot be entered: ${words}`,
      fix: 'Run the command with sudo, on the host that runs the node.',
    }),
    4,
  ),
  unknownPlace: defineError(
    'PW_UNKNOWN_PLACE',
    (place: string) => ({
      message: `Nothing is known of the namespace "${place}": it was not there when the host was read.`,
      fix: 'Run the command again.',
    }),
    1,
  ),
  badLedger: defineError('PW_BAD_LEDGER', (path: string, words: string) => ({
    message: `${path} is not what pipewright wrote there: ${words}`,
    fix: `Remove it (rm ${path}); what carries our marks is found without it.`,
  })),
  badAllotments: defineError('PW_BAD_ALLOTMENTS', (path: string, words: string) => ({
    message: `${path} is not what pipewright wrote there: ${words}. Nics that are not up may get other addresses than before.`,
    fix: `Remove it (rm ${path}); the next \`up\` writes it anew.`,
  })),
  badJournal: defineError(
    'PW_BAD_JOURNAL',
    (path: string, words: string) => ({
      message: `${path} is not what this pipewright wrote there: ${words}. What it tells of can be neither undone nor completed.`,
      fix: `Look at what is there (\`ip link\`, \`ip netns\`), then remove it (rm ${path}).`,
    }),
    5,
  ),
  notWritten: defineError(
    'PW_STATE_NOT_WRITTEN',
    (path: string, words: string) => ({
      message: `${path} could not be written: ${words}`,
      fix: 'Make room there, or let root write there; or name another folder in $PIPEWRIGHT_STATE_DIR.',
    }),
    1,
  ),
};
