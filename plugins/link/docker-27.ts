import type { Port, PortRules, Run } from './ports.js';

/** By number; of one number TCP first. */
const inOrder = (ports: readonly Port[]): readonly Port[] =>
  [...ports].sort(
    (a, b) =>
      a.number - b.number ||
      Number(b.protocol === 'tcp') - Number(a.protocol === 'tcp') ||
      (a.protocol < b.protocol ? -1 : 1),
  );

/**
 * Three ports and more, whatever their protocols. Each is allowed one number more than the one before it was allowed, so that
 * one number with two protocols makes up for one that is missing.
 */
function runsOf(all: readonly Port[]): readonly Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < all.length; ) {
    const length = lengthFrom(all.slice(start));
    const [first, last] = [all[start], all[start + length - 1]];
    if (length > 2 && first && last) runs.push([first, last]);
    start += length > 2 ? length : 1;
  }
  return runs;
}

function lengthFrom(ports: readonly Port[]): number {
  const first = ports[0]?.number ?? 0;
  const end = ports.findIndex(({ number }, index) => number > first + index);
  return end < 0 ? ports.length : end;
}

export const docker27: PortRules = { inOrder, runsOf };
