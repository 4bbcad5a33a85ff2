import {
  type CompileContext,
  type Compiled,
  type HostFacts,
  type NetworkSpec,
  parentProblems,
  problem,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';

type Device = HostFacts['devices'][number];

/** They carry no Ethernet, or are on a parent of their own: the kernel would quietly take that one. */
const UNFIT: ReadonlySet<string> = new Set(['loopback', 'ipoib', 'wireguard', 'macvlan', 'macvtap']);

/** Bridges have ports, so that a nic joins them otherwise. */
const BRIDGES: ReadonlySet<string> = new Set(['bridge', 'openvswitch']);

export const isJoinable = (kind: string): boolean => !UNFIT.has(kind) && !BRIDGES.has(kind);

/** What udev calls them: systemd.net-naming-scheme(7), and the kernel's wlan0. */
const isWireless = ({ name, kind }: Device): boolean => kind === 'physical' && name.startsWith('wl');

type Network = NetworkSpec<{ readonly parent: string; readonly vlan?: number | undefined }>;

/** What is wrong with the device that the network is to be made on. */
export function problemsOfParent(network: Network, { facts }: CompileContext): Compiled {
  const { parent, vlan } = network.options;
  // A nic on a device that is down waits for it; no VLAN of one comes up.
  const rules = { faults: errors, unfit: UNFIT, proposed: isJoinable, mustBeUp: vlan !== undefined };
  const found = facts.devices.find((it) => it.name === parent);
  return [
    ...parentProblems(network, facts, rules),
    ...(found && !UNFIT.has(found.kind) ? ownProblems(network, found) : []),
  ];
}

const ownProblems = ({ name, options: { parent, vlan }, path }: Network, found: Device): Compiled => [
  ...(vlan !== undefined && `${parent}.${String(vlan)}`.length > LONGEST_NAME
    ? [problem(errors.longVlan(name, parent, vlan), [...path, 'vlan'])]
    : []),
  ...(isWireless(found) ? [warning(errors.wireless(name, parent), [...path, 'parent'])] : []),
];

/** Bytes of a device's name: IFNAMSIZ, less the final zero. */
const LONGEST_NAME = 15;
