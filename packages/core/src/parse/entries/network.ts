import { asArray, mtu, type NetworkDriver, oneOrMore, subnet, z } from '@pipewright/plugin';
import type { NetworkEntry } from '../../topology.js';
import type { Complaints } from '../complaints.js';
import type { EntryShapes } from '../kinds.js';
import { gateways, gatewaysOf } from './addressing.js';
import { checkEntry, entriesOf, placeOf } from './entry.js';
import { fabricKey, type FabricShapes, parseFabric } from './fabric.js';
import { checkName } from './name.js';

/** What every network may have. */
export const networkKeys = z.object({
  kind: z.string().optional().meta({ description: 'how the network is made' }),
  subnet: oneOrMore(subnet).optional().meta({ description: 'what addresses are allotted from, one a family' }),
  gateway: gateways.optional().meta({ description: 'default gateways of its nodes, one a family, or `none`' }),
  mtu: mtu.optional(),
  fabric: fabricKey.optional(),
});

const joined = 'A node says what it joins: `nodes: { web: { networks: [NETWORK] } }`.';

const elsewhere = Object.fromEntries(['members', 'nodes', 'containers', 'endpoints'].map((key) => [key, joined]));

export type NetworkShapes = EntryShapes<NetworkDriver, typeof networkKeys>;

export function parseNetworks(
  shapes: NetworkShapes,
  fabrics: FabricShapes,
  complaints: Complaints,
): readonly NetworkEntry[] {
  return entriesOf('networks', complaints).flatMap(([name, tree]) => {
    const path = ['networks', name];
    checkName('network', path, complaints);
    const entry = checkEntry(tree, shapes, {
      ...placeOf('network', name, path, complaints),
      elsewhere,
    });
    if (!entry) return [];
    const fabric = parseFabric(entry.keys.fabric, [...path, 'fabric'], fabrics, complaints);
    return [{ ...networkEntry(name, entry.kind, entry.keys, entry.options), fabric }];
  });
}

const networkEntry = (
  name: string,
  kind: string,
  keys: z.output<typeof networkKeys>,
  options: unknown,
): Omit<NetworkEntry, 'fabric'> => ({
  name,
  kind,
  subnets: asArray(keys.subnet),
  gateways: gatewaysOf(keys.gateway),
  mtu: keys.mtu,
  options,
  path: ['networks', name],
});
