import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats, statSync } from 'node:fs';
import type { Fault, FileText, NodeTarget, SurveyedNode } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { codeOf } from '../../file-system.js';
import type { NamespacePath } from './answers.js';

/** A node with the way into its namespace. */
export interface Located {
  readonly node: SurveyedNode;
  readonly path: NamespacePath;
  /** Holds a namespace that has no name of ours, so that a process that ends meanwhile is not mistaken for another. */
  readonly held?: number;
  /** The process by which it was found. */
  readonly pid?: number;
  /**
   * The folder in /proc of its process, held open, where what runs in it has a root of its own: of a process that ended
   * it tells nothing, even where another has its number now.
   */
  readonly process?: number;
  /** What files of it say that were asked for, where nobody reads them by that. */
  readonly texts?: readonly FileText[];
  /** Equal for one namespace, whatever way leads to it. */
  readonly inode?: number;
  /** A container that was made for the namespace of another. */
  readonly joined?: true;
}

/** Keeps a namespace open that has no name of ours. `missing` is what is wrong where there is none. */
export function hold(target: NodeTarget, path: string, missing: Fault | undefined): Located {
  let held: number;
  try {
    held = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH'].includes(String(codeOf(error)));
    return gone ? absent(target, missing) : refused(target, errors.notEntered(target.name, String(error)));
  }
  const its = fstatSync(held);
  const fault = refusal(target.name, path, held, its);
  if (!fault)
    return { node: { ...target, state: 'present' }, path: `/proc/${process.pid}/fd/${held}`, held, inode: its.ino };
  closeSync(held);
  return refused(target, fault);
}

function refusal(name: string, path: string, held: number, its: Stats): Fault | undefined {
  // Namespaces of all types are of one file system; some tell their type: `mnt:[4026531841]`.
  if (!isOfNamespaces(its) || /^(?!net:)\w+:\[/.test(readlinkSync(`/proc/self/fd/${held}`)))
    return errors.notANamespace(name, path);
  return isOwn(its) ? errors.hostNamespace(name) : undefined;
}

const own = once(() => statSync('/proc/self/ns/net'));

/** All namespaces are files of one file system, nsfs. */
export const isOfNamespaces = ({ dev }: Stats): boolean => dev === own().dev;

export const isOwn = (it: Stats): boolean => isOfNamespaces(it) && it.ino === own().ino;

function once<T>(work: () => T): () => T {
  let known: T | undefined;
  return () => (known ??= work());
}

export function absent(target: NodeTarget, fault: Fault | undefined): Located {
  return { node: { ...target, state: 'absent', ...(fault ? { fault } : {}) }, path: undefined };
}

export const refused = (target: NodeTarget, fault: Fault): Located => ({
  node: { ...target, state: 'refused', fault },
  path: undefined,
});

/** Lets go of what is held open. */
export const release = ({ held, process }: Located): void => {
  for (const fd of [held, process]) if (fd !== undefined) closeSync(fd);
};
