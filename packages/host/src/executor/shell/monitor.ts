import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Listening } from '@pipewright/plugin';

/** Of all namespaces that have a number here, as those have that a cable leads to. */
const WORDS = ['monitor', 'link', 'address', 'route', 'rule', 'all-nsid'];

/** What the kernel tells, as `ip monitor` prints it. */
export class Monitor implements Listening {
  readonly #child: ChildProcess;
  #listens = false;
  #heard = false;

  constructor() {
    const { spawn } = process.getBuiltinModule('node:child_process'); // late: it is for `watch` alone
    this.#child = spawn('ip', WORDS, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child.stdout?.on('data', () => (this.#heard = true));
    // Who goes on looking by himself finds what it does not tell.
    this.#child.on('error', () => undefined);
  }

  /** Once it listens, true: of what happened before nobody has told. */
  heard(): boolean {
    const begins = !this.#listens && isInGroup(this.#child.pid);
    this.#listens ||= begins;
    const heard = this.#heard || begins;
    this.#heard = false;
    return heard;
  }

  close(): void {
    this.#child.kill();
  }
}

/** Whether a process has a netlink socket that hears of something: in /proc/net/netlink, columns 4 and 10. */
function isInGroup(pid: number | undefined): boolean {
  try {
    const folder = `/proc/${String(pid)}/fd`;
    const files = new Set(readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`)));
    const rows = readFileSync('/proc/net/netlink', 'utf8').split('\n');
    return rows
      .map((row) => row.trim().split(/\s+/))
      .some(
        ([, , , groups, , , , , , inode]) => /[1-9a-f]/.test(groups ?? '') && files.has(`socket:[${String(inode)}]`),
      );
  } catch {
    return false; // it ended meanwhile, or has not begun
  }
}
