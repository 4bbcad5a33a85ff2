import { readdirSync, statSync } from 'node:fs';
import { filesOfNames, NAMED } from '../executor/survey/locate.js';
import { textOf } from '../text-of.js';

/** A network namespace other than the host's own, with the ways that lead to it. */
export interface FoundNamespace {
  /** No other namespace has it while this one lives. */
  readonly inode: number;
  /** As `ip netns` lists it. */
  readonly name: string | null;
  /** A file that is the namespace. */
  readonly path: string;
  /** The processes in it. */
  readonly pids: readonly number[];
}

/** All namespaces that have a name or a process. One that only a descriptor or another bind mount holds is not seen. */
export function findNamespaces(): readonly FoundNamespace[] {
  const own = statSync('/proc/self/ns/net');
  /** Undefined for what is gone, is not ours to see, or is no namespace (any more). */
  const inodeOf = (path: string): number | undefined => {
    try {
      const { dev, ino } = statSync(path);
      return dev === own.dev && ino !== own.ino ? ino : undefined;
    } catch {
      return undefined;
    }
  };
  const found = new Map<number, FoundNamespace>();
  for (const name of filesOfNames()) {
    const path = `${NAMED}/${name}`;
    const inode = inodeOf(path);
    if (inode !== undefined && !found.has(inode)) found.set(inode, { inode, name, path, pids: [] });
  }
  for (const pid of pidsOfAll()) {
    const path = `/proc/${pid}/ns/net`;
    const inode = inodeOf(path);
    if (inode === undefined) continue;
    const known = found.get(inode) ?? { inode, name: null, path, pids: [] };
    found.set(inode, { ...known, pids: [...known.pids, pid] });
  }
  return [...found.values()];
}

const pidsOfAll = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

/** The control groups that a process is in, as the host sees them; empty for one that ended meanwhile. */
export const controlGroupsOf = (pid: number): string => textOf(`/proc/${pid}/cgroup`);
