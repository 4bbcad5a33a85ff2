import {
  type CompileContext,
  type Diagnostic,
  type HostFacts,
  type HostTarget,
  type LedgerEntry,
  LOCAL_HOST,
  type Model,
  type NetworkSpec,
  problem,
  type Resource,
  type Survey,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { hostsIn } from '../parse/index.js';
import type { Topology } from '../topology.js';
import { namesFor } from './names.js';

/** For a topology that is only checked: no host was asked. */
export const NO_FACTS: HostFacts = { machineId: '', kernel: '', tools: {}, devices: [] };

/** What was found of each host. */
export type HostsFacts = Pick<Survey, 'facts' | 'elsewhere'>;

/** What drivers go by, on each host: MACs hash in which machine it is. */
export function contextsOf(topology: string, { facts, elsewhere = {} }: HostsFacts): (host: string) => CompileContext {
  const known = new Map<string, CompileContext>();
  return (host) => {
    const its = host === LOCAL_HOST ? facts : (elsewhere[host] ?? NO_FACTS);
    const context = known.get(host) ?? { topology, facts: its, names: namesFor(topology, its.machineId) };
    known.set(host, context);
    return context;
  };
}

/** Of the hosts that are known those that something is on, or was. A later entry of one name counts. */
export function hostsOf(
  known: readonly HostTarget[],
  nodes: readonly { readonly on: { readonly host: string } }[],
  applied: readonly Resource[],
): readonly HostTarget[] {
  const used = new Set([...nodes, ...applied].map(({ on }) => on.host));
  return [...new Map(known.map((it) => [it.name, it])).values()].filter(({ name }) => used.has(name));
}

/** A name that goes over to another machine would take with it where ours on the first is. */
export const checkMachines = (
  { hosts }: Pick<Topology, 'hosts'>,
  last: LedgerEntry | undefined,
  { elsewhere = {} }: Pick<Survey, 'elsewhere'>,
): readonly Diagnostic[] =>
  hosts.flatMap(({ name, ssh }) => {
    const [was, is] = [last?.machines?.[name], elsewhere[name]?.machineId || undefined];
    const before = hostsIn(last?.source).find((it) => it.name === name);
    const isOther = was !== undefined && is !== undefined && was !== is && before !== undefined && before.ssh !== ssh;
    if (!isOther || !last?.resources.some(({ on }) => on.host === name)) return [];
    return [problem(errors.hostReplaced(name, before.ssh, ssh), ['hosts', name, 'ssh'])];
  });

/** What one host alone can carry must be on one. */
export function checkHosts({ networks }: Pick<Model, 'networks'>): readonly Diagnostic[] {
  const spread = networks.filter((it) => networks.find(({ name }) => name === it.name) !== it);
  return [...new Map(spread.map((it) => [it.name, it])).values()].flatMap((it) => spreadProblems(it, networks));
}

/**
 * A fabric leads to ports of a switch, and nics that are made on others go where those do; and an address that each host
 * had would be there several times.
 */
function spreadProblems(
  { name, kind, device, addresses, path }: NetworkSpec,
  networks: readonly NetworkSpec[],
): readonly Diagnostic[] {
  const segments = networks.filter((it) => it.name === name);
  const hosts = segments.map(({ segment }) => segment.host);
  const areCarried = segments.every(({ members }) => members.every(({ parent }) => parent));
  return [
    ...(device?.isBridge || areCarried ? [] : [problem(errors.networkAcrossHosts(name, kind, hosts), path)]),
    ...addresses.map((it) => problem(errors.addressAcrossHosts(name, it, hosts), [...path, 'address'])),
  ];
}
