import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat, statfs } from 'node:fs/promises';
import type { Commands, Fault, NodeTarget, SurveyedNode } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { codeOf } from '../../file-system.js';
import type { NamespacePath } from './answers.js';

export const NAMED = '/run/netns';

/** A node with the way into its namespace. */
export interface Located {
  readonly node: SurveyedNode;
  readonly path: NamespacePath;
  /** Holds a namespace that has no name of ours, so that a process that ends meanwhile is not mistaken for another. */
  readonly held?: FileHandle;
}

const QUERY_TIMEOUT_MS = 10_000;
const NSFS_MAGIC = 0x6e736673; // linux/magic.h

export async function locate(target: NodeTarget, commands: Commands): Promise<Located> {
  const { locator, name } = target;
  switch (locator.by) {
    case 'host':
      return { node: { ...target, state: 'present' }, path: undefined };
    case 'name':
      return named(target, `${NAMED}/${locator.name}`);
    case 'path':
      return hold(target, locator.path, errors.noSuchNamespace(name, locator.path));
    case 'pid':
      return hold(target, pathOf(locator.pid), errors.noSuchProcess(name, locator.pid));
    case 'query':
      return queried(target, locator.argv, commands);
  }
}

const pathOf = (pid: number): string => `/proc/${pid}/ns/net`;

async function queried(target: NodeTarget, argv: readonly string[], commands: Commands): Promise<Located> {
  const { code, stdout, stderr } = await commands.run(argv, { timeoutMs: QUERY_TIMEOUT_MS });
  const pid = Number(stdout.trim());
  // Engines print 0 for a container that does not run.
  if (code !== 0 || !Number.isInteger(pid) || pid <= 0)
    return absent(target, errors.notRunning(target.name, argv, (code === 0 ? stdout : stderr).trim()));
  return hold(target, pathOf(pid), errors.noSuchProcess(target.name, pid));
}

/** A named namespace may come and go while we work on it: its path is what lasts. */
async function named(target: NodeTarget, path: string): Promise<Located> {
  const { node, held } = await hold(target, path, undefined);
  await held?.close();
  // What is left of a crash between making the file and mounting the namespace on it.
  if (node.fault?.code === errors.notANamespace.code) return { node: { ...target, state: 'absent' }, path };
  return { node, path };
}

async function hold(target: NodeTarget, path: string, missing: Fault | undefined): Promise<Located> {
  let held: FileHandle;
  try {
    held = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH'].includes(String(codeOf(error)));
    return gone ? absent(target, missing) : refused(target, errors.notEntered(target.name, String(error)));
  }
  const fd = `/proc/${process.pid}/fd/${held.fd}`;
  const fault = await refusal(target.name, path, fd);
  if (!fault) return { node: { ...target, state: 'present' }, path: fd, held };
  await held.close();
  return refused(target, fault);
}

async function refusal(name: string, path: string, fd: string): Promise<Fault | undefined> {
  if (!(await isNamespace(fd))) return errors.notANamespace(name, path);
  const [own, its] = await Promise.all([stat('/proc/self/ns/net'), stat(fd)]);
  return own.ino === its.ino && own.dev === its.dev ? errors.hostNamespace(name) : undefined;
}

export const isNamespace = async (path: string): Promise<boolean> => (await statfs(path)).type === NSFS_MAGIC;

function absent(target: NodeTarget, fault: Fault | undefined): Located {
  return { node: { ...target, state: 'absent', ...(fault ? { fault } : {}) }, path: undefined };
}

const refused = (target: NodeTarget, fault: Fault): Located => ({
  node: { ...target, state: 'refused', fault },
  path: undefined,
});

/** What is in /run/netns: namespaces, and files that are none (any more). */
export async function namedNamespaces(): Promise<{
  readonly namespaces: readonly string[];
  readonly stale: ReadonlySet<unknown>;
}> {
  const names = await readdir(NAMED).catch(() => []);
  const mounted = await Promise.all(names.map(async (name) => isNamespace(`${NAMED}/${name}`).catch(() => false)));
  return {
    namespaces: names.filter((_, index) => mounted[index]).sort(),
    stale: new Set(names.filter((_, index) => mounted[index] === false)),
  };
}
