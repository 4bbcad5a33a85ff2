import type { Path } from '@pipewright/plugin';
import { splitEndpoint } from './entries/link.js';
import { splitServiceLink } from './entries/service-link.js';
import { isList, isMap, type Source, type Tree } from './source.js';

/**
 * What the entries of an input say of each other, read from its plain values: an entry that is wrong in some way still
 * mentions others, and all mistakes are shown at once.
 */
export interface NetworkMention {
  readonly node: string;
  readonly network: string;
  /** The nic's own name. */
  readonly nic: string | undefined;
  /** Of the nic. */
  readonly path: Path;
}

export interface EndpointMention {
  readonly node: string;
  readonly nic: string;
  readonly path: Path;
}

export interface ServiceLinkMention {
  readonly from: string;
  readonly node: string;
  readonly alias: string;
  readonly path: Path;
}

export const namesIn = (section: 'hosts' | 'networks' | 'nodes', source: Source): ReadonlySet<string> =>
  new Set(itemsOf(source.valueAt([section])).map(([name]) => String(name)));

export function mentionedNetworks(source: Source): readonly NetworkMention[] {
  return itemsOf(source.valueAt(['nodes'])).flatMap(([node, entry]) =>
    networksOf(String(node), isMap(entry) ? entry['networks'] : undefined),
  );
}

function networksOf(node: string, networks: Tree | undefined): readonly NetworkMention[] {
  return itemsOf(networks).flatMap(([key, keys]) => {
    const network = typeof key === 'string' ? key : isMap(keys) ? keys['network'] : keys;
    const nic = isMap(keys) ? text(keys['name']) : undefined;
    return typeof network === 'string' ? [{ node, network, nic, path: ['nodes', node, 'networks', key] }] : [];
  });
}

export interface HostMention {
  readonly host: string;
  readonly path: Path;
}

export function mentionedHosts(source: Source): readonly HostMention[] {
  return itemsOf(source.valueAt(['nodes'])).flatMap(([node, entry]) => {
    const host = isMap(entry) ? text(entry['host']) : undefined;
    return host === undefined ? [] : [{ host, path: ['nodes', node, 'host'] }];
  });
}

export function mentionedServiceLinks(source: Source): readonly ServiceLinkMention[] {
  return itemsOf(source.valueAt(['nodes'])).flatMap(([from, entry]) =>
    itemsOf(isMap(entry) ? entry['service-links'] : undefined).flatMap(([index, link]) => {
      const it = typeof link === 'string' ? splitServiceLink(link) : serviceOf(link);
      return it ? [{ ...it, from: String(from), path: ['nodes', from, 'service-links', index] }] : [];
    }),
  );
}

function serviceOf(link: Tree): { readonly node: string; readonly alias: string } | undefined {
  const node = isMap(link) ? text(link['node']) : undefined;
  return node === undefined ? undefined : { node, alias: (isMap(link) ? text(link['alias']) : undefined) ?? node };
}

export function mentionedEndpoints(source: Source): readonly EndpointMention[] {
  return itemsOf(source.valueAt(['links'])).flatMap(([index, link]) =>
    itemsOf(isMap(link) ? link['endpoints'] : undefined).flatMap(([end, endpoint]) => {
      const it = endpointOf(endpoint);
      return it ? [{ ...it, path: ['links', index, 'endpoints', end] }] : [];
    }),
  );
}

function endpointOf(endpoint: Tree): { readonly node: string; readonly nic: string } | undefined {
  if (typeof endpoint === 'string') return endpoint.includes(':') ? splitEndpoint(endpoint) : undefined;
  const [node, nic] = isMap(endpoint) ? [text(endpoint['node']), text(endpoint['nic'])] : [];
  return node !== undefined && nic !== undefined ? { node, nic } : undefined;
}

const text = (tree: Tree | undefined): string | undefined => (typeof tree === 'string' ? tree : undefined);

/** Of a map by key, of a list by index; of anything else none. */
function itemsOf(tree: Tree | undefined): readonly (readonly [string | number, Tree])[] {
  if (isMap(tree)) return Object.entries(tree);
  return tree !== undefined && isList(tree) ? [...tree.entries()] : [];
}
