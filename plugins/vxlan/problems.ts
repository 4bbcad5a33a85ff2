import {
  asArray,
  type Diagnostic,
  type HostFacts,
  isMulticast,
  type Nic,
  ordinary,
  problem,
  tunnelProblems,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type Network, overhead } from './options.js';

/** What is wrong with a network before anything is made of it. */
export const problemsOf = (network: Network, facts: HostFacts): readonly Diagnostic[] => [
  ...wayProblems(network, facts),
  ...tunnelProblems({ network, overhead: overhead(network.options), faults: errors }, facts),
  ...(network.options.direct ? directProblems(network) : []),
];

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
    ...(dev === undefined ? [problem(errors.groupDevice(name, ordinary(facts)), at)] : []),
  ];
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
