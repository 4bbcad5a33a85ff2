import {
  argvOf,
  asArray,
  command,
  environment,
  exposedOf,
  exposedPorts,
  type FeatureDriver,
  LOCAL_HOST,
  type NodeDriver,
  pairsOf,
  type Path,
  topologyName,
  z,
} from '@pipewright/plugin';
import type { NodeEntry } from '../../topology.js';
import type { Complaints } from '../complaints.js';
import { type EntryShapes, isManaged } from '../kinds.js';
import { loopback } from './addressing.js';
import { type CheckedEntry, checkEntry, entriesOf, placeOf } from './entry.js';
import { checkName } from './name.js';
import { networkNics, nodeNetworks, nodeNetworksWith } from './nic.js';
import { nodeRoute, routeEntry, rule, ruleEntry } from './route.js';
import { serviceLinkEntry, serviceLinks } from './service-link.js';
import type { TreeMap } from '../source.js';
import { checkSysctls, sysctls, sysctlsApart, sysctlsOf } from './sysctl.js';

/** What every node may have. */
export const nodeKeys = z.object({
  kind: z.string().optional().meta({ description: 'what the node is' }),
  host: topologyName
    .optional()
    .meta({ description: 'the machine it is on, one of `hosts`; without it, and without `placement`, this one' }),
  group: z.string().optional().meta({ description: 'the group it takes its defaults from' }),
  networks: nodeNetworks.optional().meta({ description: 'the networks it joins, each with a nic' }),
  loopback: loopback.optional().meta({
    description:
      'addresses of its `lo`, as a router has one that stays when a cable is lost; without a length, of all bits',
  }),
  routes: z.array(nodeRoute).optional(),
  rules: z.array(rule).optional(),
  sysctls: sysctls
    .optional()
    .meta({ description: 'kernel parameters of its namespace, below `net.`, and those that its kind is made with' }),
  env: environment.optional().meta({
    description:
      'environment variables, to the letter, of what runs in it: a map, or a list of `NAME=VALUE`; nothing (`DB_PORT:`) takes away what a service link would set',
  }),
  'env-file': z
    .union([z.string(), z.array(z.string())])
    .optional()
    .meta({
      description:
        'files with lines `NAME=VALUE`, from the folder of the topology on; what they say is in `env`, where its own entries win',
    }),
  expose: exposedPorts.optional().meta({ description: 'ports it listens on, as `6379`, `53/udp`, `7000-7009`' }),
  'service-links': serviceLinks.optional().meta({
    description: 'nodes whose address and ports it is told, as `NODE:ALIAS`',
  }),
  commands: z.array(command()).optional().meta({
    description:
      'run in it when it is new: after the `up` that made it, and once more where its container was started again',
  }),
});

const NETWORKS = { description: 'the networks it joins, each with a nic' };

/** The same with what features add to every nic. */
export const nodeKeysWith = (features: readonly FeatureDriver[]): typeof nodeKeys =>
  features.some(({ addressing }) => addressing)
    ? nodeKeys.extend({ networks: nodeNetworksWith(features).optional().meta(NETWORKS) })
    : nodeKeys;

export type NodeShapes = EntryShapes<NodeDriver, typeof nodeKeys>;

export function parseNodes(shapes: NodeShapes, complaints: Complaints): readonly NodeEntry[] {
  const parsed = parsedBy.get(shapes) ?? new WeakMap<TreeMap, NodeEntry>();
  parsedBy.set(shapes, parsed);
  return entriesOf('nodes', complaints).flatMap(([name, tree]) => {
    const known = parsed.get(tree);
    if (known?.name === name) return [known];
    const before = complaints.count;
    const entry = parseNode(name, tree, shapes, complaints);
    if (entry && complaints.count === before) parsed.set(tree, entry);
    return entry ? [entry] : [];
  });
}

/** Of hundreds of nodes in a text a command changes one, and reads the text again: the others stand as they were read. */
const parsedBy = new WeakMap<NodeShapes, WeakMap<TreeMap, NodeEntry>>();

function parseNode(name: string, tree: TreeMap, shapes: NodeShapes, complaints: Complaints): NodeEntry | undefined {
  const path = ['nodes', name];
  checkName('node', path, complaints);
  const place = placeOf('node', name, path, complaints);
  const entry = checkEntry(tree, shapes, place);
  const driver = entry && shapes.drivers.get(entry.kind);
  if (driver) checkSysctls(Object.keys(entry.keys.sysctls ?? {}), driver, place);
  return entry && nodeEntry(name, entry, path, shapes);
}

/** A node that needs no entry, because its driver knows it by name; `path` is where it is mentioned. */
export function impliedNode(
  name: string,
  kind: string,
  shapes: NodeShapes,
  path: Path,
  complaints: Complaints,
): NodeEntry | undefined {
  const entry = checkEntry({ kind }, shapes, placeOf('node', name, path, complaints));
  return entry && nodeEntry(name, entry, path, shapes);
}

const nodeEntry = (
  name: string,
  { kind, keys, options }: CheckedEntry<typeof nodeKeys>,
  path: Path,
  { drivers, features }: NodeShapes,
): NodeEntry => {
  const driver = drivers.get(kind);
  const { own, making } = sysctlsApart(sysctlsOf(keys.sysctls));
  return {
    name,
    kind,
    host: keys.host ?? LOCAL_HOST,
    anywhere: keys.host === undefined && driver !== undefined && isManaged(driver, options),
    options,
    nics: networkNics(keys.networks, [...path, 'networks'], features),
    loopback: asArray(keys.loopback ?? []),
    routes: (keys.routes ?? []).map((route, index) => routeEntry(route, [...path, 'routes', index])),
    rules: (keys.rules ?? []).map((it, index) => ruleEntry(it, [...path, 'rules', index])),
    sysctls: own,
    madeWith: making,
    env: pairsOf(keys.env),
    expose: exposedOf(keys.expose),
    serviceLinks: (keys['service-links'] ?? []).map((it, index) =>
      serviceLinkEntry(it, [...path, 'service-links', index]),
    ),
    commands: (keys.commands ?? []).map(argvOf),
    path,
  };
};
