import { asArray, type FeatureDriver, ifname, ip, mac, mtu, nicName, type Path, z } from '@pipewright/plugin';
import type { NicEntry } from '../../topology.js';
import { addressingOf, endAddressing, gateways, gatewaysOf, nicAddressing } from './addressing.js';
import { portVlansOf, vlanKeys } from './port-vlans.js';
import { nicRoute, routeEntry } from './route.js';
import { settingsKeys, settingsOf } from './settings.js';

const networkName = z.string().meta({ description: 'the name of a network' });

/** What every nic may have, whether it joins a network or ends a link. */
const anyNic = {
  gateway: gateways.optional(),
  mac: mac.optional(),
  mtu: mtu.optional(),
  routes: z.array(nicRoute).optional(),
  neighbours: z.array(z.strictObject({ to: ip, mac })).optional(),
  ...settingsKeys,
};

const nicKeys = z.strictObject({
  name: nicName.optional(),
  'host-device': ifname
    .describe('the name that the far end of its cable has on the host: at most 15 letters, digits, _ . + -')
    .optional(),
  parent: nicName
    .optional()
    .meta({ description: 'the nic of its node that it is made on, where its network has such' }),
  address: nicAddressing([]).optional(),
  ...vlanKeys,
  ...anyNic,
});

/** The keys of a link's end beside its node and the nic's name. */
export const endKeys = { address: endAddressing([]).optional(), ...anyNic };

/** `[lan, { network: back, mtu: 1400 }]`, or `{ lan: { mtu: 1400 }, back: }`. */
const networksOf = (keys: typeof nicKeys) =>
  z.union([
    z.array(z.union([networkName, keys.extend({ network: networkName })])),
    z.record(networkName, keys.nullable()),
  ]);

export const nodeNetworks = networksOf(nicKeys);

type Features = readonly FeatureDriver[];

/** The same with what features add to every nic: a word for its `address`, and their options under that word. */
export function nodeNetworksWith(features: Features): typeof nodeNetworks {
  const address = nicAddressing(addressingKinds(features)).optional();
  return networksOf(nicKeys.extend({ ...addressingKeys(features), address }));
}

export const nicKeysWith = (features: Features): readonly string[] =>
  Object.keys({ ...nicKeys.shape, ...addressingKeys(features) });

export function endKeysWith(features: Features): typeof endKeys {
  const address = endAddressing(addressingKinds(features)).optional();
  return { ...addressingKeys(features), ...endKeys, address };
}

const addressingKinds = (features: Features): readonly string[] =>
  features.flatMap(({ kind, addressing }) => (addressing ? [kind] : []));

/** `dhcp: { once: true }`, or `dhcp: true` for its defaults. */
const addressingKeys = (features: Features): Record<string, z.ZodOptional> =>
  Object.fromEntries(
    features.flatMap(({ kind, summary, addressing }) =>
      addressing ? [[kind, z.union([addressing.strict(), z.boolean()]).optional().meta({ description: summary })]] : [],
    ),
  );

/** By the words among its addresses, or by options under such a word. */
function dynamicOf(
  keys: { readonly address?: string | readonly string[] | undefined },
  features: Features,
): NicEntry['dynamic'] {
  const own = new Map<string, unknown>(Object.entries(keys));
  const words = asArray(keys.address ?? []);
  return features.flatMap(({ kind: by, addressing }) => {
    const written = own.get(by) ?? words.includes(by);
    if (!addressing || written === false) return [];
    return [{ by, options: written === true ? addressing.parse({}) : written }];
  });
}

type NicKeys = Omit<z.output<typeof nicKeys>, 'name' | 'host-device' | 'parent' | keyof typeof vlanKeys>;

/** The nics that a node's `networks` ask for, each with the path of its network's name. */
export function networkNics(
  networks: z.output<typeof nodeNetworks> | undefined,
  path: Path,
  features: Features,
): readonly NetworkNic[] {
  if (networks === undefined) return [];
  if (!Array.isArray(networks))
    return Object.entries(networks).map(([network, keys]) =>
      networkNic(network, keys ?? {}, [...path, network], features),
    );
  return networks.map((item, index) =>
    typeof item === 'string'
      ? networkNic(item, {}, [...path, index], features)
      : networkNic(item.network, item, [...path, index], features),
  );
}

export type NetworkNic = NicEntry & { readonly network: string };

const networkNic = (network: string, keys: z.output<typeof nicKeys>, path: Path, features: Features): NetworkNic => ({
  ...nicEntry(keys, 'auto', path, features),
  network,
  name: keys.name,
  hostDevice: keys['host-device'],
  parent: keys.parent,
  vlans: portVlansOf(keys),
});

export type EndNic = NicEntry & { readonly name: string };

export const endNic = (
  name: string,
  keys: z.output<z.ZodObject<typeof endKeys>>,
  path: Path,
  features: Features,
): EndNic => ({
  ...nicEntry(keys, 'none', path, features),
  name,
});

function nicEntry(keys: NicKeys, otherwise: 'auto' | 'none', path: Path, features: Features): NicEntry {
  const dynamic = dynamicOf(keys, features);
  return {
    network: undefined,
    name: undefined,
    hostDevice: undefined,
    parent: undefined,
    vlans: undefined,
    addressing: addressingOf(keys.address, otherwise, dynamic),
    dynamic,
    gateways: gatewaysOf(keys.gateway),
    mac: keys.mac,
    mtu: keys.mtu,
    routes: (keys.routes ?? []).map((route, index) => routeEntry(route, [...path, 'routes', index])),
    neighbours: (keys.neighbours ?? []).map((it, index) => ({ ...it, path: [...path, 'neighbours', index] })),
    settings: settingsOf(keys),
    path,
  };
}
