import { defineError, type HostTarget, LOCAL_HOST } from '@pipewright/plugin';

/** What a host can lack or refuse. */
export const errors = {
  noTool: defineError(
    'PW_NO_TOOL',
    (tool: string, pack: string, where: string = 'this host') => ({
      message: `The program "${tool}" is not on ${where}.`,
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
  confined: defineError(
    'PW_CONFINED',
    (host: string) => ({
      message: `${host === LOCAL_HOST ? 'Root' : `On host "${host}" root`} may not enter and change network namespaces: a container, a service or a user namespace keeps it from that.`,
      fix: 'Run the command outside of that, or let it have the rights, as by `docker run --privileged`.',
    }),
    4,
  ),
  lacksCapability: defineError(
    'PW_LACKS_CAPABILITY',
    (lacking: readonly string[]) => ({
      message: `Root lacks ${lacking.join(' and ')} here: CAP_NET_ADMIN is to change devices, addresses and routes, CAP_SYS_ADMIN to make and enter network namespaces.`,
      fix: 'Run the command outside of what keeps root from that, or let it have both: `docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --security-opt apparmor=unconfined`, CapabilityBoundingSet= of a service.',
    }),
    4,
  ),
  fewOpenFiles: defineError(
    'PW_FEW_OPEN_FILES',
    (nodes: number, needed: number, most: number) => ({
      message: `${nodes} nodes need ${needed} open files, and this command may have ${most}.`,
      fix: 'Let it have more: `ulimit -n`, LimitNOFILE= of a service, `docker run --ulimit nofile=`.',
    }),
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
  noSuchContainer: defineError('PW_NO_SUCH_CONTAINER', (node: string, engine: string, name: string) => ({
    message: `Node "${node}": ${engine} has no container "${name}".`,
    fix: 'Start it first, give the name or id of one that runs, or give the node an image, so that it is made.',
  })),
  containerStopped: defineError('PW_CONTAINER_STOPPED', (node: string, engine: string, status: string) => ({
    message: `Node "${node}": its ${engine} container does not run${status === '' ? '' : ` (${status})`}.`,
    fix: 'Start it first: it has a network namespace only while it runs.',
  })),
  containerPaused: defineError('PW_CONTAINER_PAUSED', (node: string, engine: string) => ({
    message: `Node "${node}": its ${engine} container is paused.`,
    fix: 'Let it go on (unpause) first.',
  })),
  containerMoved: defineError('PW_CONTAINER_MOVED', (node: string, engine: string) => ({
    message: `Node "${node}": its ${engine} container ended or was restarted while it was looked at.`,
    fix: 'Run the command again when it runs for good.',
  })),
  severalContainers: defineError('PW_SEVERAL_CONTAINERS', (node: string, engine: string, word: string) => ({
    message: `Node "${node}": ${engine} has several containers whose id begins with "${word}".`,
    fix: 'Give more of the id, or the name of the one that is meant.',
  })),
  notEntered: defineError(
    'PW_NOT_ENTERED',
    (node: string, words: string) => ({
      message: `The namespace of node "${node}" cannot be entered: ${words}`,
      fix: 'Run the command with sudo, on the host that runs the node.',
    }),
    4,
  ),
  noFiles: defineError('PW_NO_FILES', (node: string) => ({
    message: `Node "${node}" has no files of its own now.`,
    fix: 'Start its container and run the command again.',
  })),
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
  notRead: defineError(
    'PW_STATE_NOT_READ',
    (path: string, words: string) => ({
      message: `${path} could not be read: ${words}`,
      fix: 'Let root read it, or take away what is there in its place; or name another folder in $PIPEWRIGHT_STATE_DIR.',
    }),
    4,
  ),
  notWritten: defineError(
    'PW_STATE_NOT_WRITTEN',
    (path: string, words: string) => ({
      message: `${path} could not be written: ${words}`,
      fix: 'Make room there, or let root write there; or name another folder in $PIPEWRIGHT_STATE_DIR.',
    }),
    1,
  ),
  hostNotWritten: defineError(
    'PW_HOST_STATE_NOT_WRITTEN',
    (host: string, path: string, words: string) => ({
      message: `${path} on host "${host}" could not be written: ${words}`,
      fix: 'Make room there, or let root write there.',
    }),
    1,
  ),
  noEngine: defineError(
    'PW_NO_ENGINE',
    (title: string, sockets: readonly string[], variables: readonly string[], start?: string) => ({
      message: `${title} is not on this host, or does not run: there is no ${sockets.join(' and no ')}.`,
      fix: `Install it and start it${start === undefined ? '' : ` (\`${start}\`)`}${orSay(variables)}.`,
    }),
    4,
  ),
  engineUnreachable: defineError(
    'PW_ENGINE_UNREACHABLE',
    (engine: string, words: string, variables: readonly string[]) => ({
      message: `${engine} cannot be reached: ${words}. Does its daemon run?`,
      fix: `Start it${orSay(variables)}.`,
    }),
    4,
  ),
  engineForbidden: defineError(
    'PW_ENGINE_FORBIDDEN',
    (engine: string, path: string) => ({
      message: `${engine} cannot be reached: its socket is for root and the group that owns it.`,
      fix: `Run the command with sudo, or as a member of that group (\`ls -l ${path}\` shows it).`,
    }),
    4,
  ),
  engineTls: defineError(
    'PW_ENGINE_TLS',
    (engine: string, words: string) => ({
      message: `No secure connection to ${engine}: ${words}`,
      fix: 'Look at ca.pem, cert.pem and key.pem in the folder $DOCKER_CERT_PATH (else ~/.docker), or of the Docker context.',
    }),
    4,
  ),
  engineCertificate: defineError('PW_ENGINE_CERTIFICATE', (path: string, words: string) => ({
    message: `${path}, which the connection to a container engine needs, cannot be read: ${words}`,
    fix: 'Let the user who runs the command read it.',
  })),
  engineAddress: defineError('PW_ENGINE_ADDRESS', (title: string, found: string, by: string) => ({
    message: `"${found}" (${by}) is no address of ${title}.`,
    fix: 'Write unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT.',
  })),
  engineOverSsh: defineError('PW_ENGINE_OVER_SSH', (title: string, found: string, by: string, socket: string) => ({
    message: `${title} is at ${found} (${by}), and engines are not reached over ssh.`,
    fix: `Run the command on that host; or forward its socket (ssh -NL /run/far.sock:${socket} HOST) and give unix:///run/far.sock.`,
  })),
  noContext: defineError('PW_NO_CONTEXT', (name: string, folder: string) => ({
    message: `There is no Docker context "${name}" in ${folder}.`,
    fix: 'Choose one that `docker context ls` lists (`docker context use NAME`, or $DOCKER_CONTEXT), or default.',
  })),
  notAnEngine: defineError(
    'PW_NOT_AN_ENGINE',
    (engine: string, words: string) => ({
      message: `${engine} does not answer as a container engine does: ${words}`,
      fix: 'See that the address is that of the engine, and http or https as it speaks it (for tcp, $DOCKER_TLS_VERIFY says which).',
    }),
    4,
  ),
  engineTooOld: defineError(
    'PW_ENGINE_TOO_OLD',
    (engine: string, theirs: string, oldest: string) => ({
      message: `${engine} speaks version ${theirs} of its API; ${oldest} or newer is needed.`,
      fix: 'Update it.',
    }),
    4,
  ),
  engineRefusesApi: defineError(
    'PW_ENGINE_REFUSES_API',
    (engine: string, ours: string, words: string) => ({
      message: `${engine} does not take version ${ours} of its API: ${words}`,
      fix: 'Update pipewright where that is too old, the engine where it is too new.',
    }),
    4,
  ),
  engineSilent: defineError(
    'PW_ENGINE_SILENT',
    (engine: string, asked: string, milliseconds: number) => ({
      message: `${engine} gave no answer to ${asked} within ${milliseconds / 1000} s.`,
      fix: 'Look into the log of its daemon; start that again if it hangs. PIPEWRIGHT_ENGINE_TIMEOUT=60 waits a minute.',
    }),
    4,
  ),
  engineFailed: defineError(
    'PW_ENGINE_FAILED',
    (engine: string, asked: string, words: string) => ({
      message: `${engine} fails at ${asked}: ${words}`,
      fix: 'Look into the log of its daemon, and run the command again when that is well.',
    }),
    4,
  ),
  engineTimeout: defineError('PW_ENGINE_TIMEOUT', (variable: string, found: string) => ({
    message: `${variable} is "${found}", which is no number of seconds from 0.001 to 86400.`,
    fix: 'Unset it, or give the seconds that a container engine may take to answer: 30.',
  })),
  engineBrokeOff: defineError(
    'PW_ENGINE_BROKE_OFF',
    (engine: string, asked: string, words: string) => ({
      message: `${engine} broke off before all of the answer to ${asked} was there: ${words}`,
      fix: 'Run the command again; if that does not help, look into the log of its daemon.',
    }),
    1,
  ),
  engineNotJson: defineError(
    'PW_ENGINE_NOT_JSON',
    (engine: string, asked: string, words: string) => ({
      message: `${engine} answers ${asked} with what is no JSON, though it says so: ${words}`,
      fix: 'See that nothing between here and the engine, as a proxy, changes its answers.',
    }),
    1,
  ),
  engineTooMuch: defineError(
    'PW_ENGINE_TOO_MUCH',
    (engine: string, asked: string, megabytes: number) => ({
      message: `${engine} answers ${asked} with more than ${megabytes} MB.`,
      fix: 'See that the address is that of the engine.',
    }),
    1,
  ),
  hostKey: defineError(
    'PW_HOST_KEY',
    ({ name: host, ssh }: HostTarget, words: string) => ({
      message: `Host "${host}" (${ssh}) is not spoken to, as its key is not the one that ssh knows of it: ${words}`,
      fix: `See that it is the right machine, then let ssh know its key: \`ssh ${ssh}\` asks for that; \`ssh-keygen -R\` forgets an old one.`,
    }),
    4,
  ),
  hostLogin: defineError(
    'PW_HOST_LOGIN',
    ({ name: host, ssh }: HostTarget, words: string) => ({
      message: `Host "${host}" (${ssh}) does not let us in, and passwords are not asked for: ${words}`,
      fix: `Give it a key of yours (\`ssh-copy-id ${ssh}\`), and load that where it has a passphrase (\`ssh-add\`), so that \`ssh -o BatchMode=yes ${ssh} true\` works.`,
    }),
    4,
  ),
  hostUnreachable: defineError(
    'PW_HOST_UNREACHABLE',
    ({ name: host, ssh }: HostTarget, words: string) => ({
      message: `Host "${host}" (${ssh}) cannot be reached: ${words || 'ssh ended without a word'}`,
      fix: `See that it runs, that its sshd does, and that \`ssh ${ssh} true\` works.`,
    }),
    4,
  ),
  hostLost: defineError(
    'PW_HOST_LOST',
    ({ name: host, ssh }: HostTarget, words: string) => ({
      message: `The connection to host "${host}" (${ssh}) broke while something was done there${words === '' ? '' : `: ${words}`}`,
      fix: 'Run the command again when the host can be reached: what was begun is undone first.',
    }),
    1,
  ),
  hostNeedsRoot: defineError(
    'PW_HOST_NEEDS_ROOT',
    (host: string) => ({
      message: `On host "${host}" we are not root: entering and changing network namespaces needs it.`,
      fix: `Log in there as root: \`ssh: root@…\` under hosts.${host}.`,
    }),
    4,
  ),
  unknownHost: defineError('PW_UNKNOWN_HOST', (host: string) => ({
    message: `Nothing is known of the host "${host}".`,
    fix: `Say under \`hosts:\` where ssh finds it: ${host}: { ssh: root@… }.`,
  })),
  hostIsLocal: defineError('PW_HOST_IS_LOCAL', (host: string) => ({
    message: `Host "${host}" is the machine that this command runs on.`,
    fix: `Leave out \`host: ${host}\` of its nodes.`,
  })),
  hostTwice: defineError('PW_HOST_TWICE', (host: string, other: string) => ({
    message: `The hosts "${other}" and "${host}" are one machine.`,
    fix: `Use one of the names for all its nodes. Where the file has one only, the other is of what is up: keep that, or take it down first.`,
  })),
  hostNoLock: defineError(
    'PW_HOST_NO_LOCK',
    (host: string, words: string) => ({
      message: `The lock /run/pipewright/lock on host "${host}" could not be taken: ${words}`,
      fix: 'Changes need root there, a /run to write in and the program flock (package util-linux).',
    }),
    4,
  ),
  registryLogins: defineError('PW_REGISTRY_LOGINS', (path: string, words: string) => ({
    message: `${path}, where logins to registries are kept, cannot be read: ${words}`,
    fix: 'Mend it, or log in anew: `docker login REGISTRY`, `podman login REGISTRY`.',
  })),
  registryHelper: defineError(
    'PW_REGISTRY_HELPER',
    (program: string, path: string, server: string, words: string) => ({
      message: `${program}, which ${path} names as the keeper of logins, gives none for ${server}: ${words}`,
      fix: `See that \`echo ${server} | ${program} get\` works for this user, or take it out of that file (credsStore, credHelpers).`,
    }),
    4,
  ),
  noEvents: defineError(
    'PW_NO_EVENTS',
    (engine: string, words: string) => ({
      message: `${engine} does not tell what happens to its containers: ${words}`,
      fix: 'Look into the log of its daemon; what nobody tells of is looked for every ten seconds.',
    }),
    1,
  ),
  noExec: defineError(
    'PW_NO_EXEC',
    (engine: string, container: string, words: string) => ({
      message: `${engine} runs no command in the container "${container}": ${words}`,
      fix: 'See with `pipewright status` that it is there and runs; `pipewright up` starts those of a topology.',
    }),
    1,
  ),
  noLogs: defineError(
    'PW_NO_LOGS',
    (engine: string, container: string, words: string) => ({
      message: `${engine} shows nothing of what the container "${container}" has said: ${words}`,
      fix: 'Where its `log-driver` sends that elsewhere it is read there.',
    }),
    1,
  ),
  noFarEngine: defineError(
    'PW_NO_FAR_ENGINE',
    (engine: string, host: string, sockets: readonly string[]) => ({
      message: `Host "${host}" has no ${engine} that listens on ${sockets.join(' or ')}.`,
      fix: `Install and start it there.`,
    }),
    4,
  ),
  noForwarding: defineError(
    'PW_NO_FORWARDING',
    (engine: string, host: string, words: string) => ({
      message: `The socket of ${engine} on host "${host}" cannot be forwarded here: ${words || 'ssh does not say why'}.`,
      fix: 'sshd there must allow it: `AllowStreamLocalForwarding yes` in sshd_config.',
    }),
    4,
  ),
};

/** The other way, where the engine's plugin knows a variable for it. */
const orSay = ([variable]: readonly string[]): string =>
  variable === undefined ? '' : `, or say where it is: ${variable}=unix:///PATH or tcp://HOST:PORT`;
