import {
  type AddressAttrs,
  address,
  type DeviceAttrs,
  familyOf,
  type Key,
  neighbour,
  type Nic,
  type NicGateway,
  parseIp,
  type Resource,
  type RouteAttrs,
  type RouteSpec,
  ref,
  route,
} from '@pipewright/plugin';
import { isDirectTo, reaches } from '../resolve/reaches.js';
import { ipv6Switch, settingResources } from './settings.js';

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
  const isOn = isBare || !nic.addresses.some(isIpv6) ? undefined : ipv6Switch(device);
  const isSaid = isOn && (said.has(isOn.key) || settings.some((it) => it.key === isOn.key));
  const addresses = nic.addresses.map((it) => address(device, it, isOn && isIpv6(it) ? { needs: [ref(isOn)] } : {}));
  const routes = [...nic.gateways.flatMap(gatewayRoutes), ...nic.routes].map((it) => routeBy(it, device, addresses));
  return [
    ...(isOn && !isSaid ? [isOn] : []),
    ...addresses,
    ...nic.neighbours.map((it) => neighbour(device, it.to, it.mac.toLowerCase())),
    ...routes.map((it) => afterDirect(it, routes)),
    ...settings,
  ];
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
