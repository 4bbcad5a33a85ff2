import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { TEST_IMAGE } from '../suites/engines.js';
import { ownCgroups, removeCgroups } from './cgroups.js';
import { imageFolder, isAnswering, whatIsMissing } from './container-engine.js';
import { onSandbox } from './on-sandbox.js';
import { type Sandbox, WORK_FOLDER } from './sandbox.js';

/** Programs, and the Debian packages that bring them. */
const NEEDED = {
  podman: 'podman',
  conmon: 'conmon',
  runc: 'runc',
  iptables: 'iptables',
  busybox: 'busybox-static',
  tar: 'tar',
};

/** A program that is in no folder of PATH. */
const NETAVARK = '/usr/lib/podman/netavark';

const SOCKET = '/run/podman/podman.sock';
const FOLDER = `${WORK_FOLDER}/.podman`;
const PID_FILE = `${FOLDER}/pid`;
const LOG = `${FOLDER}/log`;

// crun runs nothing where control groups are of both versions; events and logs are not to go to the machine's journal.
const SETTINGS = `
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
[containers]
log_driver = "k8s-file"
`;

const STORAGE = `
[storage]
driver = "overlay"
graphroot = "${FOLDER}/storage"
runroot = "${FOLDER}/run"
`;

/** Where control groups of these file systems are mounted. */
const topsOf = (types: string): string => `$(awk '$3 ~ /^${types}$/ && !seen[$2]++ { print $2 }' /proc/self/mounts)`;

/**
 * Podman makes all control groups below one of a fixed name. What it takes for the top of each hierarchy is a group of our
 * own, for itself by a namespace of control groups. A new group of cpuset has neither processors nor memory.
 */
const prepare = (group: string): string => `
mkdir -p ${FOLDER} /etc/containers /run/podman
mount -t tmpfs none /etc/containers
printf %s '${SETTINGS}' > /etc/containers/containers.conf
printf %s '${STORAGE}' > /etc/containers/storage.conf
echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' > /etc/containers/policy.json
for top in ${topsOf('cgroup2?')}; do
  mkdir "$top/${group}"
  for it in cpuset.cpus cpuset.mems; do
    if [ -e "$top/$it" ]; then cat "$top/$it" > "$top/${group}/$it"; fi
  done
  mount --bind "$top/${group}" "$top"
done
${imageFolder(`${FOLDER}/image`)}
`;

// In version 2 a group with processes of its own has none below it that limits anything: the service goes into one below.
const SERVICE = `
for top in ${topsOf('cgroup2?')}; do echo $$ > "$top/cgroup.procs"; done
echo $$ > ${PID_FILE}
exec unshare --cgroup sh -euc '
for top in "$@"; do mkdir -p "$top/service"; echo $$ > "$top/service/cgroup.procs"; done
exec podman system service --time 0 unix://${SOCKET} > ${LOG} 2>&1
' sh ${topsOf('cgroup2')}
`;

const IMPORT = `
tar -C ${FOLDER}/image -c . |
  podman import --quiet --change 'CMD ["sleep", "1d"]' --change 'EXPOSE 6379' - localhost/${TEST_IMAGE} > /dev/null
rm -r ${FOLDER}/image
`;

const CLEAN_UP = `
grep -o ' ${FOLDER}[^ ]*' /proc/self/mounts | sort -r | xargs -r -n 1 umount -l
for top in ${topsOf('cgroup2?')}; do umount "$top"; done
umount -l /etc/containers
rm -rf ${FOLDER} /run/podman /run/libpod /run/crun /run/containers /run/netavark /var/lib/containers
`;

/**
 * Podman in a sandbox, with its files, its networks and its containers, and its API where its service listens by itself. All
 * of it ends with the sandbox at the latest.
 */
export class Podman {
  readonly #host: Sandbox;
  readonly #service: ChildProcess;
  readonly #group: string;

  private constructor(host: Sandbox, service: ChildProcess, group: string) {
    this.#host = host;
    this.#service = service;
    this.#group = group;
  }

  /** Resolves when it answers and has its image. */
  static async start(host: Sandbox): Promise<Podman> {
    const reason = whyNoPodman();
    if (reason !== undefined) throw new Error(`Podman ${reason}`);
    const group = ownCgroups(host);
    await host.sh(prepare(group));
    const podman = new Podman(host, host.spawn(['sh', '-c', SERVICE]), group);
    await podman.#answers();
    await host.sh(IMPORT);
    return podman;
  }

  /** Its socket as the outside reaches it. */
  get socket(): string {
    return this.#host.path(SOCKET);
  }

  /** What `podman …` prints; throws unless it ends with 0. It runs where the service does: what it makes is of the same groups. */
  async podman(...argv: readonly string[]): Promise<string> {
    const pid = (await this.#host.read(PID_FILE)).trim();
    return this.#host.output(['nsenter', `--cgroup=/proc/${pid}/ns/cgroup`, 'podman', ...argv]);
  }

  /** Removes all containers, whether they run or not, those first that use the namespace of another. */
  async removeContainers(): Promise<void> {
    const ids = (await this.podman('ps', '--all', '--quiet', '--no-trunc')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.podman('rm', '--force', '--depend', '--ignore', '--volumes', '--time', '0', ...ids);
  }

  /** Ends it and its containers, in a sandbox that lives on; resolves when nothing of them is there. */
  async stop(): Promise<void> {
    await this.removeContainers();
    const ended = once(this.#service, 'exit');
    await this.#host.sh(`kill "$(cat ${PID_FILE})"`);
    await ended;
    await this.#host.sh(CLEAN_UP);
    await removeCgroups(this.#group);
  }

  async #answers(): Promise<void> {
    for (let waited = 0; !(await isAnswering(this.socket)); waited += 20) {
      const { exitCode, signalCode } = this.#service;
      if (exitCode !== null || signalCode !== null || waited > 30_000)
        throw new Error(`no Podman: ${await this.#lastWords()}`);
      await sleep(20);
    }
  }

  async #lastWords(): Promise<string> {
    const log = await this.#host.read(LOG).catch(() => 'its sandbox is gone');
    return log.trimEnd().split('\n').slice(-5).join('\n');
  }
}

/** What there must be installed for one to start; undefined where all is there. */
export const whyNoPodman = (isThere?: (program: string) => boolean): string | undefined =>
  whatIsMissing({ ...NEEDED, [NETAVARK]: 'netavark' }, isThere);

/** A test that has a sandbox and Podman in it for itself: `test('…', onPodman(async (host, engine) => …))`. */
export const onPodman = (
  body: (host: Sandbox, engine: Podman) => Promise<void>,
): ((context: TestContext) => Promise<void>) => onSandbox(async (host) => body(host, await Podman.start(host)));
