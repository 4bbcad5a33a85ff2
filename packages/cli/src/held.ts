import type { Planned } from '@pipewright/core';
import type { HostTarget } from '@pipewright/plugin';
import type { Engine } from './engine.js';

/** Processes that keep a namespace alive of which the name is gone. */
export interface Held {
  readonly node: string;
  readonly pids: readonly number[];
}

export interface HeldNamespace extends Held {
  /** DEVICE:INODE. */
  readonly namespace: string;
  /** The machine that they are on, where it is another. */
  readonly on: HostTarget | undefined;
}

export function heldBy({ plan, survey, request }: Planned): readonly HeldNamespace[] {
  const removed = new Set(plan.changes.map(({ before }) => before?.makes));
  const ended = new Set(plan.changes.flatMap(({ before }) => before?.facts?.['pid']?.split(' ').map(Number) ?? []));
  return survey.nodes.flatMap(({ name, on, processes = [], namespace }) => {
    const pids = processes.filter((pid) => !ended.has(pid));
    if (namespace === undefined || pids.length === 0 || !removed.has(name)) return [];
    return [{ node: name, pids, namespace, on: request.hosts?.find((host) => host.name === on.host) }];
  });
}

/** Each asked to end, and killed where it has not within five seconds; prints those that are still there. */
const END = `
namespace=$1; shift
there() {
  for pid in $all; do
    [ "$(stat -Lc %d:%i "/proc/$pid/ns/net" 2> /dev/null)" != "$namespace" ] || printf '%s ' "$pid"
  done
}
all=$*
for signal in TERM KILL; do
  all=$(there)
  [ -n "$all" ] || break
  kill -s "$signal" $all 2> /dev/null || :
  turns=50
  while [ -n "$(there)" ] && [ $turns -gt 0 ]; do sleep 0.1; turns=$((turns - 1)); done
done
there
`;

/** Ends them, as long as they are in that namespace: a pid may be another process by now. Resolves to what is left. */
export async function endHeld(
  held: readonly HeldNamespace[],
  { commands, executor }: Engine,
): Promise<readonly Held[]> {
  const left = await Promise.all(
    held.map(async ({ node, pids, namespace, on }) => {
      const argv = ['sh', '-c', END, 'sh', namespace, ...pids.map(String)];
      const { stdout, code } = await commands.run((on && executor.reach?.(on, argv)) ?? argv);
      return { node, pids: code === 0 ? stdout.split(' ').filter(Boolean).map(Number) : pids };
    }),
  );
  return left.filter(({ pids }) => pids.length > 0);
}
