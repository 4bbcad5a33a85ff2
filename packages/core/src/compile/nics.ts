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
  return [toGateway, { ...routeBy(byDefault, device, addresses), needs: [ref(toGateway)] }];
}

/** A route lives and dies with the address whose subnet its gateway is in: the kernel drops it with that. */
function routeBy(
  spec: RouteSpec,
  device: Resource<DeviceAttrs>,
  addresses: readonly Resource<AddressAttrs>[],
): Resource {
  const via = spec.via === undefined ? undefined : parseIp(spec.via);
  const carrier = via && addresses.find((it) => reaches(it.attrs.address, via));
  const sameFamily = addresses.filter((it) => it.attrs.address.includes(':') === (spec.family === 6));
  const within = carrier ? [carrier] : sameFamily.slice(0, 1);
  return route(device.on, device, spec, { within: within.map(ref) });
}
