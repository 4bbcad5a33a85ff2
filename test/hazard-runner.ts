import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import {
  ExecaCommands,
  HttpEngines,
  loadLibc,
  Namespaces,
  NetlinkExecutor,
  NetlinkSocket,
  SystemClock,
} from '../packages/host/src/index.js';
import { netlink, type NetlinkOp, type Placement, type SurveyRequest } from '../packages/plugin/src/index.js';
import { CASE_KINDS } from '../packages/testkit/src/suites/executor-cases.js';

// Bundled by netlink-hazards.test.ts and run in a sandbox: does what its argument names and prints what it saw.

const host: Placement = { host: 'local' };
const a: Placement = { host: 'local', node: 'a' };
const RTM_DELLINK = 17;

const PARTS = {
  commands: new ExecaCommands(),
  engines: new HttpEngines(),
  clock: new SystemClock(),
  kinds: CASE_KINDS,
};

const ip = (...words: readonly string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

const namespacesOfThreads = (): readonly string[] => [
  ...new Set(readdirSync('/proc/self/task').map((it) => readlinkSync(`/proc/self/task/${it}/ns/net`))),
];

/** Starts all threads of libuv's pool, and waits for them. */
const fillPool = (): Promise<unknown> => Promise.all(Array.from({ length: 16 }, () => readFile('/proc/self/stat')));

async function executor(): Promise<NetlinkExecutor> {
  const it = new NetlinkExecutor(await loadLibc(), PARTS);
  await it.survey({
    topology: 't',
    nodes: [{ name: 'a', on: a, locator: { by: 'name', name: 't-a' } }],
    wanted: [],
    applied: [],
  });
  return it;
}

async function run(it: NetlinkExecutor, ...ops: readonly NetlinkOp[]): Promise<readonly string[]> {
  const failures = await it.run([{ on: host, ops }], { undo: false });
  return failures.map(({ op, message }) => `${String(ops.indexOf(op as NetlinkOp))}: ${message}`);
}

const dummy = (name: string, more = {}): NetlinkOp => netlink(host, 'link', 'add', { name, kind: 'bridge', ...more });

/** Names of the namespaces that this process holds. */
function heldNames(): readonly string[] {
  const held = new Set(readdirSync('/proc/self/fd').map((fd) => inodeOf(`/proc/self/fd/${fd}`)));
  return readdirSync('/run/netns').filter((it) => held.has(inodeOf(`/run/netns/${it}`)));
}

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

const hazards: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'hundreds of others'() {
    for (const name of ['t-a', 't-b', 'other', 'third']) {
      ip('netns', 'add', name);
      ip('link', 'add', `to-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    }
    const look = async (more: Pick<SurveyRequest, 'alone'>): Promise<unknown> => {
      const it = new NetlinkExecutor(await loadLibc(), PARTS);
      const nodes = [{ name: 'a', on: a, locator: { by: 'name', name: 't-a' } } as const];
      const { actual } = await it.survey({ topology: 't', nodes, wanted: [], applied: [], ...more });
      const held = heldNames();
      await it.close();
      return { held, peers: actual.flatMap(({ key, peer }) => (peer ? [`${key} ${peer.ref}`] : [])) };
    };
    return [await look({}), await look({ alone: true })];
  },
  async 'no carrier yet'() {
    ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    ip('link', 'set', 'v0', 'up');
    const it = await executor();
    const attrs = { dev: { ref: 'device:local/v0' }, address: '10.0.0.1/24' };
    const lost = await it.announce([{ on: host, ops: [netlink(host, 'address', 'add', attrs)] }]);
    ip('link', 'set', 'v1', 'up');
    while (ip('link', 'show', 'v0').includes('NO-CARRIER')) await new Promise((done) => setTimeout(done, 5));
    return { lost: lost.flatMap(({ ops }) => ops.length), then: await it.announce(lost) };
  },

  async threads() {
    const namespaces = new Namespaces(await loadLibc());
    ip('netns', 'add', 't-a');
    const fd = openSync('/run/netns/t-a', 'r');
    const inside = namespaces.within(fd, () => readlinkSync('/proc/thread-self/ns/net'));
    const thrown = await Promise.resolve()
      .then(() => namespaces.within(fd, (): unknown => JSON.parse('no')))
      .catch((it: unknown) => String(it));
    namespaces.make(() => undefined);
    await fillPool();
    const after = namespacesOfThreads();
    return { inside, thrown, after, own: readlinkSync('/proc/self/ns/net') };
  },

  /** What the rule is for: a thread that begins inside stays there. */
  async 'a thread started inside'() {
    const namespaces = new Namespaces(await loadLibc());
    ip('netns', 'add', 't-a');
    const thread = namespaces.within(
      openSync('/run/netns/t-a', 'r'),
      () => new Worker("require('node:worker_threads').parentPort.on('message', () => undefined)", { eval: true }),
    );
    await once(thread, 'online');
    return namespacesOfThreads().length;
  },

  async 'many failures'() {
    const socket = new NetlinkSocket(await loadLibc());
    const requests = Array.from({ length: 2000 }, (_, index) => {
      const body = new Uint8Array(16);
      new DataView(body.buffer).setInt32(4, 100_000 + index, true);
      return { type: RTM_DELLINK, flags: 0, body };
    });
    const answers = socket.send(requests);
    return {
      count: answers.length,
      inOrder: answers.every(({ request }, index) => request === requests[index]),
      errnos: [...new Set(answers.map(({ acknowledgement }) => acknowledgement.errno))],
    };
  },

  async attribution() {
    const it = await executor();
    return {
      name: await run(it, dummy('b1'), dummy('b2'), dummy('b1'), dummy('b3')),
      text: await run(
        it,
        netlink(host, 'link', 'set', { name: 'b1', up: true }),
        netlink(host, 'address', 'replace', { address: '10.1.0.1/24', dev: { ref: 'device:local//b1' } }),
        netlink(host, 'route', 'replace', {
          family: 4,
          to: '10.2.0.0/24',
          kind: 'unicast',
          via: '10.9.0.1',
          dev: { ref: 'device:local//b1' },
          table: 254,
          metric: 0,
        }),
      ),
      field: await run(it, dummy('b4', { mtu: 10 })),
      kind: await run(it, netlink(host, 'link', 'add', { name: 'x', kind: 'nosuchkind' })),
      missing: await run(it, netlink(host, 'link', 'set', { name: 'nosuch', up: true })),
    };
  },

  /** What is removed together goes by the kernel's groups: by its own, or by one that others have no part in. */
  async 'removed together'() {
    const it = await executor();
    const del = (...names: readonly string[]) => names.map((name) => netlink(host, 'link', 'del', { name }));
    const left = (): unknown =>
      (JSON.parse(ip('-j', 'link', 'show', 'type', 'bridge')) as { readonly ifname: string; readonly group: string }[])
        .map(({ ifname, group }) => `${ifname} ${group}`)
        .sort();
    for (const name of ['b1', 'b2', 'b3', 'b4', 'b5', 'b6']) ip('link', 'add', name, 'type', 'bridge');
    for (const name of ['b1', 'b2', 'b3', 'b4']) ip('link', 'set', name, 'group', '77');
    ip('link', 'set', 'b5', 'group', String(0x7fff_ffff));
    const seen = [await run(it, ...del('b1', 'nosuch', 'b2')), left(), await run(it, ...del('b3', 'b4')), left()];
    return [...seen, await run(it, ...del('b5', 'b6')), left()];
  },

  /** Device 1 is `lo` in both: an address for one namespace must not land on the other's. */
  async 'wrong namespace'() {
    ip('netns', 'add', 't-a');
    const it = await executor();
    const failures = await run(
      it,
      netlink(a, 'address', 'replace', { address: '10.77.0.1/24', dev: { ref: 'device:local/a/lo' } }),
    );
    return { failures, host: ip('-o', 'addr', 'show', 'lo'), node: ip('-n', 't-a', '-o', 'addr', 'show', 'lo') };
  },

  async 'peer up'() {
    ip('netns', 'add', 't-a');
    const it = await executor();
    const peer = { on: a, attrs: { name: 'eth0', kind: 'veth', up: true } };
    const failures = await run(
      it,
      netlink(host, 'link', 'add', { name: 'h', kind: 'veth', up: true, peer }),
      netlink(a, 'link', 'set', { name: 'eth0', up: true }),
    );
    return { failures, node: ip('-n', 't-a', '-o', 'link', 'show', 'eth0') };
  },

  async queues() {
    ip('netns', 'add', 't-a');
    const peer = { on: a, attrs: { name: 'eth0', kind: 'veth' } };
    await run(await executor(), netlink(host, 'link', 'add', { name: 'h', kind: 'veth', peer }));
    const queues = (...args: string[]): readonly number[] => {
      const [device] = JSON.parse(ip('-j', '-d', ...args)) as [{ num_tx_queues: number; num_rx_queues: number }];
      return [device.num_tx_queues, device.num_rx_queues];
    };
    return { host: queues('link', 'show', 'dev', 'h'), node: queues('-n', 't-a', 'link', 'show', 'dev', 'eth0') };
  },

  async 'at once again'() {
    const failures: string[] = [];
    for (let round = 0; round < 20; round++) {
      const it = await executor();
      await it.run([{ on: host, ops: [{ op: 'namespace', on: host, verb: 'add', name: 't-a' }] }], { undo: false });
      const peer = { on: a, attrs: { name: 'eth0', kind: 'veth' } };
      failures.push(...(await run(it, netlink(host, 'link', 'add', { name: 'h', kind: 'veth', peer }))));
      await it.survey({
        topology: 't',
        nodes: [{ name: 'a', on: a, locator: { by: 'name', name: 't-a' } }],
        wanted: [],
        applied: [],
      });
      await it.run([{ on: host, ops: [{ op: 'namespace', on: host, verb: 'del', name: 't-a' }] }], { undo: false });
    }
    return failures;
  },

  async 'the MAC address of what dies'() {
    const mac = '02:00:00:00:00:07';
    ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    ip('link', 'set', 'v0', 'up');
    ip('netns', 'add', 't-a');
    ip('link', 'add', 'm0', 'netns', 't-a', 'address', mac, 'link', 'v0', 'type', 'macvlan');
    ip('-n', 't-a', 'link', 'set', 'm0', 'up');
    const it = await executor();
    await it.run([{ on: host, ops: [{ op: 'namespace', on: host, verb: 'del', name: 't-a' }] }], { undo: false });
    const attrs = { name: 'm1', kind: 'macvlan', mac, up: true, link: { ref: 'device:local//v0' } };
    return run(it, netlink(host, 'link', 'add', attrs));
  },

  async 'not a network namespace'() {
    const it = new NetlinkExecutor(await loadLibc(), PARTS);
    const { nodes } = await it.survey({
      topology: 't',
      nodes: [{ name: 'a', on: a, locator: { by: 'path', path: '/proc/self/ns/mnt' } }],
      wanted: [],
      applied: [],
    });
    return nodes.map(({ state, fault }) => [state, fault?.code, namespacesOfThreads().length]);
  },

  async 'while others work'() {
    const it = await executor();
    const churn = 'while :; do ip link add name c type veth peer name d; ip link del dev c; done';
    const other = spawn('sh', ['-c', churn], { stdio: 'ignore' });
    const counts = new Set<number>();
    for (let look = 0; look < 300; look++) {
      const { actual } = await it.survey({ topology: 't', nodes: [], wanted: [], applied: [] });
      counts.add(actual.filter(({ type }) => type === 'device').length);
    }
    other.kill();
    return [...counts].sort();
  },
};

async function main(): Promise<void> {
  const hazard = hazards[process.argv[2] ?? ''];
  if (!hazard) throw new Error(`no hazard ${String(process.argv[2])}`);
  process.stdout.write(JSON.stringify(await hazard()));
}

void main().then(() => process.exit(0));
