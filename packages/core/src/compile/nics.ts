import {
  type AddressAttrs,
  address,
  type DeviceAttrs,
  type Key,
  neighbour,
  type Nic,
  type NicGateway,
  parseIp,
  type Resource,
  type RouteSpec,
  ref,
  route,
} from '@pipewright/plugin';
import { reaches } from '../resolve/reaches.js';
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
  return [
    ...(isOn && !isSaid ? [isOn] : []),
    ...addresses,
    ...nic.neighbours.map((it) => neighbour(device, it.to, it.mac.toLowerCase())),
    ...nic.gateways.flatMap((it) => gatewayRoutes(it, device, addresses)),
    ...nic.routes.map((it) => routeBy(it, device, addresses)),
    ...settings,
  ];
}

const isIpv6 = (address: string): boolean => address.includes(':');

function gatewayRoutes(
  gateway: NicGateway,
  device: Resource<DeviceAttrs>,
  addresses: readonly Resource<AddressAttrs>[],
): readonly Resource[] {
  const { family, via } = gateway;
  const byDefault: RouteSpec = { family, to: 'default', via };
  if (!gateway.outside) return [routeBy(byDefault, device, addresses)];
  const toGateway = routeBy({ family, to: `${via}/${family === 4 ? '32' : '128'}` }, device, addresses);
  const leaving = routeBy(byDefault, device, addresses);
  return [toGateway, { ...leaving, needs: [...(leaving.needs ?? []), ref(toGateway)] }];
}

/** The kernel takes a route where an address says that its gateway is on the device. */
function routeBy(
  spec: RouteSpec,
  device: Resource<DeviceAttrs>,
  addresses: readonly Resource<AddressAttrs>[],
): Resource {
  const via = spec.via === undefined ? undefined : parseIp(spec.via);
  const carrier = via && addresses.find((it) => reaches(it.attrs.address, via));
  const sameFamily = addresses.filter((it) => isIpv6(it.attrs.address) === (spec.family === 6));
  const needs = carrier ? [carrier] : sameFamily.slice(0, 1);
  return route(device.on, device, spec, { needs: needs.map(ref) });
}
