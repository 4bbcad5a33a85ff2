import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a snapshot asks of a sandbox. */
interface Subject {
  /** Where a file of the sandbox is for us. */
  path(inside: string): string;
  namespaces(): Promise<readonly string[]>;
  sh(script: string, options?: { readonly namespace?: string }): Promise<string>;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// Each prints JSON documents, a line each.
const QUESTIONS = {
  links: 'ip -json -details link show',
  addresses: 'ip -json -details address show',
  routes: 'ip -json -details route show table all',
  rules: 'ip -4 -json rule show; ip -6 -json rule show',
  neighbours: 'ip -json -details neighbour show nud permanent',
  fdb: 'bridge -json fdb show',
  vlans: 'bridge -json vlan show',
  qdiscs: 'tc -json qdisc show',
  nft: 'nft -json list ruleset 2> /dev/null || :',
} as const;

const SYSCTLS = 'ipv4/ip_forward ipv4/conf/all/* ipv4/conf/default/* ipv6/conf/all/* ipv6/conf/default/* bridge/*';

// Duplicate address detection takes a second or two, and routes come when it is over.
const SETTLED = `for it in $(seq 50); do [ "$(ip -6 -oneline address show tentative)" ] || break; sleep 0.1; done`;

const ASK_ALL = [
  SETTLED,
  ...Object.entries(QUESTIONS).map(([name, command]) => `echo "@${name}"; ${command}`),
  `echo @sysctls; cd /proc/sys/net; grep -s . ${SYSCTLS} || :`,
].join('\n');

/** One network namespace in the kernel's own words, without what changes by itself. */
export type NamespaceSnapshot = Readonly<Record<keyof typeof QUESTIONS | 'sysctls', Json>>;

export interface Snapshot {
  /** By name in /run/netns; `host`; `process …` for one that only a process holds. */
  readonly namespaces: Readonly<Record<string, NamespaceSnapshot>>;
  /** Text of each file below /etc/netns. */
  readonly netnsFiles: Readonly<Record<string, string>>;
  /** Command lines of what runs. */
  readonly processes: readonly string[];
}

export async function takeSnapshot(sandbox: Subject): Promise<Snapshot> {
  await namespacesGone(sandbox);
  const processes = await processesOf(sandbox);
  const places = await placesOf(sandbox, processes);
  const taken = await Promise.all(
    places.map(async ({ name, file }) => [name, await namespaceSnapshot(sandbox, file)] as const),
  );
  return {
    namespaces: Object.fromEntries(taken),
    netnsFiles: await filesBelow(sandbox, '/etc/netns'),
    processes: processes.map(({ command }) => command).sort(),
  };
}

// The kernel cleans namespaces up behind our back, one after the other: when one that dies now is gone, and with it
// its device here, so are those that died before.
const LAST_TO_DIE = `
ip netns add pw-last
ip link add name pw-last0 type veth peer name pw-last1 netns pw-last
ip netns del pw-last
until ! ip link show dev pw-last0 > /dev/null 2>&1; do sleep 0.03; done
`;

const namespacesGone = (sandbox: Subject): Promise<string> => sandbox.sh(LAST_TO_DIE);

interface Process {
  readonly pid: string;
  readonly command: string;
  /** `net:[4026532178]`. */
  readonly network: string;
}

/**
 * A container that starts is the first for a moment, and Podman starts the second when one has ended. A session of sshd, whose
 * listener is called by its path, ends a moment after what it was for.
 */
const PASSING = /^\S*runc init$|^\S*podman .* container cleanup |^sshd(-session)?: (?!\/)/;

/** It stays for five minutes after a command that was run by Podman's API. */
const AFTER_EXEC = /^\S*conmon .* --exec-attach /;

/** All but the first, which is the sandbox's own. What is about to end by itself is waited for. */
async function processesOf(sandbox: Subject): Promise<readonly Process[]> {
  for (let waited = 0; ; waited += 20) {
    const all = await readProcesses(sandbox);
    if (waited >= 10_000 || !all.some(({ command }) => PASSING.test(command)))
      return all.filter(({ command }) => !AFTER_EXEC.test(command));
    await sleep(20);
  }
}

async function readProcesses(sandbox: Subject): Promise<readonly Process[]> {
  const pids = (await readdir(sandbox.path('/proc'))).filter((name) => /^\d+$/.test(name) && name !== '1');
  const read = pids.map(async (pid): Promise<Process> => {
    const command = await readFile(sandbox.path(`/proc/${pid}/cmdline`), 'utf8');
    return {
      pid,
      command: command.replaceAll('\0', ' ').trim(),
      network: await readlink(sandbox.path(`/proc/${pid}/ns/net`)),
    };
  });
  // One that ended meanwhile, and a zombie, has no namespace to read.
  return (await Promise.allSettled(read)).flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
}

interface Place {
  readonly name: string;
  /** The namespace's file as the sandbox sees it. */
  readonly file: string;
}

async function placesOf(sandbox: Subject, processes: readonly Process[]): Promise<readonly Place[]> {
  const named = (await sandbox.namespaces()).map((name) => ({ name, file: `/run/netns/${name}` }));
  const places: Place[] = [{ name: 'host', file: '/proc/1/ns/net' }, ...named];
  const seen = new Set(
    (await sandbox.sh(`stat -L -c 'net:[%i]' ${places.map(({ file }) => `'${file}'`).join(' ')}`)).split('\n'),
  );
  for (const { pid, command, network } of processes) {
    if (!seen.has(network)) places.push({ name: `process ${command}`, file: `/proc/${pid}/ns/net` });
    seen.add(network);
  }
  return places;
}

async function filesBelow(sandbox: Subject, folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(sandbox.path(folder), { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  const root = sandbox.path('/').replace(/\/$/, '');
  return Object.fromEntries(
    await Promise.all(
      files.sort().map(async (file) => [file.slice(root.length), await readFile(file, 'utf8')] as const),
    ),
  );
}

async function namespaceSnapshot(sandbox: Subject, file: string): Promise<NamespaceSnapshot> {
  return parse(await sandbox.sh(ASK_ALL, { namespace: file }));
}

function parse(printed: string): NamespaceSnapshot {
  const sections = printed
    .split(/^@/m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const);
  return Object.fromEntries(
    sections.map(([name, text]) => [
      name,
      name === 'sysctls' ? lines(text) : canonical(lines(text).flatMap((line) => JSON.parse(line) as Json)),
    ]),
  ) as NamespaceSnapshot;
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

const NUMBERS_OF_THE_MOMENT = [
  'ifindex',
  'link_index',
  'link_netnsid',
  'iif_netnsid',
  'handle',
  'refcnt',
  'packets',
  'bytes',
  'metainfo',
];
const TIMES = [
  'valid_life_time',
  'preferred_life_time',
  'expires',
  'used',
  'confirmed',
  'updated',
  'hello_timer',
  'tcn_timer',
  'gc_timer',
];
const BRIDGE_TIMES = [
  'topology_change_timer',
  'hold_timer',
  'message_age_timer',
  'forward_delay_timer',
  'fdb_n_learned',
];
// What a bridge once had from a port it keeps when that is gone.
const KEPT = ['tso_max_size', 'tso_max_segs', 'gso_max_size', 'gso_max_segs', 'gro_max_size'];
// The kernel tells these up to a second late.
const LATE = ['operstate', 'state', 'topology_change', 'topology_change_detected', 'linkdown'];
const BY_ITSELF = new Set([...NUMBERS_OF_THE_MOMENT, ...TIMES, ...BRIDGE_TIMES, ...KEPT, ...LATE]);
// The first number that was free when the port joined.
const PORT_NUMBERS = ['id', 'no', 'designated_port'];
const LATE_FLAGS = new Set(['NO-CARRIER', 'LOWER_UP', 'linkdown', 'dead']);

/** Without what changes by itself, in an order of our own. */
function canonical(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).filter(lasts).map(canonical).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  const isPort = 'designated_port' in (value as object);
  const kept = Object.entries(value as object).filter(
    ([key]) => !BY_ITSELF.has(key) && !(isPort && PORT_NUMBERS.includes(key)),
  ) as [string, Json][];
  return Object.fromEntries(kept.map(([key, inner]) => [key, canonical(inner)]));
}

const MULTICAST = /^(33:33|01:00:5e):/;

/** Link-local addresses, and what hangs on them, come and go with carrier; what a bridge learns, with traffic. */
function lasts(it: Json): boolean {
  if (typeof it === 'string') return !LATE_FLAGS.has(it);
  const { local, dst, mac, state } = it as { readonly [key in 'local' | 'dst' | 'mac' | 'state']?: Json };
  const linkLocal = [local, dst].some((address) => typeof address === 'string' && /^(fe80|ff00):/.test(address));
  const learned = typeof mac === 'string' && (state !== 'permanent' || MULTICAST.test(mac));
  return !linkLocal && !learned;
}

const byText = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
