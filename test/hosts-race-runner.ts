import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { writeFileBlock } from '../packages/host/src/files/file-block.js';

// Bundled by hosts-race.test.ts and run in a sandbox: whoever has a container's root exchanges its hosts file, or the folder
// that it is in, for a symbolic link to the host's, all the time, while the file is written to. Prints whom that led astray.

const ROOT = '/mnt/root';
const CANARY = '/mnt/canary';
const THEIRS = '127.0.0.1\tlocalhost\n';

const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

interface Koffi {
  load(library: null): { func(prototype: string): (...args: readonly unknown[]) => number };
}

/** It is the host package's. */
const libc = (createRequire(process.argv[1] ?? '')('koffi') as Koffi).load(null);
const define = (prototype: string) => libc.func(prototype);

interface Tally {
  tries: number;
  written: number;
  refused: number;
  /** The host's file was written to. */
  astray: number;
}

/** What is exchanged for what. */
const ATTACKS = {
  file: [`${ROOT}/etc/hosts`, `${ROOT}/etc/other`],
  folder: [`${ROOT}/etc`, `${ROOT}/other`],
} as const;
type Attack = keyof typeof ATTACKS;

/** Ways to write to the hosts file of a process. */
const WRITERS: Readonly<Record<string, (pid: number, process: number, text: string) => void>> = {
  ours: (_, process, text) => {
    const op = { op: 'file-block', on: { host: 'local', node: 'web' }, path: '/etc/hosts', topology: 't' } as const;
    writeFileBlock({ ...op, lines: [text], copyOf: '' }, { process });
  },
  /** Looks first. */
  looks: (pid, _, text) => {
    const path = `/proc/${String(pid)}/root/etc/hosts`;
    if (lstatSync(path).isSymbolicLink()) throw new Error('is a symbolic link');
    writeFileSync(path, text);
  },
  /** Follows no link in the last step. */
  'no-follow': (pid, _, text) => {
    const { O_WRONLY, O_NOFOLLOW } = constants;
    const fd = openSync(`/proc/${String(pid)}/root/etc/hosts`, O_WRONLY | O_NOFOLLOW);
    writeFileSync(fd, text);
    closeSync(fd);
  },
};

/** A process whose root that is. */
async function guest(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'guest'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** Exchanges the two until it is ended. */
async function attacker(attack: Attack): Promise<ChildProcess> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'attacker', attack], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

function prepare(attack: Attack): void {
  for (const folder of [`${ROOT}/etc`, CANARY]) mkdirSync(folder, { recursive: true });
  for (const file of [`${ROOT}/etc/hosts`, `${CANARY}/hosts`]) writeFileSync(file, THEIRS);
  const [, link] = ATTACKS[attack];
  symlinkSync(attack === 'file' ? `${CANARY}/hosts` : CANARY, link);
}

function attempt(writer: string, pid: number, folder: number, tally: Tally): void {
  tally.tries++;
  try {
    WRITERS[writer]?.(pid, folder, `10.0.0.${String(tally.tries % 250)}\tdb`);
    tally.written++;
  } catch (error) {
    // Whoever wins is told so; all else is a fault of the test.
    if (!/symbolic link|ELOOP|ENOTDIR|ENOENT|changed by others/.test(String(error))) throw error;
    tally.refused++;
  }
  const isWhole = readFileSync(`${CANARY}/hosts`, 'utf8') === THEIRS && readdirSync(CANARY).length === 1;
  if (isWhole) return;
  tally.astray++;
  writeFileSync(`${CANARY}/hosts`, THEIRS);
}

/** Writes that often; one that is to lose, until it has. */
async function race(attack: Attack, writer: string, tries: number, losing: boolean): Promise<Tally> {
  prepare(attack);
  const [inside, rival] = [await guest(), await attacker(attack)];
  const tally = { tries: 0, written: 0, refused: 0, astray: 0 };
  const folder = openSync(`/proc/${String(inside.pid)}`, constants.O_RDONLY | constants.O_DIRECTORY);
  while (tally.tries < tries && !(losing && tally.astray > 0)) attempt(writer, inside.pid ?? 0, folder, tally);
  if (rival.exitCode !== null) throw new Error('nobody raced');
  const ended = [inside, rival].map((it) => once(it, 'exit'));
  for (const it of [inside, rival]) it.kill('SIGKILL');
  await Promise.all(ended);
  return tally;
}

const PARTS: Readonly<Record<string, (...words: readonly string[]) => unknown>> = {
  race: async (attack, writer = '', tries, losing) =>
    process.stdout.write(JSON.stringify(await race(attack as Attack, writer, Number(tries), losing === 'losing'))),

  guest: () => {
    if (define('int chroot(const char *path)')(ROOT) !== 0) throw new Error('no root');
    process.chdir('/');
    process.stdout.write('here\n');
    process.stdin.resume();
  },

  attacker: (attack) => {
    const exchange = define('int renameat2(int olddir, const char *old, int newdir, const char *new, uint32_t flags)');
    const [one, other] = ATTACKS[attack as Attack];
    process.stdout.write('here\n');
    for (;;) exchange(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
  },
};

const [, , part = '', ...words] = process.argv;
void Promise.resolve(PARTS[part]?.(...words)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
