/** A host as its topology tells of it. */
export interface SshTarget {
  /** What the topology calls it. */
  readonly host: string;
  /** Where ssh finds it: `root@h1`, a name of its configuration, `ssh://root@h1:2222`. */
  readonly ssh: string;
}

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
  'ControlMaster=no',
  'ControlPath=none',
];

/** Words that run a line of the far login shell; a destination that looks like an option is none. */
export const sshWords = ({ ssh }: SshTarget, line: string): readonly string[] => [
  'ssh',
  '-T',
  ...ALWAYS.flatMap((it) => ['-o', it]),
  '--',
  ssh,
  line,
];
