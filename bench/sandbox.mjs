// A machine of its own, as far as networking goes, for this run.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustEqual, traces } from './state.mjs';

const INSIDE = 'PIPEWRIGHT_BENCH_INSIDE';

// /sys is mounted anew, as it shows the devices of the namespace that mounted it; control groups stay, for dockerd.
const MOUNTS = `
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mount -t tmpfs none /var/lib
mount -t tmpfs none /mnt
mkdir /run/.cgroup
mount --rbind /sys/fs/cgroup /run/.cgroup
mount -t sysfs none /sys
mount --rbind /run/.cgroup /sys/fs/cgroup
ip link set dev lo up
exec "$@"
`;

/** Runs `work` in a sandbox: starts this program again in one, unless it is that already. */
export async function insideSandbox(work) {
  if (process.env[INSIDE]) {
    delete process.env[INSIDE];
    return work();
  }
  const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', MOUNTS, 'sh'];
  const { PATH, PIPEWRIGHT_EXECUTOR = '' } = process.env;
  const { status } = spawnSync('unshare', [...words, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { PATH, PIPEWRIGHT_EXECUTOR, HOME: '/root', LC_ALL: 'C', NO_COLOR: '1', [INSIDE]: '1' },
  });
  process.exitCode = status ?? 1;
}

// The kernel removes namespaces behind our back, one after the other: when one that dies now is gone, so are those
// that died before, and none of that work is left for the next measurement.
const LAST_TO_DIE = `
ip netns add settle
ip link add name settle0 type veth peer name settle1 netns settle
ip netns del settle
while ip link show dev settle0 > /dev/null 2>&1; do sleep 0.01; done
`;

/** Does `work` and holds that it left nothing. */
export async function withoutTrace(work) {
  const before = traces();
  const result = await work();
  await settle();
  mustEqual(traces(), before, 'something is left');
  return result;
}

async function settle() {
  const { status, stderr } = spawnSync('sh', ['-ec', LAST_TO_DIE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  await sleep(100);
}
