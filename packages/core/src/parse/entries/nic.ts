import { ifname, ip, mac, mtu, nicName, type Path, z } from '@pipewright/plugin';
import type { Addressing, NicEntry } from '../../topology.js';
import { addressingOf, endAddressing, gateways, gatewaysOf, nicAddressing } from './addressing.js';
import { nicRoute, routeEntry } from './route.js';

const networkName = z.string().meta({ description: 'the name of a network' });

/** What every nic may have, whether it joins a network or ends a link. */
const anyNic = {
  gateway: gateways.optional(),
  mac: mac.optional(),
  mtu: mtu.optional(),
  routes: z.array(nicRoute).optional(),
  neighbours: z.array(z.strictObject({ to: ip, mac })).optional(),
};

const nicKeys = z.strictObject({
  name: nicName.optional(),
  'host-device': ifname
    .describe('the name that the far end of its cable has on the host: at most 15 letters, digits, _ . + -')
    .optional(),
  address: nicAddressing.optional(),
  ...anyNic,
});

/** The keys of a link's end beside its node and the nic's name. */
export const endKeys = { address: endAddressing.optional(), ...anyNic };

/** `[lan, { network: back, mtu: 1400 }]`, or `{ lan: { mtu: 1400 }, back: }`. */
export const nodeNetworks = z.union([
  z.array(z.union([networkName, nicKeys.extend({ network: networkName })])),
  z.record(networkName, nicKeys.nullable()),
]);

type NicKeys = Omit<z.output<typeof nicKeys>, 'name' | 'host-device' | 'address'>;

/** The nics that a node's `networks` ask for, each with the path of its network's name. */
export function networkNics(networks: z.output<typeof nodeNetworks> | undefined, path: Path): readonly NetworkNic[] {
  if (networks === undefined) return [];
  if (!Array.isArray(networks))
    return Object.entries(networks).map(([network, keys]) => networkNic(network, keys ?? {}, [...path, network]));
  return networks.map((item, index) =>
    typeof item === 'string'
      ? networkNic(item, {}, [...path, index])
      : networkNic(item.network, item, [...path, index]),
  );
}

export type NetworkNic = NicEntry & { readonly network: string };

const networkNic = (network: string, keys: z.output<typeof nicKeys>, path: Path): NetworkNic => ({
  ...nicEntry(keys, addressingOf(keys.address, 'auto'), path),
  network,
  name: keys.name,
  hostDevice: keys['host-device'],
});

export type EndNic = NicEntry & { readonly name: string };

export const endNic = (name: string, keys: z.output<z.ZodObject<typeof endKeys>>, path: Path): EndNic => ({
  ...nicEntry(keys, addressingOf(keys.address, 'none'), path),
  name,
});

const nicEntry = (keys: NicKeys, addressing: Addressing, path: Path): NicEntry => ({
  network: undefined,
  name: undefined,
  hostDevice: undefined,
  addressing,
  gateways: gatewaysOf(keys.gateway),
  mac: keys.mac,
  mtu: keys.mtu,
  routes: (keys.routes ?? []).map((route, index) => routeEntry(route, [...path, 'routes', index])),
  neighbours: (keys.neighbours ?? []).map((it, index) => ({ ...it, path: [...path, 'neighbours', index] })),
  path,
});
