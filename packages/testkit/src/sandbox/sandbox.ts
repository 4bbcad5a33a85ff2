import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Snapshot, takeSnapshot } from './snapshot.js';
import { PATH, pathOf } from './tools.js';

/** The folder commands run in: on a tmpfs of the sandbox's own. */
export const WORK_FOLDER = '/mnt';

const TOOLS = ['unshare', 'nsenter', 'mount', 'ip', 'tc', 'bridge', 'timeout'];

// Process 1 of the sandbox. It prints its pid as the outside counts and ends when we do, by the end of its input;
// everything else in the sandbox ends with it. /sys is mounted anew, as sysfs shows the devices of the namespace
// that mounted it; cgroups are not namespaced and stay.
const FIRST_PROCESS = `
read pid rest < /proc/self/stat
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/lock /run/.etc /run/.cgroup
if [ -d /sys/fs/cgroup ]; then mount --rbind /sys/fs/cgroup /run/.cgroup; fi
mount -t sysfs none /sys
mount --rbind /run/.cgroup /sys/fs/cgroup
umount -l /run/.cgroup
cp -a /etc/. /run/.etc
mount --bind /run/.etc /etc
rm -rf /etc/netns
mount -t tmpfs none /var/lib
mount -t tmpfs -o mode=0755 none ${WORK_FOLDER}
mount -t proc none /proc
ip link set dev lo up
cd ${WORK_FOLDER}
echo "$pid"
exec cat > /dev/null
`;

export interface RunOptions {
  readonly input?: string;
  /** Added to the sandbox's few variables; nothing else of the test's environment gets in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; the command ends with code 124 then. By default it may take as long as the test. */
  readonly timeout?: number;
  /** The network namespace to run in: a name in /run/netns, or a path. By default the sandbox's host. */
  readonly namespace?: string;
}

/** What a command did. */
export interface Finished {
  readonly argv: readonly string[];
  /** Exit code; 128 + n where signal n ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, parsed. */
  json(): unknown;
}

/** One thing as `ip -json` prints it. */
export type KernelObject = Readonly<Record<string, unknown>>;

/** A change as `plan --json` prints it. */
export interface PrintedChange {
  readonly host: string;
  readonly node?: string;
  readonly type: string;
  readonly id: string;
  readonly action: 'create' | 'update' | 'replace' | 'delete';
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface PrintedInterface {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly string[];
  readonly state: string;
  readonly carrier: boolean | null;
  readonly peer?: string;
}

/** What `status --json` prints. */
export interface PrintedStatus {
  readonly topology: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly kind: string;
    readonly host: string;
    readonly state: string;
    readonly interfaces: readonly PrintedInterface[];
  }[];
  readonly drift: readonly PrintedChange[];
}

/** Why there can be no sandbox here; undefined where there can. */
export function whyNoSandbox(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = TOOLS.filter((tool) => pathOf(tool) === undefined);
  return missing.length > 0 ? `needs ${missing.join(', ')}` : undefined;
}

/** By its whole path: PATH is that of the command. */
const NSENTER = pathOf('nsenter') ?? 'nsenter';

/** A machine of its own, as far as networking goes: nothing in it sees or touches the real one. */
export class Sandbox {
  /** Words that start the CLI: for what `pipewright()` is too simple. */
  readonly cli: readonly string[] = [process.env['PIPEWRIGHT_NODE'] ?? process.execPath, cliPath()];
  readonly #keeper: ChildProcess;
  readonly #pid: number;
  #afterwards: readonly (() => Promise<void>)[] = [];

  private constructor(keeper: ChildProcess, pid: number) {
    this.#keeper = keeper;
    this.#pid = pid;
  }

