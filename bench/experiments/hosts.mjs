// Several machines over ssh: namespaces of network, mounts and processes, each with its own sshd, on one bridge. Needs sshd
// and ssh (Debian: openssh-server, openssh-client).
import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTurns, printed } from '../measure.mjs';
import { pipewright } from '../programs.mjs';
import { mustEqual } from '../state.mjs';

export const gives = ['hosts', 'hosts-trips', 'hosts-trips-again'];

const HOSTS = 8;
const NODES = 25;
const FEW = 2;

export async function run(setting, wanted) {
  const machines = await startMachines();
  try {
    const found = {};
    if (wanted.includes('hosts')) found.hosts = await allAndAlone(setting);
    if (wanted.some((it) => it.startsWith('hosts-trips'))) Object.assign(found, trips(setting));
    return found;
  } finally {
    await machines.stop();
  }
}

const numbers = Array.from({ length: HOSTS }, (_, index) => index + 1);

/** On all at once, and what the slowest of them takes alone. */
async function allAndAlone(setting) {
  const change = (hosts) => {
    const file = topology(hosts, NODES);
    const ms = pipewright(setting, 'up', file);
    pipewright(setting, 'down', file);
    return ms;
  };
  const alone = Object.fromEntries(numbers.map((it) => [`h${it}`, () => change([it])]));
  const { all, ...each } = await inTurns(setting.repeat, { all: () => change(numbers), ...alone });
  mustEqual(namespacesThere(), [], 'something is left');
  // By its fastest run: of eight, one is always hit by what else the machine does.
  return { ours: all, other: [Math.max(...Object.values(each).map((runs) => Math.min(...runs)))] };
}

/** Scripts that went to one of them: of many nodes beyond those of few, and of an `up` that finds nothing to do. */
function trips(setting) {
  const sent = (file) => {
    rmSync(SENT, { force: true });
    pipewright(setting, 'up', file, { env: { PATH: `${COUNTING}:${process.env.PATH}` } });
    return readFileSync(SENT, 'utf8')
      .split('\n')
      .filter((line) => line === 'pw_main').length;
  };
  const counts = [FEW, NODES].map((nodes) => {
    const file = topology([1], nodes);
    const [first, again] = [sent(file), sent(file)];
    pipewright(setting, 'down', file);
    return { first, again };
  });
  const [few, many] = counts;
  return {
    'hosts-trips': { ours: [many.first - few.first] },
    'hosts-trips-again': { ours: counts.map(({ again }) => again) },
  };
}

const namespacesThere = () =>
  numbers.flatMap((it) =>
    printed(['ssh', `root@${addressOf(it)}`, 'ls /run/netns'])
      .split('\n')
      .filter(Boolean),
  );

const addressOf = (number) => `198.51.100.${number}`;

/** A network on each, with its nodes. */
function topology(hosts, nodes) {
  const entries = hosts.flatMap((host) =>
    Array.from({ length: nodes }, (_, index) => [`n${host}-${index}`, { host: `h${host}`, networks: [`lan${host}`] }]),
  );
  const file = '/mnt/hosts.yaml';
  writeFileSync(
    file,
    JSON.stringify({
      name: 'wide',
      hosts: Object.fromEntries(hosts.map((it) => [`h${it}`, { ssh: `root@${addressOf(it)}` }])),
      networks: Object.fromEntries(hosts.map((it) => [`lan${it}`, { kind: 'bridge', subnet: `10.${it}.0.0/16` }])),
      nodes: Object.fromEntries(entries),
    }),
  );
  return file;
}

const [COUNTING, SENT] = ['/mnt/counting', '/mnt/sent'];

/** Homes and settings of this run's own: neither ssh nor a shell reads the user's. */
const PREPARE = `
mkdir -p /mnt/home /mnt/ssh ${COUNTING}
ssh-keygen -qt ed25519 -N '' -f /mnt/ssh/key
sed 's,^root:.*,root:x:0:0:root:/mnt/home:/bin/sh,' /etc/passwd > /mnt/ssh/passwd
mount --bind /mnt/ssh/passwd /etc/passwd
echo "198.51.100.* $(cat /mnt/ssh/key.pub)" > /mnt/ssh/known
cat > /mnt/ssh/sshd_config << END
HostKey /mnt/ssh/key
AuthorizedKeysFile /mnt/ssh/key.pub
StrictModes no
UsePAM no
PidFile none
END
mount -t tmpfs none /etc/ssh
printf '%s\\n' 'IdentityFile /mnt/ssh/key' 'GlobalKnownHostsFile /mnt/ssh/known' > /etc/ssh/ssh_config
printf '#!/bin/sh\\ntee -a ${SENT} | %s "$@"\\n' "$(command -v ssh)" > ${COUNTING}/ssh
chmod +x ${COUNTING}/ssh
ip link add name underlay type bridge
ip addr add ${addressOf(254)}/24 dev underlay
ip link set dev underlay up
`;

const MACHINE = `
mount -t tmpfs none /run
mkdir -p /run/sshd /run/netns
mount -t tmpfs none /var/lib
ip link set dev lo up
until ip link set dev uplink up 2> /dev/null; do sleep 0.02; done
ip addr add $1/24 dev uplink
exec /usr/sbin/sshd -D -f /mnt/ssh/sshd_config
`;

async function startMachines() {
  printed(['sh', '-ec', PREPARE]);
  const running = numbers.map((it) => {
    const own = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    return spawn('unshare', [...own, 'sh', '-ec', MACHINE, 'sh', addressOf(it)], { stdio: 'ignore' });
  });
  const ended = running.map((it) => new Promise((resolve) => it.on('exit', resolve)));
  for (const [index, { pid }] of running.entries()) await join(`port${index + 1}`, pid);
  printed(['sh', '-ec', numbers.map((it) => `until ssh root@${addressOf(it)} true; do sleep 0.05; done`).join('\n')]);
  return {
    stop: async () => {
      for (const it of running) it.kill('SIGKILL');
      await Promise.all(ended);
      printed(['sh', '-ec', 'ip link del dev underlay; umount /etc/ssh /etc/passwd']);
    },
  };
}

/** A cable from the bridge, as soon as the machine is apart from ours. */
async function join(port, pid) {
  const networkOf = (process) => readlinkSync(`/proc/${process}/ns/net`);
  while (networkOf(pid) === networkOf('self')) await sleep(5);
  printed(['ip', 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', String(pid)]);
  printed(['ip', 'link', 'set', 'dev', port, 'master', 'underlay', 'up']);
}
