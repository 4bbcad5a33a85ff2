import { readdirSync, statSync } from 'node:fs';
import type { SurveyedNode } from '@pipewright/plugin';
import { NAMED } from './locate.js';

/** Which namespace a file of one stands for; undefined for what is gone or not ours to see. */
type IdentityOf = (path: string) => string | undefined;

/** Tells of each named namespace which processes are in it: they keep it alive when its name is gone. */
export function withProcesses(
  nodes: readonly SurveyedNode[],
  pids: readonly number[],
  identityOf: IdentityOf,
): readonly SurveyedNode[] {
  const places = pids.map((pid) => [pid, identityOf(`/proc/${pid}/ns/net`)] as const);
  return nodes.map((node) => {
    const namespace = node.locator.by === 'name' ? identityOf(`${NAMED}/${node.locator.name}`) : undefined;
    if (namespace === undefined) return node;
    const processes = places.filter(([, place]) => place === namespace).map(([pid]) => pid);
    return processes.length > 0 ? { ...node, processes, namespace } : node;
  });
}

/** Those that run here. */
export const pidsHere = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

export function identityHere(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
