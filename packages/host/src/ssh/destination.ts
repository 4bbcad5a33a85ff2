import type { HostTarget } from '@pipewright/plugin';
import { quoted } from '../script.js';
import { SYSTEM_FOLDERS } from '../wide-path.js';

/**
 * What every connection is made with, whatever the user's configuration says: nobody is there to answer a question, a
 * host that is not known is not spoken to, and one that is gone is missed soon.
 */
const ALWAYS = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'ConnectTimeout=5',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'ForwardAgent=no',
  'ForwardX11=no',
  'ClearAllForwardings=yes',
  'RemoteCommand=none',
];

export interface Session {
  /** The socket by which sessions share a connection. */
  readonly socket?: string | undefined;
  /** It is the one that makes the connection. */
  readonly first?: boolean;
  readonly tty?: boolean;
}

/** Words that run a line of the far login shell; a destination that looks like an option is none. */
export const sshWords = ({ ssh }: HostTarget, line: string, session: Session = {}): readonly string[] => [
  'ssh',
  session.tty ? '-t' : '-T',
  ...[
    ...ALWAYS,
    ...(session.first ? ['LogLevel=INFO'] : []), // more is no word of the host's, and with less nobody knows why it fails
    `ControlMaster=${session.first && session.socket !== undefined ? 'yes' : 'no'}`,
    'ControlPersist=no',
    `ControlPath=${session.socket ?? 'none'}`,
  ].flatMap((it) => ['-o', it]),
  '--',
  ssh,
  line,
];

export const WIDER_PATH = `PATH="$PATH:${SYSTEM_FOLDERS.join(':')}"`;

/** A program as a line that any login shell understands. */
export const farLine = (argv: readonly string[]): string =>
  ['exec', '/bin/sh', '-c', `${WIDER_PATH}; exec "$@"`, 'sh', ...argv].map(quoted).join(' ');
