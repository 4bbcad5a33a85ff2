import { isDeepStrictEqual } from 'node:util';
import {
  CASE_KINDS,
  checkOutcome,
  execute,
  EXECUTOR_CASES,
  type ExecutorOutcome,
  type ExecutorStep,
  makeKeys,
  MemoryExecutor,
  MemoryKernel,
  onSandbox,
  type Sandbox,
  startSshd,
} from '@pipewright/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { noneLine, programLine, tablesLine } from '../packages/host/src/executor/ssh/relay-lines.js';
import { framedResults, framedScript, type Program } from '../packages/host/src/ssh/framed.js';
import {
  forget,
  GREETING,
  identityOf,
  keep,
  lookAt,
  notesIn,
  textOf,
} from '../packages/host/src/executor/ssh/far-questions.js';
import { RELAYING } from '../packages/host/src/ssh/relay.js';
import { bundle } from './bundle.js';
import { sequences } from './executor-sequences.js';
import type { ExecutorName, Job } from './executor-runner.js';
import { NO_PERL } from './support.js';

/** That by ssh does by a relay what the shell does by programs. */
const EXECUTORS = ['shell', 'netlink', 'ssh'] as const satisfies readonly ExecutorName[];

let runner = '';
beforeAll(async () => {
  runner = await bundle('executor-runner');
});

async function runIn(host: Sandbox, job: Job): Promise<readonly ExecutorOutcome[]> {
  const { code, stdout, stderr } = await host.run([process.execPath, runner], { input: JSON.stringify(job) });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly ExecutorOutcome[];
}

/** A host that ssh reaches, and that is this one: so that what is there can be seen in other ways. */
async function reachItself(host: Sandbox): Promise<void> {
  const publicKey = await makeKeys(host);
  await startSshd(host, '127.0.0.1', { sandbox: host, publicKey, names: ['127.0.0.1'] });
}

describe.each([
  ['shell', 'netlink', 'with perl'],
  ['netlink', 'shell', 'with perl'],
  ['ssh', 'netlink', 'with perl'],
  ['netlink', 'ssh', 'with perl'],
  ['ssh', 'netlink', 'without perl'],
] as const)('the %s executor', (by, eye, tools) => {
  test(
    `does what every executor does, as the ${eye} executor sees it, ${tools}`,
    onSandbox(async (host) => {
      if (by === 'ssh' || eye === 'ssh') await reachItself(host);
      if (tools === 'without perl') await host.sh(NO_PERL);
      const outcomes = await runIn(host, { by, eye, sequences: EXECUTOR_CASES.map(({ steps }) => steps) });
      for (const [index, it] of EXECUTOR_CASES.entries()) checkOutcome(it, outcomes[index]!);
    }),
    120_000,
  );
});

const WITH_RELAY = `
${RELAYING}
pw_ask 'look -'
echo "$?, $(pgrep -c -r R,S,D -x perl) perl, $(ls /run | grep -c relay) files"
`;

test(
  'the relay of a shell ends with it, however that ends, and is missed in words where it ends before',
  onSandbox(async (host) => {
    const inShell = async (script: string) => {
      const { code, stdout, stderr } = await host.run(['sh', '-c', `${WITH_RELAY}${script}`]);
      return [code, ...stdout.trim().split('\n'), ...stderr.trim().split('\n').filter(Boolean)];
    };
    const gone = () => host.sh('while pgrep -r R,S,D -x perl > /dev/null; do sleep 0.01; done');
    const there = '0, 1 perl, 0 files';
    expect(await inShell('exit 3')).toEqual([3, there]);
    await gone();
    expect(await inShell('kill -9 $$')).toEqual([137, there]);
    await gone();
    const ended = 'pkill -9 -x perl; for it in 1 2; do pw_ask "look -"; echo $?; done';
    expect(await inShell(ended)).toEqual([0, there, '126', '127', expect.stringContaining('has ended')]);
    await host.sh(NO_PERL);
    expect(await inShell('exit')).toEqual([0, '127, 0 perl, 0 files']);
  }),
);

const ASKED: readonly Program[] = [
  GREETING,
  notesIn('/run/nothing'),
  notesIn('/run/notes'),
  lookAt(['ip', 'no-such-program', 'tc'], ['/run/notes', '/run/nothing', '/proc/1']),
  textOf('/proc/net/tcp'),
  textOf('/run/nothing'),
  identityOf('/run/netns/one'),
  forget('/run/notes/a.jsonl'),
  forget('/run/notes/a.jsonl'),
  keep('/run/kept/deep/b.jsonl', '{"a": "it\'s $HOME"}\n'.repeat(20_000)),
];

const NOTES_MADE = `
rm -rf /run/kept
mkdir -p /run/notes
printf 'one\\ntwo' > /run/notes/a.jsonl
printf '\\n%s\\n' '{"ä":1}' > '/run/notes/b c.jsonl'
touch /run/notes/other /run/notes/.hidden.jsonl`;

