import {
  type CompileContext,
  type Compiled,
  device,
  type DeviceAttrs,
  hostDevice,
  type NetworkSpec,
  ordinary,
  problem,
  ref,
  type Resource,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type VlanOptions, vlansOf } from './vlans.js';

type Network = NetworkSpec<{ readonly uplink?: string | undefined } & VlanOptions>;

/** The way out of the bridge: a VLAN of a device of the host, `eth0.63`. */
export function uplinkOf(network: Network, bridge: Resource<DeviceAttrs>, { facts }: CompileContext): Compiled {
  const { name, segment, options, fabric, path } = network;
  const [, lower, vlan] = /^(.+)[.](\d+)$/.exec(options.uplink ?? '') ?? [];
  if (options.uplink === undefined || lower === undefined) return [];
  const at = [...path, 'uplink'];
  if (fabric !== undefined) return [problem(errors.uplinkAcross(name, options.uplink), at)];
  const id = Number(vlan);
  if (id < 1 || id > 4094) return [problem(errors.badVlan(name, options.uplink), at)];
  const found = facts.devices.find((it) => it.name === lower);
  if (!found && facts.devices.length > 0) return [problem(errors.noUplink(name, lower, ordinary(facts)), at)];
  if (found?.up === false) return [problem(errors.uplinkDown(name, lower), at)];
  const parent = hostDevice(segment, lower, facts, `${name}:parent`);
  const tagged = { kind: 'vlan', link: ref(parent), id, up: true, master: ref(bridge) };
  const port = device(segment, options.uplink, tagged, { id: `${name}:uplink` });
  return [parent, port, ...vlansOf(port, undefined, network, bridge)];
}
