import {
  bridgeVlan,
  type CompileContext,
  type Compiled,
  type DeviceAttrs,
  type NetworkSpec,
  type PortVlans,
  problem,
  ref,
  type Resource,
} from '@pipewright/plugin';
import { errors } from './errors.js';

export interface VlanOptions {
  readonly vlan?: number | undefined;
}

interface BridgeOptions extends VlanOptions {
  readonly bridge?: string | undefined;
  readonly adopt: boolean;
  readonly shared: boolean;
  readonly address?: unknown;
}

/** The VLAN of a network is that of each port of it that says no other. */
const ofNetwork = ({ vlan }: VlanOptions): PortVlans | undefined =>
  vlan === undefined ? undefined : { untagged: vlan, tagged: [] };

/** Whether the bridge has to tell VLANs apart: without that it takes none of them for anything. */
export const hasVlans = ({ members, options }: NetworkSpec<VlanOptions>): boolean =>
  options.vlan !== undefined || members.some(({ vlans }) => vlans);

/** A port is in VLANs of its bridge: without the one it is not in those of the other. */
export function vlansOf(
  port: Resource<DeviceAttrs>,
  own: PortVlans | undefined,
  { options }: NetworkSpec<VlanOptions>,
  bridge: Resource<DeviceAttrs>,
): readonly Resource[] {
  const vlans = own ?? ofNetwork(options);
  return vlans ? [bridgeVlan(port, vlans, { within: [ref(bridge)] })] : [];
}

/** The host is in the VLAN, too, where it has an address there. */
export function hostVlan({ options }: NetworkSpec<BridgeOptions>, bridge: Resource<DeviceAttrs>): readonly Resource[] {
  const vlans = options.address === undefined ? undefined : ofNetwork(options);
  return vlans ? [bridgeVlan(bridge, vlans, { self: true })] : [];
}

export function vlanProblems(network: NetworkSpec<BridgeOptions>, { facts }: CompileContext): Compiled {
  const { name, options: it, path } = network;
  if (!hasVlans(network)) return [];
  if (network.fabric !== undefined) return [problem(errors.vlansAcross(name, network.fabric), path)];
  if (!it.adopt && !it.shared) return [];
  const found = facts.devices.find((device) => device.name === it.bridge);
  return [
    ...(found && found.attributes?.['vlanFiltering'] !== true
      ? [problem(errors.vlansNotTold(name, found.name), [...path, 'bridge'])]
      : []),
    ...(it.vlan === undefined || it.address === undefined
      ? []
      : [problem(errors.sharedAddress(name, it.vlan, it.bridge ?? ''), [...path, 'address'])]),
  ];
}
