import type { DeviceAttrs } from './constructors.js';
import { type Diagnostic, type Fault, problem } from './errors.js';
import { hostDevice, ordinary } from './host-device.js';
import { contains, parseCidr, parseIp } from './ip.js';
import type { CompileContext, HostFacts, NetworkSpec } from './model.js';
import type { Resource } from './resource.js';
import { asArray } from './schema.js';
import { segmentSwitch, type SwitchParts } from './segment-switch.js';
import { deviceTowards, isMulticast } from './underlay.js';

/** Where a network's tunnels lead, as its options say it. */
export interface TunnelEnds {
  readonly remotes?: string | readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly local?: string | undefined;
  /** The device of the host they go over; absent: what routes say. */
  readonly dev?: string | undefined;
}

/** The other machines as the kernel writes their addresses, each once. */
export const remotesOf = ({ remotes }: Pick<TunnelEnds, 'remotes'>): readonly string[] => [
  ...new Set(asArray(remotes).map(canonical)),
];

const canonical = (address: string): string => parseIp(address)?.address ?? address;

/** All that tunnels send to. */
export const endsOf = (ends: Pick<TunnelEnds, 'remotes' | 'group'>): readonly string[] => [
  ...remotesOf(ends),
  ...(ends.group === undefined ? [] : [ends.group]),
];

export const overIpv6 = (ends: TunnelEnds): boolean => endsOf(ends).some((it) => parseIp(it)?.family === 6);

const ETHERNET_MTU = 1500;

/** What the devices below the tunnels carry, and which of them the least; Ethernet's where they are not known. */
export function narrowest(ends: TunnelEnds, facts: HostFacts): { readonly name?: string; readonly mtu: number } {
  const below =
    ends.dev === undefined
      ? endsOf(ends).flatMap((it) => deviceTowards(it, facts) ?? [])
      : facts.devices.filter(({ name }) => name === ends.dev);
  const known = below.flatMap(({ name, mtu }) => (mtu === undefined ? [] : [{ name, mtu }]));
  return known.sort((a, b) => a.mtu - b.mtu)[0] ?? { mtu: ETHERNET_MTU };
}

/** The device that the tunnels of a network go over, left as it is; nothing where none is named. */
export function underlay(
  { segment, name, options: { dev } }: NetworkSpec<TunnelEnds>,
  facts: HostFacts,
): readonly Resource<DeviceAttrs>[] {
  const { devices } = facts;
  // That it is missing is said by itself, where anything is known of the host.
  if (dev === undefined || (devices.length > 0 && !devices.some((it) => it.name === dev))) return [];
  return [hostDevice(segment, dev, facts, `${name}:underlay`)];
}

/** Of a network whose switch has tunnels for ports. */
interface SwitchOptions extends TunnelEnds {
  readonly bridge?: string | undefined;
}

/** That switch, as the options of the network say it. */
export const tunnelSwitch = (
  network: NetworkSpec<SwitchOptions>,
  { faults, ...kinds }: Pick<SwitchParts, 'kind' | 'cable'> & { readonly faults: Pick<TunnelFaults, 'forwardDrops'> },
  context: CompileContext,
): ReturnType<typeof segmentSwitch> => {
  const { name, options: it } = network;
  const dropped: SwitchParts['dropped'] = (bridge, program) => faults.forwardDrops(name, bridge, program);
  return segmentSwitch(network, { ...kinds, name: it.bridge, dropped }, context);
};

/** What is said of mistakes: rows of a plugin's table of errors. */
export interface TunnelFaults {
  readonly remoteAddress: (network: string, remote: string) => Fault;
  readonly remoteTwice: (network: string, remote: string) => Fault;
  readonly remoteIsLocal: (network: string, remote: string) => Fault;
  readonly remoteInside: (network: string, remote: string, subnet: string) => Fault;
  readonly families: (network: string, addresses: readonly string[]) => Fault;
  readonly noDevice: (network: string, dev: string, there: readonly string[]) => Fault;
  readonly forwardDrops: (network: string, bridge: string, program: string) => Fault;
  readonly mtuOverUnderlay: (network: string, mtu: number, dev: string, carries: number, most: number) => Fault;
}

export interface TunnelledNetwork {
  readonly network: NetworkSpec<TunnelEnds>;
  /** Bytes that each frame grows by. */
  readonly overhead: number;
  readonly faults: TunnelFaults;
}

/** What is wrong with where the tunnels of a network lead, and with what they are to carry. */
export const tunnelProblems = (it: TunnelledNetwork, facts: HostFacts): readonly Diagnostic[] => [
  ...remoteProblems(it),
  ...underlayProblems(it, facts),
];

function remoteProblems({ network, faults }: TunnelledNetwork): readonly Diagnostic[] {
  const { name, subnets, addresses, options: it, path } = network;
  const written = asArray(it.remotes).map(canonical);
  const remotes = remotesOf(it);
  const local = it.local === undefined ? [] : [canonical(it.local)];
  const all = [...endsOf(it).map(canonical), ...local];
  const inside = [...subnets, ...addresses];
  const found = [
    ...remotes.filter(isMulticast).map((remote) => faults.remoteAddress(name, remote)),
    ...remotes
      .filter((remote) => written.indexOf(remote) !== written.lastIndexOf(remote))
      .map((remote) => faults.remoteTwice(name, remote)),
    ...remotes.filter((remote) => local.includes(remote)).map((remote) => faults.remoteIsLocal(name, remote)),
    ...remotes.flatMap((remote) =>
      inside.filter((cidr) => isIn(remote, cidr)).map((cidr) => faults.remoteInside(name, remote, cidr)),
    ),
    ...(new Set(all.map((text) => parseIp(text)?.family)).size > 1 ? [faults.families(name, all)] : []),
  ];
  return found.map((fault) => problem(fault, [...path, it.remotes === undefined ? 'group' : 'remotes']));
}

function isIn(address: string, cidr: string): boolean {
  const [subnet, it] = [parseCidr(cidr), parseIp(address)];
  return subnet !== undefined && it !== undefined && contains(subnet, it);
}

function underlayProblems({ network, overhead, faults }: TunnelledNetwork, facts: HostFacts): readonly Diagnostic[] {
  const { name, mtu, options: it, path } = network;
  const { devices } = facts;
  // A host has a loopback device at least: with no device at all nothing is known of it.
  if (it.dev !== undefined && devices.length > 0 && !devices.some((known) => known.name === it.dev))
    return [problem(faults.noDevice(name, it.dev, ordinary(facts)), [...path, 'dev'])];
  const under = narrowest(it, facts);
  const most = under.mtu - overhead;
  if (under.name === undefined || mtu <= most) return [];
  return [problem(faults.mtuOverUnderlay(name, mtu, under.name, under.mtu, most), [...path, 'mtu'])];
}
