import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, fail, type HostTarget } from '@pipewright/plugin';
import type { ResultPromise } from 'execa';
import { errors } from '../errors.js';
import { stateFolder } from '../state-folder.js';
import { quoted } from '../script.js';
import { sshWords, WIDER_PATH } from './destination.js';
import { beginningOf, endsOf, framedResults, framedScript, type Sequence, type Streams } from './framed.js';
import { Heard } from './heard.js';
import { randomWord } from './random-word.js';
import { RELAYING } from './relay.js';
import { QUIET_S } from './relay-machine.js';
import { troubleOf } from './trouble.js';

/** A group of its own: a ^C at the terminal does not cut off what is half done. */
const OPTIONS = { reject: false, buffer: false, stdin: 'pipe', detached: true } as const;

interface Ssh {
  readonly child: ResultPromise<typeof OPTIONS>;
  readonly stdout: Heard;
  readonly stderr: Heard;
  /** Looks whether what is waited for has come. */
  heard: () => void;
  /** It has answered. */
  used: boolean;
  ended: boolean;
  /** It has a script to run. */
  busy: boolean;
  /** It did not begin with its first one in time. */
  givenUp: boolean;
}

/** What the shell does, for who watches it there: `run`, or a word that was not said before. */
const stateOf = (word: string): Sequence => ({ programs: [{ argv: ['pw_state', word], own: true }] });

/** The shell of a host that we have for ourselves hears so often from us, as long as it has nothing to do. */
const BEAT_S = 3;

// Without a relay: reads what the shell does. However that ends, nothing holds the other end of the pipe any more, and so this ends, too.
const WATCH = `
while read -r now; do
  while [ "$now" != run ]; do
    now=$(timeout ${QUIET_S} sh -c 'read -r it && echo "$it"')
    case $? in
      0) ;;
      124 | 143) kill -9 "$1" ;; # as GNU and busybox tell of it
      *) exit ;;
    esac
  done
done`;

/** From the beginning of a connection until the shell there does as it is told. */
const LOGIN_S = 60;

const LOCK = '/run/pipewright/lock';

/** A login shell may be any, ours is sh: by its path, as some have programs of their own under the names of others. */
const START = 'exec /bin/sh';
const SETTINGS = `${WIDER_PATH}; LC_ALL=C; export PATH LC_ALL
pw_lock() {
  [ -d /run/pipewright ] || mkdir -p -m 700 /run/pipewright || return 2
  while :; do
    command exec 9>> ${LOCK} || return 2
    flock --exclusive $1 9 || { pw_code=$?; read -r it < ${LOCK} && echo "$it"; return $pw_code; }
    if [ /proc/self/fd/9 -ef ${LOCK} ]; then echo $$ > ${LOCK}; pw_watch; return; fi
  done
}
pw_state() {
  case "$pw_watched" in
    '') ;;
    relay) pw_ask "state $1" || pw_state "$1" ;;
    *) echo "$1" >&8 ;;
  esac
}
pw_watch() {
  trap 'exec 5>&- 8>&-; wait' EXIT
  pw_watched=
  if pw_ask 'state run'; then pw_watched=relay; return; fi
  pw_watched=/run/pipewright/watched.$$
  mkfifo -m 600 $pw_watched
  exec 8<> $pw_watched 7< $pw_watched
  rm $pw_watched
  sh -c ${quoted(WATCH)} sh $$ > /dev/null 2>&1 <&7 5>&- 6<&- 7<&- 8>&- 9>&- &
  exec 7<&-
  pw_state run
}
pw_self() {
  read -r boot < /proc/sys/kernel/random/boot_id
  read -r stat < /proc/$$/stat
  set -- \${stat##*) }
  shift 19
  echo "$boot $(stat -Lc %d:%i /proc/self/ns/net) $$ $1"
}
${RELAYING}`;

/**
 * A shell on another host, for as long as it is used: one connection, and one round trip for each script. It ends with
 * us, however we end, by the end of its input; what it runs then it runs to the end.
 */
export class SshShell {
  readonly #target: HostTarget;
  #ssh: Promise<Ssh> | undefined;
  /** The connection that there is, or was last. */
  #current: Ssh | undefined;
  #locked: Ssh | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #socket: string | undefined;

  constructor(target: HostTarget) {
    this.#target = target;
  }

  /** Where other sessions join the connection, while it is there. */
  get socket(): string | undefined {
    return this.#ssh ? this.#socket : undefined;
  }

  /** Whether it has, by `pw_lock`, what keeps other pipewrights from changing the host, its own ones too. */
  get isLocked(): boolean {
    return this.#locked !== undefined && this.#locked === this.#current && !this.#locked.ended;
  }

