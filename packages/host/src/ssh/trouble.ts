import type { Fault, HostTarget } from '@pipewright/plugin';
import { errors } from '../errors.js';

type Trouble = (target: HostTarget, words: string) => Fault;

const noSsh: Trouble = () => errors.noTool('ssh', 'openssh-client');

/** By what ssh says (OpenSSH's ssh.c, sshconnect.c, sshconnect2.c), the first that fits. */
const TROUBLES: readonly (readonly [RegExp, Trouble])[] = [
  [/^ssh: not found/m, noSsh],
  [/host key verification failed|host identification has changed|no .* host key is known/i, errors.hostKey],
  [/permission denied|too many authentication failures|no supported authentication/i, errors.hostLogin],
  [
    /could not resolve|connection (refused|timed out|reset|closed)|no route to host|network is unreachable|operation timed out|banner exchange/i,
    errors.hostUnreachable,
  ],
];

/** Why there is no shell on the far host. */
export function troubleOf(target: HostTarget, stderr: string): Fault {
  const words = wordsOf(stderr);
  const [, trouble = errors.hostUnreachable] = TROUBLES.find(([pattern]) => pattern.test(stderr)) ?? [];
  return trouble(target, words);
}

/** What tells of a host's key: which it is, and where the one stands that is known. */
const OF_KEY = /^SHA256:|^Offending|host key is known/;

/** Without the frames of warnings: `@@@@@`. The cause comes last, after what a host says to whoever knocks. */
function wordsOf(stderr: string): string {
  const lines = stderr.split('\n').flatMap((it) => (/^[^@]/.test(it.trim()) ? [it.trim()] : []));
  const ofKey = lines.filter((it) => OF_KEY.test(it));
  return (ofKey.length > 0 ? ofKey : lines).join('; ').slice(-400);
}
