import {
  type AddressAttrs,
  address,
  type DeviceAttrs,
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
import { settingResources } from './settings.js';

/** What every nic gets on its device, whatever network or link made the device. */
export function nicResources(nic: Nic, device: Resource<DeviceAttrs>): readonly Resource[] {
  const addresses = nic.addresses.map((it) => address(device, it));
  return [
    ...addresses,
    ...nic.neighbours.map((it) => neighbour(device, it.to, it.mac.toLowerCase())),
    ...nic.gateways.flatMap((it) => gatewayRoutes(it, device, addresses)),
    ...nic.routes.map((it) => routeBy(it, device, addresses)),
    ...settingResources(nic, device),
  ];
}

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
  const sameFamily = addresses.filter((it) => it.attrs.address.includes(':') === (spec.family === 6));
  const needs = carrier ? [carrier] : sameFamily.slice(0, 1);
  return route(device.on, device, spec, { needs: needs.map(ref) });
}
