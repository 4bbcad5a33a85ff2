// What containers cost, beside what Docker itself takes for them. Needs dockerd and busybox (Debian: docker.io,
// busybox-static); the daemon runs in the benchmark's own namespaces, with all that it keeps.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTurns, printed, timed } from '../measure.mjs';
import { bareNode, cliOf, pipewright } from '../programs.mjs';

export const gives = ['container-attach', 'containers', 'observe'];

const FOLDER = '/mnt/docker';
const SOCKET = '/run/docker.sock';
const FEW = 50;

export async function run(setting, wanted) {
  const engine = await startDocker();
  try {
    const found = {};
    if (wanted.includes('container-attach')) found['container-attach'] = await attach(setting);
    if (wanted.includes('containers')) found.containers = await wire(setting);
    if (wanted.includes('observe')) found.observe = await observe(setting);
    return found;
  } finally {
    await engine.stop();
  }
}

/** One nic for a running container, and what it is held against: one and a half times Node, and one question to Docker. */
async function attach(setting) {
  start(1);
  const words = ['c0', '--network', 'br9', '--address', '10.40.0.2/24'];
  const found = await inTurns(setting.repeat * 3, {
    ours: () => {
      const ms = timed([...cliOf(setting), 'attach', ...words, '--quiet']);
      timed([...cliOf(setting), 'detach', 'c0', '--quiet']);
      return ms;
    },
    node: bareNode,
    inspect: () => inspectMs('c0'),
  });
  const other = found.node.map((ms, index) => 1.5 * ms + found.inspect[index]);
  return { ours: found.ours, other };
}

/** Two nics each for containers that run: `up`, a container. */
async function wire(setting) {
  start(FEW);
  const file = topology(FEW, ['front', 'back']);
  const ours = [];
  for (let round = 0; round < setting.repeat; round++) {
    ours.push(pipewright(setting, 'up', file) / FEW);
    pipewright(setting, 'down', file);
  }
  return { ours };
}

/** Looking at all of them: what it takes beyond looking at one. */
async function observe(setting) {
  start(setting.nodes);
  const [all, one] = [topology(setting.nodes, [], 'all'), topology(1, [], 'one')];
  const look = (file) => timed([...cliOf(setting), 'plan', '-f', file, '--quiet']);
  const found = await inTurns(setting.repeat, { all: () => look(all), one: () => look(one) });
  return { ours: found.all.map((ms, index) => ms - found.one[index]) };
}

function topology(containers, networks, name = 'lab') {
  const nodes = Array.from({ length: containers }, (_, i) => [`c${i}`, { kind: 'docker', networks }]);
  const file = `/mnt/${name}.yaml`;
  const subnets = networks.map((it, i) => [it, { kind: 'bridge', subnet: `10.${60 + i}.0.0/16` }]);
  writeFileSync(
    file,
    JSON.stringify({ name, networks: Object.fromEntries(subnets), nodes: Object.fromEntries(nodes) }),
  );
  return file;
}

/** Containers c0, c1, …: as many as that run afterwards. */
function start(containers) {
  const running = printed(['docker', 'ps', '--quiet']).split('\n').filter(Boolean).length;
  for (let i = running; i < containers; i++)
    printed(['docker', 'run', '--detach', '--name', `c${i}`, '--network', 'none', 'busybox']);
}

function inspectMs(name) {
  const url = `http://docker/containers/${name}/json`;
  const format = ['-s', '-o', '/dev/null', '-w', '%{time_total}'];
  return 1000 * Number(printed(['curl', ...format, '--unix-socket', SOCKET, url]));
}

async function startDocker() {
  const group = `pipewright-bench-${process.ppid}-${Date.now()}`;
  mkdirSync(`${FOLDER}/image/bin`, { recursive: true });
  printed(['sh', '-ec', `cp "$(command -v busybox)" ${FOLDER}/image/bin/ && ln -s busybox ${FOLDER}/image/bin/sleep`]);
  printed(['sh', '-ec', 'mount -t tmpfs none /etc/docker']);
  const where = ['--data-root', `${FOLDER}/data`, '--exec-root', `${FOLDER}/exec`, '--pidfile', `${FOLDER}/pid`];
  const words = [...where, '--host', `unix://${SOCKET}`, '--cgroup-parent', `/${group}`];
  const daemon = spawn('dockerd', words, { stdio: 'ignore' });
  const ended = new Promise((resolve) => daemon.on('exit', resolve));
  for (let waited = 0; !existsSync(SOCKET) && waited < 300; waited++) await sleep(50);
  printed(['sh', '-ec', `tar -C ${FOLDER}/image -c . | docker import -c 'CMD ["sleep","1d"]' - busybox`]);
  return {
    stop: async () => {
      printed(['sh', '-c', 'docker ps --all --quiet | xargs -r docker rm --force']);
      daemon.kill();
      await ended;
      printed([
        'sh',
        '-c',
        `grep -o ' ${FOLDER}[^ ]*' /proc/self/mounts | sort -r | xargs -r -n 1 umount -l; umount -l /etc/docker`,
      ]);
      removeGroups(group);
    },
  };
}

/** Control groups are the machine's: they do not end with the namespaces. */
function removeGroups(group) {
  const root = '/sys/fs/cgroup';
  for (const folder of [root, ...readdirSync(root).map((it) => `${root}/${it}`)])
    if (existsSync(`${folder}/${group}`)) rmdirSync(`${folder}/${group}`);
}
