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

/** Without the frames of warnings: `@@@@@`. */
const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .map((it) => it.trim())
    .filter((it) => it !== '' && !it.startsWith('@'))
    .join('; ')
    .slice(0, 400);