  static async start(): Promise<Sandbox> {
    const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child'];
    const keeper = spawn('unshare', [...namespaces, 'sh', '-c', FIRST_PROCESS], {
      env: environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Sandbox(keeper, await firstPid(keeper));
  }

  /** Ends all processes in it, and with them its namespaces and mounts. Resolves when they are gone. */
  async stop(): Promise<void> {
    const gone =
      this.#keeper.exitCode === null && this.#keeper.signalCode === null ? once(this.#keeper, 'exit') : undefined;
    this.#keeper.kill('SIGKILL');
    await gone;
    for (let waited = 0; existsSync(this.path('/proc/1')); waited += 5) {
      if (waited > 5000) throw new Error(`sandbox ${String(this.#pid)} outlived its end`);
      await sleep(5);
    }
    for (const work of this.#afterwards) await work();
  }

  /** Its first process, as the outside counts. */
  get pid(): number {
    return this.#pid;
  }

  /** A wire from `device` in here to a port of the bridge `hub` in another sandbox, both ends up. */
  async plug(device: string, hub: Sandbox, port: string): Promise<void> {
    const made = ['ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', port];
    // In neither's process ids, as each knows only its own.
    await execa(NSENTER, ['--target', String(this.#pid), '--net', '--', ...made, 'netns', String(hub.#pid)]);
    await this.sh(`ip link set dev ${device} up`);
    await hub.sh(`ip link set dev ${port} master hub up`);
  }

  /** Has something done after its end: what is not its own does not end with it. */
  afterwards(work: () => Promise<void>): void {
    this.#afterwards = [...this.#afterwards, work];
  }

  /** A path of the sandbox as the outside reaches it; relative ones are in the work folder. */
  path(inside: string): string {
    return `/proc/${String(this.#pid)}/root${resolve(WORK_FOLDER, inside)}`;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
    // `timeout` inside, as whoever kills nsenter from outside leaves its child alive.
    const limit = options.timeout === undefined ? [] : ['timeout', '--kill-after=2', String(options.timeout / 1000)];
    const { exitCode, stdout, stderr, signal } = await execa(NSENTER, this.#words([...limit, ...argv], options), {
      reject: false,
      stripFinalNewline: false,
      input: options.input ?? '',
      env: environment(options.env),
      extendEnv: false,
    });
    const code = exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]);
    return { argv, code, stdout, stderr, json: () => parseJson(stdout, argv) };
  }

  /** Starts a program that runs on, with neither input nor output; it ends with the sandbox at the latest. */
  spawn(argv: readonly string[], options: Pick<RunOptions, 'env' | 'namespace'> = {}): ChildProcess {
    return spawn(NSENTER, this.#words(argv, options), { stdio: 'ignore', env: environment(options.env) });
  }

  /** What makes nsenter run a program in here. */
  #words(argv: readonly string[], { namespace }: Pick<RunOptions, 'namespace'>): readonly string[] {
    const network = namespace === undefined ? '--net' : `--net=${this.path(resolve('/run/netns', namespace))}`;
    // With its root: else, where the tests run in a chroot, the program would be on the machine outside of that.
    return ['--target', String(this.#pid), '--mount', '--pid', network, '--root', '--wd', '--', ...argv];
  }

  /** What a command prints; throws unless it ends with 0. */
  async output(argv: readonly string[], options?: RunOptions): Promise<string> {
    return succeeded(await this.run(argv, options)).stdout;
  }

  /** What a shell script prints; throws unless it ends with 0. */
  sh(script: string, options?: RunOptions): Promise<string> {
    return this.output(['sh', '-euc', script], options);
  }

  /** Runs the CLI whatever it ends with. */
  tryPipewright(...args: readonly string[]): Promise<Finished> {
    return this.run([...this.cli, ...args]);
  }

  /** Runs the CLI; throws, with all it printed, unless it ends with 0. */
  async pipewright(...args: readonly string[]): Promise<Finished> {
    return succeeded(await this.tryPipewright(...args));
  }

  /** What `up` would change. */
  async plan(file?: string): Promise<readonly PrintedChange[]> {
    const printed = await this.pipewright('plan', ...fileOption(file), '--json');
    return (printed.json() as { readonly changes: readonly PrintedChange[] }).changes;
  }

  async status(file?: string): Promise<PrintedStatus> {
    return (await this.pipewright('status', ...fileOption(file), '--json')).json() as PrintedStatus;
  }

  /** Whether a packet and its answer get from a node to another node or an address within three seconds. */
  async ping(from: string, to: string, file?: string): Promise<boolean> {
    const address = /[.:]/.test(to) ? to : await this.#firstAddress(to, file);
    const command = ['ping', '-n', '-c', '1', '-w', '3', address];
    return (await this.tryPipewright('exec', ...fileOption(file), from, '--', ...command)).code === 0;
  }

  async #firstAddress(node: string, file?: string): Promise<string> {
    const { nodes } = await this.status(file);
    const [address] = nodes.find(({ name }) => name === node)?.interfaces.flatMap(({ addresses }) => addresses) ?? [];
    if (address === undefined) throw new Error(`${node} has no address`);
    return address.replace(/\/.*/, '');
  }

  /** What `ip -json …` says in a node's namespace (`web`, or `shop-web` where two topologies have one), or on the host. */
  async ip(node: string | undefined, ...argv: readonly string[]): Promise<readonly KernelObject[]> {
    const namespace = node === undefined ? {} : { namespace: await this.namespaceOf(node) };
    const printed = succeeded(await this.run(['ip', '-json', '-details', ...argv], namespace));
    return printed.stdout.trim() === '' ? [] : (printed.json() as readonly KernelObject[]);
  }

  /** The name in /run/netns of a node's namespace. */
  async namespaceOf(node: string): Promise<string> {
    const names = await this.namespaces();
    const found = names.includes(node) ? [node] : names.filter((name) => name.endsWith(`-${node}`));
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw new Error(`${node} has not one namespace among ${names.join(', ')}`);
    return only;
  }

  /** The names in /run/netns. */
  async namespaces(): Promise<readonly string[]> {
    return (await readdir(this.path('/run/netns')).catch(() => [])).sort();
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(`${name}.new`), text);
    await rename(this.path(`${name}.new`), this.path(name));
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** Everything the kernel says, as a value to compare; pipewright's own state files are not in it. */
  snapshot(): Promise<Snapshot> {
    return takeSnapshot(this);
  }
}

const fileOption = (file?: string): readonly string[] => (file === undefined ? [] : ['-f', file]);

const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH,
  HOME: '/root',
  LC_ALL: 'C',
  NO_COLOR: '1',
  PIPEWRIGHT_TEST: '1',
  // For all sandboxes one, and not the machine's.
  PIPEWRIGHT_CACHE_DIR: resolve('node_modules/.cache/pipewright'),
  // Tests run with the other executor too.
  ...(process.env['PIPEWRIGHT_EXECUTOR'] === undefined
    ? {}
    : { PIPEWRIGHT_EXECUTOR: process.env['PIPEWRIGHT_EXECUTOR'] }),
  ...more,
});

const cliPath = (): string => createRequire(import.meta.url).resolve('pipewright/bin/pipewright.cjs');

async function firstPid(keeper: ChildProcess): Promise<number> {
  let printed = '';
  let complaints = '';
  keeper.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  for await (const text of keeper.stdout?.setEncoding('utf8') ?? []) {
    printed += String(text);
    if (printed.endsWith('\n')) break;
  }
  if (!/^\d+\n$/.test(printed)) throw new Error(`no sandbox: ${complaints.trim()}`);
  return Number(printed);
}

function succeeded(finished: Finished): Finished {
  const { argv, code, stdout, stderr } = finished;
  if (code !== 0) throw new Error(`exit ${String(code)}: ${argv.join(' ')}\n${stderr}${stdout}`);
  return finished;
}

function parseJson(text: string, argv: readonly string[]): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${argv.join(' ')} printed no JSON:\n${text}`, { cause });
  }
}
