import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  ExecaCommands,
  HttpEngines,
  loadLibc,
  NetlinkExecutor,
  ShellExecutor,
  SshExecutor,
  SystemClock,
} from '../packages/host/src/index.js';
import type { Executor } from '../packages/plugin/src/index.js';
import {
  CASE_KINDS,
  type ExecutorOutcome,
  type ExecutorStep,
  look,
  runSteps,
} from '../packages/testkit/src/suites/executor-cases.js';

// Bundled by executors.test.ts and run in a sandbox, whose own namespace the executors work on: reads a job from its
// standard input, prints what came of it.

export interface Job {
  readonly by: ExecutorName;
  /** The executor that looks afterwards. */
  readonly eye: ExecutorName;
  /** Each on an empty host. */
  readonly sequences: readonly (readonly ExecutorStep[])[];
}

const parts = {
  commands: new ExecaCommands(),
  engines: new HttpEngines(),
  clock: new SystemClock(),
  kinds: CASE_KINDS,
};

const executors = {
  shell: async () => new ShellExecutor(parts),
  netlink: async () => new NetlinkExecutor(await loadLibc(), parts),
  // To the sandbox itself, under the name that the cases have for it.
  ssh: () => Promise.resolve(new SshExecutor({ name: 'local', ssh: 'root@127.0.0.1' }, parts)),
};

export type ExecutorName = keyof typeof executors;

// The kernel cleans up behind our back, some namespaces at a time and in the order they are given up: when the one made last
// is gone, all are. A socket that was closed in one holds it until a grace period of RCU is over, which the first one waits for.
const SETTLE = `
for it in first last; do
  ip netns add $it
  ip link add name last0 type veth peer name last1 netns $it
  ip netns del $it
  until ! ip link show dev last0 > /dev/null 2>&1; do sleep 0.005; done
done
`;

const EMPTY = `
kill -9 $(grep -lzs ^PIPEWRIGHT_PROCESS= /proc/[0-9]*/environ | tr -dc '0-9\\n') 2> /dev/null || :
rm -rf /run/pipewright/processes /etc/netns
for it in $(ls /run/netns 2> /dev/null); do ip netns del "$it"; done
for it in $(ls /sys/class/net); do [ "$it" = lo ] || ip link del dev "$it" 2> /dev/null || :; done
${SETTLE}`;

const sh = (script: string): Promise<string> =>
  Promise.resolve(execFileSync('sh', ['-euc', script], { encoding: 'utf8' }));

async function runSequence({ by, eye }: Job, steps: readonly ExecutorStep[]): Promise<ExecutorOutcome> {
  await sh(EMPTY);
  const refused = await using(by, async (it) => runSteps(it, steps, () => sh(SETTLE)));
  return { refused, leaves: await using(eye, look) };
}

/** A connection is what takes long: those by ssh stay open. */
const open = new Map<ExecutorName, Executor>();

async function using<T>(name: ExecutorName, work: (executor: Executor) => Promise<T>): Promise<T> {
  const executor: Executor = open.get(name) ?? (await executors[name]());
  if (name === 'ssh') open.set(name, executor);
  try {
    return await work(executor);
  } finally {
    if (name !== 'ssh') await executor.close();
  }
}

async function main(): Promise<void> {
  const job = JSON.parse(readFileSync(0, 'utf8')) as Job;
  const outcomes: ExecutorOutcome[] = [];
  for (const steps of job.sequences) outcomes.push(await runSequence(job, steps));
  for (const it of open.values()) await it.close();
  process.stdout.write(JSON.stringify(outcomes));
}

void main();
