import { readdirSync, statSync } from 'node:fs';
import type { Commands } from '@pipewright/plugin';
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
export interface SeenNamespaces {
  readonly all: readonly FoundNamespace[];
  /** The control groups that a process is in, as the host sees them; empty for one that ended meanwhile. */
  readonly controlGroupsOf: (pid: number) => string;
}

export const namespacesHere = (): SeenNamespaces => ({
  all: findNamespaces(),
  controlGroupsOf: (pid) => textOf(`/proc/${pid}/cgroup`),
});

// A line a namespace, its own first: DEVICE:INODE PATH; then the control groups of processes, each with its file.
const LOOK = `
stat -Lc '%d:%i %n' /proc/self/ns/net ${NAMED}/* /proc/[0-9]*/ns/net 2> /dev/null
grep -H . /proc/[0-9]*/cgroup 2> /dev/null
true`;

/** The same of another machine. */
export async function namespacesThere(commands: Commands): Promise<SeenNamespaces> {
  const { stdout } = await commands.run(['sh', '-c', LOOK]);
  return namespacesIn(stdout);
}

export function namespacesIn(printed: string): SeenNamespaces {
  const lines = printed.split('\n');
  const [own, ...ways] = lines.flatMap((line) => {
    const [, device, inode, path = ''] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
    return device === undefined ? [] : [{ device, inode: Number(inode), path }];
  });
  const foreign = ways.filter(({ device, inode }) => device === own?.device && inode !== own.inode);
  const pidOf = (path: string): number => Number(/^\/proc\/(\d+)\//.exec(path)?.[1] ?? 0);
  const groups = new Map<number, string>();
  for (const line of lines) {
    const [, pid = '', text = ''] = /^\/proc\/(\d+)\/cgroup:(.*)$/.exec(line) ?? [];
    if (pid !== '') groups.set(Number(pid), `${groups.get(Number(pid)) ?? ''}${text}\n`);
  }
  return {
    all: together(
      [...foreign].sort((a, b) => pidOf(a.path) - pidOf(b.path)).map((it) => ({ ...it, pid: pidOf(it.path) })),
    ),
    controlGroupsOf: (pid) => groups.get(pid) ?? '',
  };
}

interface Way {
  readonly inode: number;
  readonly path: string;
  /** 0: it is a name. */
  readonly pid: number;
}

/** Names come first. */
function together(ways: readonly Way[]): readonly FoundNamespace[] {
  const found = new Map<number, FoundNamespace>();
  for (const { inode, path, pid } of ways) {
    const known = found.get(inode);
    if (pid !== 0) {
      const { pids, ...it } = known ?? { inode, name: null, path, pids: [] };
      found.set(inode, { ...it, pids: [...pids, pid] });
    } else if (!known) found.set(inode, { inode, name: path.slice(NAMED.length + 1), path, pids: [] });
  }
  return [...found.values()];
}

function findNamespaces(): readonly FoundNamespace[] {
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
  const files = [
    ...filesOfNames().map((name) => ({ path: `${NAMED}/${name}`, pid: 0 })),
    ...pidsOfAll().map((pid) => ({ path: `/proc/${pid}/ns/net`, pid })),
  ];
  return together(
    files.flatMap((it) => {
      const inode = inodeOf(it.path);
      return inode === undefined ? [] : [{ ...it, inode }];
    }),
  );
}

const pidsOfAll = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
