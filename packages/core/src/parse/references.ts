import { LOCAL_HOST, type Path, type Position } from '@pipewright/plugin';
import { type Complaints, placeOf } from './complaints.js';
import { didYouMean } from './did-you-mean.js';
import { errors } from './errors.js';
import {
  type EndpointMention,
  mentionedEndpoints,
  mentionedHosts,
  mentionedNetworks,
  mentionedServiceLinks,
  namesIn,
  type NetworkMention,
  type ServiceLinkMention,
} from './mentions.js';
import { isMap, type Source } from './source.js';

/** Checks what entries say of each other. `wellKnown` are the nodes that need no entry. */
export function checkReferences(wellKnown: readonly string[], complaints: Complaints): void {
  const networks = mentionedNetworks(complaints.source);
  const endpoints = mentionedEndpoints(complaints.source);
  checkHostNames(complaints);
  checkNetworks(networks, complaints);
  checkJoinedOnce(networks, complaints);
  const services = mentionedServiceLinks(complaints.source);
  checkNodes(endpoints, wellKnown, complaints);
  checkNodes(services, [], complaints);
  checkServiceLinks(services, complaints);
  checkNicNames(networks, endpoints, complaints);
}

function checkHostNames(complaints: Complaints): void {
  const known = new Set([LOCAL_HOST, ...namesIn('hosts', complaints.source)]);
  for (const { host, path } of mentionedHosts(complaints.source))
    if (!known.has(host)) complaints.add(errors.noSuchName('host', host, [...known], didYouMean(host, known)), path);
}

function checkNetworks(mentions: readonly NetworkMention[], complaints: Complaints): void {
  const known = namesIn('networks', complaints.source);
  for (const mention of mentions) {
    if (known.has(mention.network)) continue;
    const fault = errors.noSuchName('network', mention.network, [...known], didYouMean(mention.network, known));
    complaints.add(fault, mention.path, placeOfName(mention, 'network', complaints.source));
  }
}

/** Two nics in one network that only their order tells apart would be swapped one day. */
function checkJoinedOnce(mentions: readonly NetworkMention[], complaints: Complaints): void {
  const first = new Map<string, NetworkMention>();
  for (const mention of mentions) {
    const key = JSON.stringify([mention.node, mention.network]);
    const other = first.get(key);
    if (!other) first.set(key, mention);
    else if (other.nic === undefined || mention.nic === undefined)
      complaints.add(errors.networkTwice(mention.node, mention.network), mention.path);
  }
}

function checkNodes(
  mentions: readonly Pick<EndpointMention, 'node' | 'path'>[],
  wellKnown: readonly string[],
  complaints: Complaints,
): void {
  const known = new Set([...namesIn('nodes', complaints.source), ...wellKnown]);
  for (const { node, path } of mentions) {
    if (known.has(node)) continue;
    const fault = errors.noSuchName('node', node, [...known], didYouMean(node, known));
    complaints.add(fault, path, placeOfName({ path }, 'node', complaints.source));
  }
}

/** Two services of one alias would be one name with two addresses. */
function checkServiceLinks(mentions: readonly ServiceLinkMention[], complaints: Complaints): void {
  const first = new Map<string, ServiceLinkMention>();
  for (const { from, node, alias, path } of mentions) {
    const key = JSON.stringify([from, alias.toLowerCase()]);
    const other = first.get(key);
    if (other) complaints.add(errors.aliasTwice(from, alias, other.node, node), path);
    else first.set(key, { from, node, alias, path });
    if (node === from) complaints.add(errors.linkedToItself(from), path);
  }
}

function checkNicNames(
  networks: readonly NetworkMention[],
  endpoints: readonly EndpointMention[],
  complaints: Complaints,
): void {
  const { source } = complaints;
  const places = new Map<string, Position>();
  const claim = (node: string, nic: string, path: Path, at: Position): void => {
    const endpoint = `${node}:${nic}`;
    const other = places.get(endpoint);
    if (other) complaints.add(errors.endpointTwice(endpoint, placeOf(other)), path, at);
    else places.set(endpoint, at);
  };
  for (const it of networks)
    if (it.nic !== undefined) claim(it.node, it.nic, it.path, source.locate([...it.path, 'name']));
  for (const it of endpoints) claim(it.node, it.nic, it.path, placeOfName(it, 'nic', source));
}

/** A name is the value under `key`, or the text itself, or the key of a map. */
function placeOfName({ path }: { readonly path: Path }, key: string, source: Source): Position {
  const isItem = typeof path.at(-1) === 'number';
  if (!isItem) return source.locateKey(path);
  return source.locate(isMap(source.valueAt(path)) ? [...path, key] : path);
}
