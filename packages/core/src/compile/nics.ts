import {
  type AddressAttrs,
  address,
  type DeviceAttrs,
  familyOf,
  type Key,
  keyOf,
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

/**
 * What every nic gets on its device, whatever network or link made the device. `said` is what the file says of nodes besides;
 * `isBare` says that nobody else has set anything in the node's namespace.
 */
export function nicResources(
  nic: Nic,
  device: Resource<DeviceAttrs>,
  { said, isBare }: { readonly said: ReadonlySet<Key>; readonly isBare: boolean },
): readonly Resource[] {
  const settings = settingResources(nic, device);
  const ipv6 = ipv6SwitchOf(nic, device, settings, { said, isBare });
  const addresses = nic.addresses.map((it) => address(device, it, ipv6 && isIpv6(it) ? { needs: ipv6.needs } : {}));
  const routes = [...nic.gateways.flatMap(gatewayRoutes), ...nic.routes].map((it) => routeBy(it, device, addresses));
  return [
    ...(ipv6 ? ipv6.made : []),
    ...addresses,
    ...nic.neighbours.map((it) => neighbour(device, it.to, it.mac.toLowerCase())),
    ...routes.map((it) => afterDirect(it, routes)),
    ...settings,
  ];
}

/**
 * What the nic's IPv6 addresses wait for: the file's own words on whether it has IPv6, and where those are of the node as a
 * whole, or where somebody else may have switched it off, a switch of the nic's own. Mostly there is nothing.
 */
function ipv6SwitchOf(
  nic: Nic,
  device: Resource<DeviceAttrs>,
  settings: readonly Resource[],
  { said, isBare }: { readonly said: ReadonlySet<Key>; readonly isBare: boolean },
): { readonly made: readonly Resource[]; readonly needs: readonly Ref[] } | undefined {
  if (!nic.addresses.some(isIpv6)) return undefined;
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
