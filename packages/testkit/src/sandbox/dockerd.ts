import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { ownCgroups, removeCgroups } from './cgroups.js';
import { imageFolder, isAnswering, whatIsMissing } from './container-engine.js';
import { TEST_IMAGE } from '../suites/engines.js';
import { onSandbox } from './on-sandbox.js';
import { type Sandbox, WORK_FOLDER } from './sandbox.js';

/** Programs, and the Debian packages that bring them. */
const NEEDED = {
  dockerd: 'docker.io',
  docker: 'docker-cli', // of docker.io before Debian 13
  containerd: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  busybox: 'busybox-static',
  tar: 'tar',
};

const SOCKET = '/run/docker.sock';
const FOLDER = `${WORK_FOLDER}/.dockerd`;
const PID_FILE = `${FOLDER}/pid`;
const LOG = `${FOLDER}/log`;

const PREPARE = `
mkdir -p ${FOLDER} /etc/docker
mount -t tmpfs none /etc/docker
${imageFolder(`${FOLDER}/image`)}
`;

const IMPORT = `
tar -C ${FOLDER}/image -c . |
  docker import -c 'CMD ["sleep", "1d"]' -c 'EXPOSE 6379' - ${TEST_IMAGE} > /dev/null
rm -r ${FOLDER}/image
`;

// The daemon unmounts what it has mounted; what is in use it leaves behind.
const CLEAN_UP = `
grep -o ' ${FOLDER}[^ ]*' /proc/self/mounts | sort -r | xargs -r -n 1 umount -l
umount -l /etc/docker
rm -rf ${FOLDER} ${SOCKET} /run/docker /run/containerd
`;

/**
 * A dockerd in a sandbox, with its files, its bridge and its containers. It listens where Docker's own does, and ends with
 * the sandbox at the latest.
 */
export class Dockerd {
  readonly #host: Sandbox;
  readonly #daemon: ChildProcess;
  readonly #group: string;

  private constructor(host: Sandbox, daemon: ChildProcess, group: string) {
    this.#host = host;
    this.#daemon = daemon;
    this.#group = group;
  }

  /** Resolves when it answers and has its image. */
  static async start(host: Sandbox): Promise<Dockerd> {
    const reason = whyNoDockerd();
    if (reason !== undefined) throw new Error(`A dockerd ${reason}`);
    const group = ownCgroups(host);
    await host.sh(PREPARE);
    const dockerd = new Dockerd(host, host.spawn(['sh', '-c', commandOf(group)]), group);
    await dockerd.#answers();
    await host.sh(IMPORT, { env: dockerd.#env });
    return dockerd;
  }

  /** Its socket as the outside reaches it. */
  get socket(): string {
    return this.#host.path(SOCKET);
  }

  /** What `docker …` prints; throws unless it ends with 0. */
  docker(...argv: readonly string[]): Promise<string> {
    return this.#host.output(['docker', ...argv], { env: this.#env });
  }

  /** Removes all containers, whether they run or not. */
  async removeContainers(): Promise<void> {
    const ids = (await this.docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.docker('rm', '--force', '--volumes', ...ids);
  }

  /** Ends it and its containers, in a sandbox that lives on; resolves when nothing of them is there. */
  async stop(): Promise<void> {
    await this.removeContainers();
    const ended = once(this.#daemon, 'exit');
    await this.#host.sh(`kill "$(cat ${PID_FILE})"`);
    await ended;
    await this.#host.sh(CLEAN_UP);
    await removeCgroups(this.#group);
  }

  /** Neither the machine's engine nor its user's settings. */
  get #env(): Readonly<Record<string, string>> {
    return { DOCKER_HOST: `unix://${SOCKET}`, DOCKER_CONFIG: FOLDER };
  }

  async #answers(): Promise<void> {
    for (let waited = 0; !(await isAnswering(this.socket)); waited += 20) {
      const { exitCode, signalCode } = this.#daemon;
      if (exitCode !== null || signalCode !== null || waited > 30_000)
        throw new Error(`no dockerd: ${await this.#lastWords()}`);
      await sleep(20);
    }
  }

  async #lastWords(): Promise<string> {
    const log = await this.#host.read(LOG).catch(() => 'its sandbox is gone');
    return log.trimEnd().split('\n').slice(-5).join('\n');
  }
}

const commandOf = (group: string): string =>
  [
    'exec dockerd',
    `--data-root ${FOLDER}/data --exec-root ${FOLDER}/exec --pidfile ${PID_FILE}`,
    `--host unix://${SOCKET} --cgroup-parent /${group}`,
    `> ${LOG} 2>&1`,
  ].join(' ');

/** What there must be installed for one to start; undefined where all is there. */
export const whyNoDockerd = (isThere?: (program: string) => boolean): string | undefined =>
  whatIsMissing(NEEDED, isThere);

/** A test that has a sandbox and a dockerd in it for itself: `test('…', onDockerd(async (host, engine) => …))`. */
export const onDockerd = (
  body: (host: Sandbox, engine: Dockerd) => Promise<void>,
): ((context: TestContext) => Promise<void>) => onSandbox(async (host) => body(host, await Dockerd.start(host)));
