import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { type Commands, type Fault, type NodeTarget, placeKey, type SurveyedNode } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { codeOf } from '../../file-system.js';
import type { NamespacePath } from './answers.js';

export const NAMED = '/run/netns';

/** A node with the way into its namespace. */
export interface Located {
  readonly node: SurveyedNode;
  readonly path: NamespacePath;
  /** Holds a namespace that has no name of ours, so that a process that ends meanwhile is not mistaken for another. */
  readonly held?: number;
}

const QUERY_TIMEOUT_MS = 10_000;

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
function named(target: NodeTarget, path: string): Located {
  const its = statSync(path, { throwIfNoEntry: false });
  // What is left of a crash between making the file and mounting the namespace on it is no namespace.
  if (!its || !isOfNamespaces(its)) return { node: { ...target, state: 'absent' }, path: its && path };
  return isOwn(its)
    ? refused(target, errors.hostNamespace(target.name))
    : { node: { ...target, state: 'present' }, path };
}

function hold(target: NodeTarget, path: string, missing: Fault | undefined): Located {
  let held: number;
  try {
    held = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH'].includes(String(codeOf(error)));
    return gone ? absent(target, missing) : refused(target, errors.notEntered(target.name, String(error)));
  }
  const fault = refusal(target.name, path, held);
  if (!fault) return { node: { ...target, state: 'present' }, path: `/proc/${process.pid}/fd/${held}`, held };
  closeSync(held);
  return refused(target, fault);
}

function refusal(name: string, path: string, held: number): Fault | undefined {
  const its = fstatSync(held);
  // Namespaces of all types are of one file system; some tell their type: `mnt:[4026531841]`.
  if (!isOfNamespaces(its) || /^(?!net:)\w+:\[/.test(readlinkSync(`/proc/self/fd/${held}`)))
    return errors.notANamespace(name, path);
  return isOwn(its) ? errors.hostNamespace(name) : undefined;
}

const own = once(() => statSync('/proc/self/ns/net'));

/** All namespaces are files of one file system, nsfs. */
const isOfNamespaces = ({ dev }: Stats): boolean => dev === own().dev;

const isOwn = (it: Stats): boolean => isOfNamespaces(it) && it.ino === own().ino;

function once<T>(work: () => T): () => T {
  let known: T | undefined;
  return () => (known ??= work());
}

function isNamespace(path: string): boolean {
  const its = statSync(path, { throwIfNoEntry: false });
  return its !== undefined && isOfNamespaces(its);
}

function absent(target: NodeTarget, fault: Fault | undefined): Located {
  return { node: { ...target, state: 'absent', ...(fault ? { fault } : {}) }, path: undefined };
}

const refused = (target: NodeTarget, fault: Fault): Located => ({
  node: { ...target, state: 'refused', fault },
  path: undefined,
});

/** A named namespace is found by its name even if it is made only later. */
export function wayOf({ node, path }: Located): readonly (readonly [string, NamespacePath])[] {
  if (node.state === 'refused') return [];
  const way = node.locator.by === 'name' ? `${NAMED}/${node.locator.name}` : path;
  return way === undefined ? [] : [[placeKey(node.on), way]];
}

/** What is in /run/netns: namespaces, and files that are none (any more). */
export function namedNamespaces(): { readonly namespaces: readonly string[]; readonly stale: ReadonlySet<unknown> } {
  const names = filesOfNames();
  const mounted = names.map((name) => isNamespace(`${NAMED}/${name}`));
  return {
    namespaces: names.filter((_, index) => mounted[index]),
    stale: new Set(names.filter((_, index) => mounted[index] === false)),
  };
}

/** What is in /run/netns, whatever it is. */
export function filesOfNames(): readonly string[] {
  try {
    return readdirSync(NAMED).sort();
  } catch {
    return [];
  }
}

/** Removes a file that a crash left between its making and the mounting of a namespace on it. */
export function removeStale(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === true && file.size === 0 && !isNamespace(path)) unlinkSync(path);
}
