import {
  type CompileContext,
  type Compiled,
  device,
  type DeviceAttrs,
  type HostFacts,
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

/** `eth0` and `63` of `eth0.63`. */
const VLAN_OF = /^(.+)[.](\d+)$/;

/** Of a bridge with no port but its uplink, the kernel makes the MTU that of the uplink. */
export function mtuWith({ mtu, members, options }: Network, { facts }: CompileContext): number {
  const { uplink } = options;
  if (uplink === undefined || members.length > 0) return mtu;
  const lower = VLAN_OF.exec(uplink)?.[1] ?? uplink;
  return facts.devices.find(({ name }) => name === lower)?.mtu ?? mtu;
}

/** The way out of the bridge: a device of the host, `eth1`, or a VLAN of one, `eth0.63`. */
export function uplinkOf(network: Network, bridge: Resource<DeviceAttrs>, { facts }: CompileContext): Compiled {
  const { name, options, fabric, path } = network;
  const { uplink } = options;
  if (uplink === undefined) return [];
  if (fabric !== undefined) return [problem(errors.uplinkAcross(name, uplink), [...path, 'uplink'])];
  const [, lower, vlan] = VLAN_OF.exec(uplink) ?? [];
  return lower === undefined
    ? wholeDevice(uplink, network, bridge, facts)
    : vlanOf(lower, Number(vlan), network, bridge, facts);
}

/** What a bridge takes for no port. */
const UNFIT: ReadonlySet<string> = new Set(['bridge', 'loopback']);

/** Lent to the bridge, and given back as it was. What addresses it has would be reached no more. */
function wholeDevice(
  uplink: string,
  network: Network,
  bridge: Resource<DeviceAttrs>,
  { devices, routes = [] }: HostFacts,
): Compiled {
  const { name, segment, mtu, path } = network;
  const at = [...path, 'uplink'];
  const found = devices.find((it) => it.name === uplink);
  if (!found && devices.length > 0) return [problem(errors.noUplinkDevice(name, uplink, ordinary({ devices })), at)];
  if (found && UNFIT.has(found.kind)) return [problem(errors.uplinkUnfit(name, uplink, found.kind), at)];
  if (found?.master !== undefined && found.master !== bridge.attrs.name)
    return [problem(errors.uplinkPort(name, uplink, found.master), at)];
  const most = found?.mtu ?? mtu;
  if (most < mtu) return [problem(errors.mtuOverUplink(name, mtu, uplink, most), at)];
  const reached = routes.find(({ to, dev }) => dev === uplink && !to.startsWith('fe80:'));
  if (reached) return [problem(errors.uplinkInUse(name, uplink, reached.to), at)];
  const kind = found?.kind ?? 'physical';
  const port = device(
    segment,
    uplink,
    { kind, up: true, master: ref(bridge) },
    { id: `${name}:uplink`, moved: { name: uplink } },
  );
  return [port, ...vlansOf(port, undefined, network, bridge)];
}

function vlanOf(
  lower: string,
  id: number,
  network: Network,
  bridge: Resource<DeviceAttrs>,
  facts: HostFacts,
): Compiled {
  const { name, segment, mtu, options, path } = network;
  const { uplink = '' } = options;
  const at = [...path, 'uplink'];
  if (id < 1 || id > 4094) return [problem(errors.badVlan(name, uplink), at)];
  const found = facts.devices.find((it) => it.name === lower);
  if (!found && facts.devices.length > 0) return [problem(errors.noUplink(name, lower, ordinary(facts)), at)];
  if (found?.up === false) return [problem(errors.uplinkDown(name, lower), at)];
  const most = found?.mtu ?? mtu;
  if (most < mtu) return [problem(errors.mtuOverUplink(name, mtu, lower, most), at)];
  const parent = hostDevice(segment, lower, facts, `${name}:parent`);
  const tagged = { kind: 'vlan', link: ref(parent), id, up: true, master: ref(bridge) };
  const port = device(segment, uplink, tagged, { id: `${name}:uplink` });
  return [parent, port, ...vlansOf(port, undefined, network, bridge)];
}