test(
  'what the relay tells and keeps in place of programs is, byte for byte, what they do',
  onSandbox(async (host) => {
    await host.sh('ip netns add one; touch /run/netns/stale');
    const told = async (preface: string) => {
      await host.sh(NOTES_MADE);
      const script = framedScript([{ programs: ASKED, all: true }], 'n0nce');
      const { stdout, stderr } = await host.run(['sh'], { input: `${preface}\n${RELAYING}\n${script}` });
      const [results = []] = framedResults([{ programs: ASKED }], { stdout, stderr }, 'n0nce');
      const kept = await host.sh(`cd /run/kept; stat -c '%a %n' . deep deep/*; sha256sum deep/*`);
      return [kept, ...results.map((it) => it && `${it.code} ${sorted(it.stdout)}`)];
    };
    const sorted = (text: string) => text.split('\n').sort().join('\n');
    const programs = await told('pw_relay=none');
    expect(await told('')).toEqual(programs);
    expect(programs[3]).toContain('{"ä":1}');
  }),
);

test(
  'programs are spared where the relay sees that they have nothing to tell, and nowhere else',
  onSandbox(async (host) => {
    const filters = (family: 4 | 6) => noneLine({ argv: [], filters: family, given: '/proc' }) ?? '';
    const lines = {
      none: noneLine({ argv: [], files: { host: ['/etc/netns/*/hosts'], node: [] } }) ?? '',
      missing: programLine('no-such-program'),
      filters: filters(4),
      filters6: filters(6),
      ungiven: noneLine({ argv: [], filters: 4, given: '/proc/none' }) ?? '',
      table: tablesLine(undefined, ['inet t', 'bridge t']),
      tableOfOther: tablesLine(undefined, ['inet t']),
      tableInNode: tablesLine('/run/netns/one', ['bridge t']),
    };
    const spared = async () => {
      const asked = Object.values(lines).map((it) => `pw_relayed '${it}'; echo $?`);
      const codes = (await host.run(['sh'], { input: [RELAYING, ...asked, ''].join('\n') })).stdout.trim().split('\n');
      return Object.keys(lines).filter((_, index) => codes[index] === '0');
    };
    await host.sh('ip netns add one');
    expect(await spared()).toEqual(Object.keys(lines).filter((it) => it !== 'missing'));
    await host.sh('mkdir -p /etc/netns; iptables -A FORWARD -j ACCEPT; nft add table bridge t');
    expect(await spared()).toEqual(['filters6', 'ungiven', 'tableOfOther', 'tableInNode']);
    await host.sh('ip6tables -A FORWARD -j ACCEPT; ip netns exec one nft add table bridge t');
    expect(await spared()).toEqual(['ungiven', 'tableOfOther']);
  }),
);

const SEED = Number(process.env['SEED'] ?? 1);
/** Of those that start processes for every op, or for some, fewer. */
const SEQUENCES = { shell: 8, netlink: 50, ssh: 8 } as const;

/** What a run comes to: the steps refused, and what is there afterwards. */
interface Run {
  readonly refused: readonly number[];
  readonly leaves: readonly string[];
}

describe.each(EXECUTORS)('the kernel in memory and the %s executor', (by) => {
  const numRuns = Number(process.env['SEQUENCES'] ?? SEQUENCES[by]);
  test(
    `come to the same by any sequence of ops (SEED=${SEED} SEQUENCES=${numRuns})`,
    onSandbox(async (host) => {
      if (by === 'ssh') await reachItself(host);
      const all = fc.sample(sequences, { seed: SEED, numRuns });
      const onKernel = (some: readonly (readonly ExecutorStep[])[]) => runOnKernel(host, by, some);
      const differing = await firstDiffering(all, onKernel);
      if (differing === undefined) return;
      const { steps, real, memory } = await shorten(differing, onKernel);
      expect(memory, JSON.stringify(steps, undefined, 1)).toEqual(real);
    }),
    600_000,
  );
});

type OnKernel = (some: readonly (readonly ExecutorStep[])[]) => Promise<readonly Run[]>;

async function runOnKernel(
  host: Sandbox,
  by: ExecutorName,
  some: readonly (readonly ExecutorStep[])[],
): Promise<readonly Run[]> {
  const outcomes = await runIn(host, { by, eye: by, sequences: some });
  return outcomes.map(({ refused, leaves }) => ({ refused: refused.map((it) => it.step), leaves }));
}

async function runInMemory(steps: readonly ExecutorStep[]): Promise<Run> {
  const { refused, leaves } = await execute(new MemoryExecutor(new MemoryKernel(), CASE_KINDS), steps);
  return { refused: refused.map((it) => it.step), leaves };
}

/** Steps that did not come to the same, and what they came to. */
interface Differing {
  readonly steps: readonly ExecutorStep[];
  readonly real: Run;
  readonly memory: Run;
}

async function firstDiffering(
  some: readonly (readonly ExecutorStep[])[],
  onKernel: OnKernel,
): Promise<Differing | undefined> {
  const [real, memory] = await Promise.all([onKernel(some), Promise.all(some.map(runInMemory))]);
  const all = some.map((steps, index) => ({ steps, real: real[index]!, memory: memory[index]! }));
  return all.find((it) => !isDeepStrictEqual(it.real, it.memory));
}

/** Without any step it still differs without. */
async function shorten(differing: Differing, onKernel: OnKernel): Promise<Differing> {
  const { steps } = differing;
  const shorter = await firstDiffering(
    steps.map((it) => steps.filter((other) => other !== it)),
    onKernel,
  );
  return shorter === undefined ? differing : shorten(shorter, onKernel);
}
