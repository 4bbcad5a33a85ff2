import { type FeatureDriver, type LinkDriver, mtu, nicName, type Path, z } from '@pipewright/plugin';
import type { LinkEndEntry, LinkEntry } from '../../topology.js';
import type { Complaints } from '../complaints.js';
import { errors } from '../errors.js';
import type { EntryShapes } from '../kinds.js';
import { show } from '../show.js';
import { isList, isMap, type Tree } from '../source.js';
import { checkEntry } from './entry.js';
import { fabricKey, type FabricShapes, parseFabric } from './fabric.js';
import { type endKeys, endKeysWith, endNic } from './nic.js';

const ENDPOINT = /^[^:]+:.+$/;
const endpointWords = 'an endpoint, NODE:NIC, as web:eth5';

const linkWords = '`[web:eth5, probe:eth1]`, or a map with `endpoints`';

const addressesAt =
  'Give its ends their addresses: `endpoints: [{ node: a, nic: eth1, address: 10.0.0.1/30 }, { node: b, nic: eth1, address: 10.0.0.2/30 }]`.';

const endsAt = 'Give its ends as `endpoints: [a:eth1, b:eth1]`.';

/** A network has a subnet, and other tools' links have addresses, and other words for their ends. */
const elsewhere = Object.fromEntries([
  ...['address', 'addresses', 'ip', 'ipv4', 'ipv6', 'subnet'].map((key) => [key, addressesAt] as const),
  ...['a', 'b', 'from', 'to', 'ends', 'nodes', 'source', 'target'].map((key) => [key, endsAt] as const),
]);

const endpointText = z
  .string()
  .regex(ENDPOINT, endpointWords)
  .superRefine((text, context) => {
    const issue = ENDPOINT.test(text) ? nicName.safeParse(splitEndpoint(text).nic).error?.issues[0] : undefined;
    if (issue) context.addIssue({ code: 'custom', message: `${endpointWords}, whose NIC is ${issue.message}` });
  })
  .meta({ description: endpointWords });

const endpointOf = (keys: typeof endKeys) =>
  z.union([
    endpointText,
    z.strictObject({ node: z.string().meta({ description: 'the name of a node' }), nic: nicName, ...keys }),
  ]);

const linkKeys = (endpoint: ReturnType<typeof endpointOf>) =>
  z.object({
    kind: z.string().optional().meta({ description: 'what the link is made of' }),
    endpoints: z.tuple([endpoint, endpoint], { error: () => `two endpoints: ${endpointWords}` }),
    mtu: mtu.optional(),
    fabric: fabricKey.optional(),
  });

/** What every link may have, with what features add to every nic. */
export const linkKeysWith = (features: readonly FeatureDriver[]) => linkKeys(endpointOf(endKeysWith(features)));

export type LinkShapes = EntryShapes<LinkDriver, ReturnType<typeof linkKeysWith>>;

export function parseLinks(shapes: LinkShapes, fabrics: FabricShapes, complaints: Complaints): readonly LinkEntry[] {
  const links = complaints.source.valueAt(['links']) ?? null;
  if (links === null) return [];
  if (isList(links))
    return links.flatMap((link, index) => {
      const path = ['links', index];
      const parsed = parseLink(link, path, shapes, complaints);
      if (!parsed) return [];
      const { fabric, ...entry } = parsed;
      return [{ ...entry, fabric: parseFabric(fabric, [...path, 'fabric'], fabrics, complaints) }];
    });
  const found = show(links, complaints.source.written(['links']));
  complaints.add(errors.badValue('links', found, `a list of links, each ${linkWords}`), ['links']);
  return [];
}

function parseLink(
  link: Tree,
  path: Path,
  shapes: LinkShapes,
  complaints: Complaints,
): (Omit<LinkEntry, 'fabric'> & { readonly fabric: z.output<typeof fabricKey> | undefined }) | undefined {
  if (!isMap(link)) {
    complaints.add(errors.badValue('A link', show(link, complaints.source.written(path)), linkWords), path);
    return undefined;
  }
  const entry = checkEntry(link, shapes, { path, name: 'the link', complaints, elsewhere });
  if (!entry) return undefined;
  const { kind, keys, options } = entry;
  const [first, second] = keys.endpoints;
  const ends = [
    linkEnd(first, [...path, 'endpoints', 0], shapes.features),
    linkEnd(second, [...path, 'endpoints', 1], shapes.features),
  ] as const;
  return {
    name: ends.map((end) => `${end.node}:${end.nic.name}`).join('--'),
    kind,
    options,
    mtu: keys.mtu,
    fabric: keys.fabric,
    ends,
    path,
  };
}

function linkEnd(
  end: z.output<ReturnType<typeof endpointOf>>,
  path: Path,
  features: readonly FeatureDriver[],
): LinkEndEntry {
  const { node, nic, ...keys } = typeof end === 'string' ? splitEndpoint(end) : end;
  return { node, nic: endNic(nic, keys, path, features) };
}

export function splitEndpoint(text: string): { readonly node: string; readonly nic: string } {
  const colon = text.indexOf(':');
  return { node: text.slice(0, colon), nic: text.slice(colon + 1) };
}
