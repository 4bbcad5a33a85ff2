import {
  type CompileContext,
  type Compiled,
  type HostFacts,
  type NetworkSpec,
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

/** What is wrong with the device that the network is to be made on. */
export function parentProblems(
  { name, mtu, options: { parent }, path }: NetworkSpec<{ readonly parent: string }>,
  { facts: { devices } }: CompileContext,
): Compiled {
  const at = [...path, 'parent'];
  const found = devices.find((it) => it.name === parent);
  if (!found) {
    const fit = devices.filter((it) => isJoinable(it.kind)).map((it) => it.name);
    // A host has a loopback device at least: with no device at all nothing is known of it.
    return devices.length === 0 ? [] : [problem(errors.noParent(name, parent, fit), at)];
  }
  if (UNFIT.has(found.kind)) return [problem(errors.unfitParent(name, parent, found.kind), at)];
  return [
    ...(found.mtu !== undefined && mtu > found.mtu
      ? [problem(errors.mtuOverParent(name, mtu, parent, found.mtu), path)]
      : []),
    ...(found.master === undefined ? [] : [problem(errors.parentIsPort(name, parent, found.master), at)]),
    ...(found.up === false ? [warning(errors.parentDown(name, parent), at)] : []),
    ...(isWireless(found) ? [warning(errors.wireless(name, parent), at)] : []),
  ];
}
