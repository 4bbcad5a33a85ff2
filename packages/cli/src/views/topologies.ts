import { hostsOfEntry } from '@pipewright/core';
import type { LedgerEntry, Unfinished } from '@pipewright/plugin';
import type { Paint } from '../output/paint.js';
import { table } from '../output/table.js';
import { unfinishedText } from './unfinished.js';

/** What `list --json` prints of each: names of its nodes, and of the hosts that anything of it is on. */
export interface ListedTopology {
  readonly topology: string;
  readonly nodes: readonly string[];
  readonly hosts: readonly string[];
  /** Of its file; that of the command, where there was none. */
  readonly folder: string;
}

export function listedTopology(entry: LedgerEntry): ListedTopology {
  const { topology, resources, base } = entry;
  const nodes = resources.flatMap(({ on, makes }) => on.node ?? makes ?? []);
  return {
    topology,
    nodes: [...new Set(nodes)].sort(),
    hosts: hostsOfEntry(entry).toSorted(),
    folder: base,
  };
}

/** A line a topology, then what is not finished. */
export function topologiesText(
  all: readonly ListedTopology[],
  unfinished: readonly Unfinished[],
  paint: Paint,
): string {
  const rows = all.map(({ topology, nodes, hosts, folder }) => [
    topology,
    String(nodes.length),
    hosts.join(', ') || '-',
    folder,
  ]);
  return [
    all.length > 0 ? table(['TOPOLOGY', 'NODES', 'HOSTS', 'FOLDER'], rows, paint) : 'No topology is up.',
    ...unfinished.map((it) => paint('yellow', unfinishedText(it))),
  ].join('\n');
}
