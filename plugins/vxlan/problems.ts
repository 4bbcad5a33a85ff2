import {
  asArray,
  type Diagnostic,
  familyOf,
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

function wayProblems({ name, options, path }: Network, facts: HostFacts): readonly Diagnostic[] {
  const { remotes, group, dev } = options;
  if (remotes === undefined && group === undefined) return [problem(errors.nowhere(name), path)];
  if (group === undefined) return isFamilySaid(options) ? [] : [problem(errors.noLocal(name), [...path, 'remotes'])];
  const at = [...path, 'group'];
  return [
    ...(remotes === undefined ? [] : [problem(errors.bothWays(name), at)]),
    ...(isMulticast(group) ? [] : [problem(errors.groupAddress(name, group), at)]),
    ...(dev === undefined ? [problem(errors.groupDevice(name, ordinary(facts)), at)] : []),
  ];
}

/** A tunnel that is told neither end is one over IPv4, and takes no remotes of the other family (EAFNOSUPPORT). */
const isFamilySaid = ({ remotes, local, direct }: Network['options']): boolean =>
  direct || local !== undefined || asArray(remotes).some((remote) => familyOf(remote) === 4);

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
