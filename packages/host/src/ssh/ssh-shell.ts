import { randomBytes } from 'node:crypto';
import { type CommandResult, fail } from '@pipewright/plugin';
import type { ResultPromise } from 'execa';
import { errors } from '../errors.js';
import { type SshTarget, sshWords } from './destination.js';
import { framedResults, framedScript, isWhole, type Sequence, type Streams } from './framed.js';
import { troubleOf } from './trouble.js';

/** A group of its own: a ^C at the terminal does not cut off what is half done. */
const OPTIONS = { reject: false, buffer: false, stdin: 'pipe', detached: true, cleanup: true } as const;

interface Ssh extends Streams {
  readonly child: ResultPromise<typeof OPTIONS>;
  stdout: string;
  stderr: string;
  /** Looks whether what is waited for has come. */
  heard: () => void;
  ended: boolean;
}

/** Ways in that a shell has: a login shell may be any, ours is sh. The administrator's programs are not on every PATH. */
const START = 'exec env LC_ALL=C sh';
const SETTINGS = 'PATH="$PATH:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH\n';

/**
 * A shell on another host, for as long as it is used: one connection, and one round trip for each script. It ends with
 * us, however we end, by the end of its input; what it runs then it runs to the end.
 */
export class SshShell {
  readonly #target: SshTarget;
  #ssh: Promise<Ssh> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #trips = 0;

  constructor(target: SshTarget) {
    this.#target = target;
  }

  /** How many scripts were run. */
  get trips(): number {
    return this.#trips;
  }

  /** What each program did; undefined for what was not run. One script after the other. */
  run(sequences: readonly Sequence[]): Promise<readonly (readonly (CommandResult | undefined)[])[]> {
    const run = this.#last.then(() => this.#trip(sequences));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    const ssh = await this.#ssh?.catch(() => undefined);
    this.#ssh = undefined;
    if (!ssh || ssh.ended) return;
    hold(ssh, true);
    ssh.child.stdin.end();
    await ssh.child;
  }

  async #trip(sequences: readonly Sequence[]): Promise<readonly (readonly (CommandResult | undefined)[])[]> {
    const ssh = await (this.#ssh ??= this.#open());
    const nonce = randomBytes(12).toString('hex');
    this.#trips += 1;
    hold(ssh, true);
    ssh.stdout = '';
    ssh.stderr = this.#trips === 1 ? ssh.stderr : '';
    ssh.child.stdin.write(framedScript(sequences, nonce));
    await new Promise<void>((resolve) => {
      ssh.heard = () => {
        if (ssh.ended || isWhole(ssh, nonce)) resolve();
      };
      ssh.heard();
    });
    if (!isWhole(ssh, nonce)) this.#lost(ssh, nonce);
    hold(ssh, false);
    return framedResults(sequences, ssh, nonce);
  }

  /** Throws. */
  #lost(ssh: Ssh, nonce: string): never {
    this.#ssh = undefined;
    const begun = ssh.stdout.includes(`\n${nonce} begin`);
    return fail(begun ? errors.hostLost(this.#target, lastLine(ssh.stderr)) : troubleOf(this.#target, ssh.stderr));
  }

  async #open(): Promise<Ssh> {
    const { execa } = await import('execa'); // late: most topologies are of one host
    const [file = '', ...args] = sshWords(this.#target, START);
    const child = execa(file, args, OPTIONS);
    const ssh: Ssh = { child, stdout: '', stderr: '', heard: () => undefined, ended: false };
    child.stdin.on('error', () => undefined); // that it is gone is told by its end
    listen(ssh);
    child.stdin.write(SETTINGS);
    return ssh;
  }
}

function listen(ssh: Ssh): void {
  const { child } = ssh;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ssh.stdout += text;
    ssh.heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ssh.stderr += text;
    ssh.heard();
  });
  void child.then((end) => {
    if (end.code === 'ENOENT') ssh.stderr = 'ssh: not found';
    ssh.ended = true;
    ssh.heard();
  });
}

/** Only while somebody waits for it does it keep us from ending. */
function hold({ child }: Ssh, wanted: boolean): void {
  const word = wanted ? 'ref' : 'unref';
  child[word]();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Handle)[word]();
}

/** What pipes to a child are: sockets. */
interface Handle {
  ref(): void;
  unref(): void;
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
