import type { ReadyPlugin } from '@pipewright/core';
import type { Drivers, PluginDefinition } from '@pipewright/plugin';
import type { Paint } from '../output/paint.js';
import { type Cell, table } from '../output/table.js';

/** What `plugins --json` prints of each. */
export interface ListedPlugin {
  readonly name: string;
  readonly version: string | null;
  /** `built in`, or as the file or the command line names it. */
  readonly from: string;
  readonly kinds: readonly ListedKind[];
  /** Types of resources it brings. */
  readonly resources: readonly string[];
  /** Kinds of kernel devices it describes. */
  readonly devices: readonly string[];
}

interface ListedKind {
  readonly contract: string;
  readonly kind: string;
  readonly summary: string;
}

const CONTRACTS = {
  nodes: 'node',
  networks: 'network',
  links: 'link',
  fabrics: 'fabric',
  features: 'feature',
} as const satisfies Record<keyof Drivers, string>;

/** `version` is ours: what is built in has no other. */
export const listedPlugins = (plugins: readonly ReadyPlugin[], version: string): readonly ListedPlugin[] =>
  plugins.map(({ name, from, plugin, drivers }) => ({
    name,
    version: plugin.version ?? (isBuiltIn(from) ? version : null),
    from,
    kinds: kindsOf(drivers),
    resources: (plugin.resources ?? []).map((it) => it.type),
    devices: devicesOf(plugin),
  }));

const isBuiltIn = (from: string): boolean => from === 'built in';

const kindsOf = (drivers: Drivers): readonly ListedKind[] =>
  (Object.keys(CONTRACTS) as (keyof Drivers)[]).flatMap((contract) =>
    (drivers[contract] ?? []).map(({ kind, summary }) => ({ contract: CONTRACTS[contract], kind, summary })),
  );

const devicesOf = ({ deviceKinds = [] }: PluginDefinition): readonly string[] => [
  ...new Set(deviceKinds.map((it) => it.kind)),
];

/** A line a kind, by contract; then the plugins that bring none. */
export function pluginsText(plugins: readonly ListedPlugin[], paint: Paint): string {
  const order: readonly string[] = Object.values(CONTRACTS);
  const rows = plugins.flatMap((plugin) => plugin.kinds.map((kind) => ({ plugin, kind })));
  const sorted = rows.toSorted((a, b) => order.indexOf(a.kind.contract) - order.indexOf(b.kind.contract));
  const others = plugins.filter((it) => it.kinds.length === 0);
  return table(
    ['CONTRACT', 'KIND', 'PLUGIN', 'VERSION', 'FROM', 'SUMMARY'],
    [
      ...sorted.map(({ plugin, kind }) => [kind.contract, kind.kind, ...originOf(plugin), kind.summary]),
      ...others.map((it) => ['-', '-', ...originOf(it), brings(it)]),
    ],
    paint,
  );
}

const originOf = ({ name, version, from }: ListedPlugin): readonly Cell[] => [name, version ?? '-', from];

function brings({ resources, devices }: ListedPlugin): string {
  const parts = [
    ...(resources.length > 0 ? [`resource types: ${resources.join(', ')}`] : []),
    ...(devices.length > 0 ? [`attributes of devices: ${devices.join(', ')}`] : []),
  ];
  return parts.join('; ') || '-';
}
