import { placeMadeBy, type Planned } from '@pipewright/core';
import { identityHere } from '@pipewright/host';
import { type HostTarget, placeKey } from '@pipewright/plugin';
import type { Engine } from './engine.js';

/** Processes that keep a namespace alive of which the name is gone. */
export interface Held {
  readonly node: string;
  /** Which counts them. */
  readonly host: string;
  readonly pids: readonly number[];
}

export interface HeldNamespace extends Held {
  /** DEVICE:INODE. */
  readonly namespace: string;
  /** The machine that they are on, where it is another. */
  readonly on: HostTarget | undefined;
}

export function heldBy({ plan, survey, request }: Planned): readonly HeldNamespace[] {
  const removed = new Set(plan.changes.flatMap(({ before }) => (before ? placeMadeBy(before) : [])));
  const ended = new Set(plan.changes.flatMap(({ before }) => before?.facts?.['pid']?.split(' ').map(Number) ?? []));
  return survey.nodes.flatMap(({ name, on, processes = [], namespace }) => {
    const pids = processes.filter((pid) => !ended.has(pid));
    if (namespace === undefined || pids.length === 0 || !removed.has(placeKey(on))) return [];
    return [{ node: name, host: on.host, pids, namespace, on: request.hosts?.find((host) => host.name === on.host) }];
  });
}

/** Who is in it still: what a helper has just started ends with that. Of other machines, who was in it before. */
export const stillHeld = (held: readonly HeldNamespace[]): readonly Held[] =>
  held.flatMap(({ node, host, pids, namespace, on }) => {
    const left = on ? pids : pids.filter((pid) => identityHere(`/proc/${String(pid)}/ns/net`) === namespace);
    return left.length > 0 ? [{ node, host, pids: left }] : [];
  });

/**
 * All in the namespace are asked to end, and killed where they have not within five seconds; prints those that are still
 * there. As long as one that was known is in it, the namespace is the one meant, and so others in it are its too.
 */
const END = `
namespace=$1; shift; known=$*
there() {
  found=$(stat -Lc '%d:%i %n' /proc/[0-9]*/ns/net 2> /dev/null | sed -n "s,^$namespace /proc/\\([0-9]*\\)/.*,\\1,p")
  for pid in $found; do
    case " $known " in *" $pid "*) echo $found; break ;; esac
  done
}
known=$(there)
[ -z "$known" ] || kill -s TERM $known
for turn in $(seq 100); do
  known=$(there)
  [ -n "$known" ] || break
  [ "$turn" -le 50 ] || kill -s KILL $known
  sleep 0.1
done 2> /dev/null
echo $known
`;

/** Ends what is in those namespaces: a pid alone may be another process by now. Resolves to what is left. */
export async function endHeld(
  held: readonly HeldNamespace[],
  { commands, executor }: Engine,
): Promise<readonly Held[]> {
  const left = await Promise.all(
    held.map(async ({ node, host, pids, namespace, on }) => {
      const argv = ['sh', '-c', END, 'sh', namespace, ...pids.map(String)];
      const { stdout, code } = await commands.run((on && executor.reach?.(on, argv)) ?? argv);
      return { node, host, pids: code === 0 ? (stdout.match(/\d+/g) ?? []).map(Number) : pids };
    }),
  );
  return left.filter(({ pids }) => pids.length > 0);
}
