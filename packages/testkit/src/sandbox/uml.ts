import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PATH, pathOf } from './tools.js';
import { whyNoRegisters, withAllRegisters } from './uml-registers.js';

const KERNEL = 'linux.uml';
const MODULES = '/usr/lib/uml/modules';

/** What a kernel may lack that this one has, and what goes with it. */
const LOADED = ['8021q', 'bridge', 'veth', 'macvlan'];

const BOOT_MS = 60_000;

/** Seen there too, where it lies below a folder that is in memory there. */
const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The first process. Files are the host's, to be read; what is written goes to memory. Each line names a script to run. */
const INIT = `#!/bin/sh
export PATH=${PATH} HOME=/root LC_ALL=C
mount -t proc none /proc
mount -t sysfs none /sys
for it in /run /tmp /mnt /root /var/lib /dev/shm; do [ -d $it ] && mount -t tmpfs none $it; done
share() { mount -t hostfs -o "$1" none "$2" || mount -t hostfs -o "hostfs=$1" none "$2"; } # the second from Linux 6.11 on
for it in '${PROJECT}' '${dirname(process.execPath)}'; do
  [ -d "$it" ] || { mkdir -p "$it" && share "$it" "$it"; }
done
mkdir -p /run/modules/lib/modules /run/jobs /run/netns /run/lock
ln -s ${MODULES}/* /run/modules/lib/modules/
modprobe -d /run/modules -a ${LOADED.join(' ')}
share "$jobs" /run/jobs
exec 3<>/dev/tty1
stty -F /dev/tty1 raw -echo
echo ready >&3
while read -r job <&3; do
  unshare --net --mount sh -euc 'ip link set dev lo up; mount -t tmpfs none /mnt; mount -t tmpfs none /run/netns; cd /mnt; . /run/jobs/'$job \\
    > /run/jobs/$job.out 2>&1 < /dev/null 3>&-
  echo "done $job $?" >&3
done
`;

/** Why it cannot be had here; undefined where it can. */
export function whyNoUml(): string | undefined {
  if (process.arch !== 'x64') return 'needs x86-64';
  if (process.getuid?.() !== 0) return 'needs root';
  return pathOf(KERNEL) === undefined || !existsSync(MODULES) ? 'needs user-mode-linux' : whyNoRegisters();
}

/** User-mode Linux: another kernel as a process of this one, with what this one may lack. It sees no network at all. */
export class Uml {
  readonly #kernel: ChildProcess;
  readonly #folder: string;
  readonly #lines: AsyncIterator<string>;
  #jobs = 0;

  private constructor(kernel: ChildProcess, folder: string) {
    this.#kernel = kernel;
    this.#folder = folder;
    this.#lines = createInterface(kernel.stdio[4] as Readable)[Symbol.asyncIterator]();
  }

  /** Resolves when it takes work; throws what it said if that takes a minute. */
  static async start(): Promise<Uml> {
    const folder = await mkdtemp(join(tmpdir(), 'pipewright-uml-'));
    await writeFile(join(folder, 'init'), INIT);
    await chmod(join(folder, 'init'), 0o755);
    const files = ['rootfstype=hostfs', 'root=/dev/root', 'ro', `init=${folder}/init`, `jobs=${folder}`];
    const consoles = ['con=null', 'con0=null,fd:2', 'con1=fd:3,fd:4', 'quiet'];
    const words = ['mem=768M', `uml_dir=${folder}`, 'umid=uml', ...files, ...consoles];
    const kernel = spawn(pathOf(KERNEL) ?? KERNEL, words, {
      env: { ...process.env, ...(await withAllRegisters(folder)) },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      detached: true, // it is several processes: they are ended as a group
    });
    const uml = new Uml(kernel, folder);
    const said: string[] = [];
    kernel.stderr?.on('data', (text) => said.push(String(text)));
    await uml.#says('ready', BOOT_MS).catch(async (cause: unknown) => {
      await uml.stop();
      throw new Error(`user-mode Linux does not boot:\n${said.join('')}`, { cause });
    });
    return uml;
  }

  /** What a shell script prints, in network and mount namespaces of its own; throws unless it ends with 0. */
  async sh(script: string, timeoutMs = 60_000): Promise<string> {
    const job = `job${String(++this.#jobs)}`;
    await writeFile(join(this.#folder, job), `${CLI}\n${script}\n`);
    (this.#kernel.stdio[3] as Writable).write(`${job}\n`);
    const end = await this.#says(`done ${job} `, timeoutMs);
    const printed = await readFile(join(this.#folder, `${job}.out`), 'utf8');
    if (end !== `done ${job} 0`) throw new Error(`${end}\n${printed}`);
    return printed;
  }

  /** Ends it, whatever it does, and removes its files. */
  async stop(): Promise<void> {
    const running = this.#kernel.exitCode === null && this.#kernel.signalCode === null;
    const gone = running ? once(this.#kernel, 'exit') : undefined;
    if (running) process.kill(-(this.#kernel.pid ?? 0), 'SIGKILL');
    await gone;
    await rm(this.#folder, { recursive: true });
  }

  /** The next line, which begins so. */
  async #says(beginning: string, withinMs: number): Promise<string> {
    const controller = new AbortController();
    const late = sleep(withinMs, undefined, { signal: controller.signal }).then(() => {
      throw new Error(`nothing is said within ${String(withinMs)} ms`);
    });
    try {
      const next = await Promise.race([this.#lines.next(), late]);
      const line = next.done === true ? 'its end' : next.value.trim();
      if (!`${line} `.startsWith(beginning)) throw new Error(`${line}, not ${beginning}`);
      return line;
    } finally {
      controller.abort();
      late.catch(() => undefined);
    }
  }
}

/** The CLI as a function of a script, with state of its own. */
const CLI = `export NO_COLOR=1 PIPEWRIGHT_STATE_DIR=/mnt/.state PIPEWRIGHT_CACHE_DIR=/run/cache
PIPEWRIGHT='${process.execPath} ${createRequire(import.meta.url).resolve('pipewright/bin/pipewright.cjs')}'
pipewright() { $PIPEWRIGHT "$@"; }`;
