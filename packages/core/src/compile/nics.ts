import {
  type AddressAttrs,
  address,
  device,
  type DeviceAttrs,
  familyOf,
  type Key,
  keyOf,
  type ModelNode,
  neighbour,
  type Nic,
  type NicGateway,
  parseIp,
  type Ref,
  type Resource,
  type RouteAttrs,
  type RouteSpec,
  ref,
  route,
} from '@pipewright/plugin';
import { isDirectTo, reaches } from '../resolve/reaches.js';
import { IPV6_SWITCHES, ipv6Switch, settingResources } from './settings.js';

/** The namespace of a node. */
export interface Surroundings {
  /** What the file says of nodes besides. */
  readonly said: ReadonlySet<Key>;
  /** Nobody else has set anything there. */
  readonly isBare: boolean;
}

/** What every nic gets on its device, whatever network or link made the device. */
export function nicResources(nic: Nic, device: Resource<DeviceAttrs>, at: Surroundings): readonly Resource[] {
  const settings = settingResources(nic, device);
  const { switches, addresses } = addressed(nic.addresses, device, settings, at);
  const routes = [...nic.gateways.flatMap(gatewayRoutes), ...nic.routes].map((it) => routeBy(it, device, addresses));
  return [
    ...switches,
    ...addresses,
    ...nic.neighbours.map((it) => neighbour(device, it.to, it.mac.toLowerCase())),
    ...routes.map((it) => afterDirect(it, routes)),
    ...settings,
  ];
}

/** Routes of a host by addresses that networks gave it, by whatever device they are on; in a part, by those that are in it. */
export function hostRoutes(
  { on, routes = [] }: ModelNode,
  resources: readonly Resource[],
  devices: ReadonlyMap<Key, Resource<DeviceAttrs>>,
): readonly Resource<RouteAttrs>[] {
  if (routes.length === 0) return [];
  const addresses = resources.filter(
    (it): it is Resource<AddressAttrs> => it.type === 'address' && it.on.host === on.host && it.on.node === undefined,
  );
  return routes.flatMap((spec) => {
    const via = parseIp(spec.via ?? '');
    const carrier = via && addresses.find((it) => reaches(it.attrs.address, via));
    const device = carrier && devices.get(carrier.attrs.dev.ref);
    return device ? [routeBy(spec, device, [carrier])] : [];
  });
}

/** The loopback is there with its namespace, and nobody's to make or to keep: only its addresses are. */
export function loopbackResources(
  addresses: readonly string[],
  { on, name }: ModelNode,
  at: Surroundings,
): readonly Resource[] {
  if (addresses.length === 0) return [];
  const lo = device(on, 'lo', { kind: 'loopback' }, { id: `${name}/lo` });
  const { switches, addresses: own } = addressed(addresses, lo, [], at);
  return [...switches, ...own];
}

/** Addresses of a device, and what those of IPv6 need. */
function addressed(
  addresses: readonly string[],
  device: Resource<DeviceAttrs>,
  settings: readonly Resource[],
  at: Surroundings,
): { readonly switches: readonly Resource[]; readonly addresses: readonly Resource<AddressAttrs>[] } {
  const ipv6 = addresses.some(isIpv6) ? ipv6SwitchOf(device, settings, at) : undefined;
  return {
    switches: ipv6?.made ?? [],
    addresses: addresses.map((it) => address(device, it, ipv6 && isIpv6(it) ? { needs: ipv6.needs } : {})),
  };
}

/**
 * What IPv6 addresses of a device wait for: the file's own words on whether it has IPv6, and where those are of the node as a
 * whole, or where somebody else may have switched it off, a switch of the device's own. Mostly there is nothing.
 */
function ipv6SwitchOf(
  device: Resource<DeviceAttrs>,
  settings: readonly Resource[],
  { said, isBare }: Surroundings,
): { readonly made: readonly Resource[]; readonly needs: readonly Ref[] } | undefined {
  const ofNode = IPV6_SWITCHES.map((it) => ({ ref: keyOf('sysctl', device.on, it) })).filter((it) => said.has(it.ref));
  const own = { ...ipv6Switch(device), needs: ofNode };
  const isSaid = said.has(own.key) || settings.some((it) => it.key === own.key);
  if (isBare && !isSaid && ofNode.length === 0) return undefined;
  return { made: isSaid ? [] : [own], needs: [ref(own), ...ofNode] };
}

const isIpv6 = (address: string): boolean => familyOf(address) === 6;

function gatewayRoutes({ family, via, outside }: NicGateway): readonly RouteSpec[] {
  const toGateway = { family, to: `${via}/${family === 4 ? '32' : '128'}` };
  return [...(outside ? [toGateway] : []), { family, to: 'default', via }];
}

/** The kernel takes a route where an address says that its gateway is on the device. */
function routeBy(
  spec: RouteSpec,
  device: Resource<DeviceAttrs>,
  addresses: readonly Resource<AddressAttrs>[],
): Resource<RouteAttrs> {
  const via = spec.via === undefined ? undefined : parseIp(spec.via);
  const carrier = via && addresses.find((it) => reaches(it.attrs.address, via));
  const sameFamily = addresses.filter((it) => familyOf(it.attrs.address) === spec.family);
  const needs = carrier ? [carrier] : sameFamily.slice(0, 1);
  return route(device.on, device, spec, { needs: needs.map(ref) });
}

/** Or where a route without a gateway says so. */
function afterDirect(it: Resource<RouteAttrs>, routes: readonly Resource<RouteAttrs>[]): Resource<RouteAttrs> {
  const via = it.attrs.via === undefined ? undefined : parseIp(it.attrs.via);
  const direct = routes.filter(
    ({ attrs }) => via && attrs.via === undefined && attrs.family === via.family && isDirectTo(attrs.to, via),
  );
  return direct.length > 0 ? { ...it, needs: [...(it.needs ?? []), ...direct.map(ref)] } : it;
}
