import type { Port, PortRules, Run } from './ports.js';

/** TCP first, then the other protocols by name; by number within each. */
function inOrder(ports: readonly Port[]): readonly Port[] {
  const rank = ({ protocol }: Port): string => (protocol === 'tcp' ? '' : protocol);
  return [...ports].sort((a, b) => rank(a).localeCompare(rank(b)) || a.number - b.number);
}

/** Two ports and more, one after the other, of one protocol. */
function runsOf(all: readonly Port[]): readonly Run[] {
  const runs: [Port, Port][] = [];
  for (const it of all) {
    const last = runs.at(-1);
    if (last && last[1].protocol === it.protocol && last[1].number + 1 === it.number) last[1] = it;
    else runs.push([it, it]);
  }
  return runs.filter(([first, last]) => first !== last);
}

export const docker28: PortRules = { inOrder, runsOf };
