import {
  type CompileContext,
  type Compiled,
  type HostFacts,
  type NetworkSpec,
  type Path,
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
  {
    name,
    mtu,
    options: { parent, vlan },
    path,
  }: NetworkSpec<{ readonly parent: string; readonly vlan?: number | undefined }>,
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
    ...(found.up === false ? [downProblem(name, parent, vlan, at)] : []),
    ...(vlan !== undefined && `${parent}.${String(vlan)}`.length > LONGEST_NAME
      ? [problem(errors.longVlan(name, parent, vlan), [...path, 'vlan'])]
      : []),
    ...(isWireless(found) ? [warning(errors.wireless(name, parent), at)] : []),
  ];
}

/** A nic on a device that is down waits for it; no VLAN of one comes up. */
const downProblem = (name: string, parent: string, vlan: number | undefined, at: Path) =>
  vlan === undefined ? warning(errors.parentDown(name, parent), at) : problem(errors.parentDown(name, parent), at);

/** Bytes of a device's name: IFNAMSIZ, less the final zero. */
const LONGEST_NAME = 15;
