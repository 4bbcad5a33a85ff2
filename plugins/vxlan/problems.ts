import {
  asArray,
  contains,
  type Diagnostic,
  type HostFacts,
  isMulticast,
  type Nic,
  parseCidr,
  parseIp,
  problem,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import type { Network } from './options.js';
import { endsOf, narrowest, room } from './underlay.js';

/** What is wrong with a network before anything is made of it. */
export function problemsOf(network: Network, facts: HostFacts): readonly Diagnostic[] {
  return [
    ...wayProblems(network, facts),
    ...remoteProblems(network),
    ...deviceProblems(network, facts),
    ...(network.options.direct ? directProblems(network) : []),
  ];
}

const others = ({ devices }: HostFacts): readonly string[] =>
  devices.filter(({ kind }) => kind !== 'loopback').map(({ name }) => name);

function wayProblems(
  { name, options: { remotes, group, dev }, path }: Network,
  facts: HostFacts,
): readonly Diagnostic[] {
  if (remotes === undefined && group === undefined) return [problem(errors.nowhere(name), path)];
  if (group === undefined) return [];
  const at = [...path, 'group'];
  return [
    ...(remotes === undefined ? [] : [problem(errors.bothWays(name), at)]),
    ...(isMulticast(group) ? [] : [problem(errors.groupAddress(name, group), at)]),
    ...(dev === undefined ? [problem(errors.groupDevice(name, others(facts)), at)] : []),
  ];
}

function remoteProblems({ name, subnets, options: it, path }: Network): readonly Diagnostic[] {
  const remotes = asArray(it.remotes).map((text) => parseIp(text)?.address ?? text);
  const local = it.local === undefined ? undefined : parseIp(it.local)?.address;
  const at = [...path, 'remotes'];
  const all = [...endsOf(it), ...(it.local === undefined ? [] : [it.local])];
  const inside = [...subnets, ...asArray(it.address)];
  return [
    ...remotes.filter(isMulticast).map((remote) => problem(errors.remoteAddress(name, remote), at)),
    ...remotes
      .filter((remote, index) => remotes.indexOf(remote) < index)
      .map((remote) => problem(errors.remoteTwice(name, remote), at)),
    ...remotes.filter((remote) => remote === local).map((remote) => problem(errors.remoteIsLocal(name, remote), at)),
    ...remotes.flatMap((remote) =>
      inside.filter((cidr) => isIn(remote, cidr)).map((cidr) => problem(errors.remoteInside(name, remote, cidr), at)),
    ),
    ...(new Set(all.map((text) => parseIp(text)?.family)).size > 1 ? [problem(errors.families(name, all), path)] : []),
  ];
}

function isIn(address: string, cidr: string): boolean {
  const [subnet, it] = [parseCidr(cidr), parseIp(address)];
  return subnet !== undefined && it !== undefined && contains(subnet, it);
}

function deviceProblems({ name, mtu, options: it, path }: Network, facts: HostFacts): readonly Diagnostic[] {
  // A host has a loopback device at least: with no device at all nothing is known of it.
  if (it.dev !== undefined && facts.devices.length > 0 && !facts.devices.some((device) => device.name === it.dev))
    return [problem(errors.noDevice(name, it.dev, others(facts)), [...path, 'dev'])];
  const under = narrowest(it, facts);
  if (!under || mtu <= room(it, under.mtu)) return [];
  return [problem(errors.mtuOverUnderlay(name, mtu, under.name, under.mtu, room(it, under.mtu)), [...path, 'mtu'])];
}

function directProblems({ name, members, options: it, path }: Network): readonly Diagnostic[] {
  const nics = members.map(({ id }) => id);
  const remotes = asArray(it.remotes);
  const ofBridge = (['bridge', 'address'] as const).filter((option) => it[option] !== undefined);
  return [
    ...ofBridge.map((option) => problem(errors.notDirect(name, option), [...path, option])),
    ...(remotes.length > 1 ? [problem(errors.directRemotes(name, remotes), [...path, 'remotes'])] : []),
    ...(nics.length > 1 ? [problem(errors.directTaken(name, nics), [...path, 'direct'])] : []),
    ...members.flatMap(hostDeviceProblems),
  ];
}

const hostDeviceProblems = ({ id, hostDevice, path }: Nic): readonly Diagnostic[] =>
  hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)];