  /** It has that now, and as long as it hears from us. */
  keepLocked(): void {
    this.#locked = this.#current;
    if (this.#locked) beat(this.#locked);
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
    this.#locked = undefined;
    if (!ssh || ssh.ended) return;
    hold(ssh, true);
    if (ssh.busy) ssh.child.kill(); // nobody waits for what it does any more
    ssh.child.stdin.end();
    await ssh.child;
  }

  async #trip(sequences: readonly Sequence[]): Promise<readonly (readonly (CommandResult | undefined)[])[]> {
    if (this.#current?.ended) this.#ssh = undefined; // it ended while nobody asked
    const ssh = await (this.#ssh ??= this.#open());
    const nonce = randomWord(12);
    hold(ssh, true);
    ssh.stdout.forget();
    if (ssh.used) ssh.stderr.forget(); // at first it says why there is no shell
    ssh.busy = true;
    const all = [stateOf('run'), ...sequences, stateOf(nonce)];
    const ends = endsOf(nonce);
    ssh.stdout.listenFor(ends.stdout);
    ssh.stderr.listenFor(ends.stderr);
    ssh.child.stdin.write(framedScript(all, nonce));
    const patience = ssh.used ? undefined : setTimeout(() => giveUp(ssh, nonce), LOGIN_S * 1000);
    await new Promise<void>((resolve) => {
      ssh.heard = () => {
        if (ssh.ended || isWhole(ssh)) resolve();
      };
      ssh.heard();
    });
    clearTimeout(patience);
    if (!isWhole(ssh)) this.#lost(ssh, nonce);
    ssh.used = true;
    ssh.busy = false;
    hold(ssh, false);
    return framedResults(all, saidBy(ssh), nonce).slice(1, -1);
  }

  /** Throws. */
  #lost(ssh: Ssh, nonce: string): never {
    this.#ssh = undefined;
    const { stdout, stderr } = saidBy(ssh);
    if (ssh.givenUp) fail(errors.hostUnreachable(this.#target, `its login shell does nothing for ${LOGIN_S} seconds`));
    const begun = ssh.used || stdout.includes(beginningOf(nonce));
    return fail(
      begun ? errors.hostLost(this.#target, lastLine(stderr)) : troubleOf(this.#target, `${stderr}\n${stdout}`),
    );
  }

  async #open(): Promise<Ssh> {
    const { execa } = await import('execa'); // late: most topologies are of one host
    const [file = '', ...args] = sshWords(this.#target, START, { socket: (this.#socket = newSocket()), first: true });
    const child = execa(file, args, OPTIONS);
    const streams = { stdout: new Heard(), stderr: new Heard() };
    const ssh: Ssh = {
      child,
      ...streams,
      heard: () => undefined,
      used: false,
      ended: false,
      busy: false,
      givenUp: false,
    };
    child.stdin.on('error', () => undefined); // that it is gone is told by its end
    listen(ssh);
    this.#current = ssh;
    child.stdin.write(SETTINGS);
    return ssh;
  }
}

const saidBy = ({ stdout, stderr }: Ssh): Streams => ({ stdout: stdout.text, stderr: stderr.text });

const isWhole = ({ stdout, stderr }: Ssh): boolean => stdout.met && stderr.met;

/** Whoever is let in and gets no shell would wait for ever: a login shell that asks something, a home that does not answer. */
function giveUp(ssh: Ssh, nonce: string): void {
  if (ssh.stdout.text.includes(beginningOf(nonce))) return;
  ssh.givenUp = true;
  ssh.child.kill();
}

/** In a folder for root alone; none where it cannot be, or where its path would be too long for a socket. */
function newSocket(): string | undefined {
  const folder = join(stateFolder(), 'ssh');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return undefined;
  }
  const path = join(folder, randomWord(4));
  return path.length <= LONGEST_PATH ? path : undefined;
}

/** sun_path of unix(7), less what ssh adds while it makes the socket. */
const LONGEST_PATH = 107 - 17;

/** Says again and again that we are there, as long as it has nothing to do. */
function beat(ssh: Ssh): void {
  const timer = setInterval(() => {
    if (ssh.ended || ssh.child.stdin.writableEnded) clearInterval(timer);
    else if (!ssh.busy) ssh.child.stdin.write(`pw_state ${Date.now()}\n`);
  }, BEAT_S * 1000);
  timer.unref();
}

function listen(ssh: Ssh): void {
  const { child } = ssh;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ssh.stdout.add(text);
    ssh.heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ssh.stderr.add(text);
    ssh.heard();
  });
  void child.then((end) => {
    if (end.code === 'ENOENT') ssh.stderr.add('ssh: not found');
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
