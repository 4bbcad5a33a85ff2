import {
  contains,
  type Diagnostic,
  type Model,
  type ModelNode,
  type Nic,
  parseCidr,
  problem,
  type ServiceLink,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { Had } from './in-use.js';
import type { NodeEntry, ServiceLinkEntry, Topology } from '../topology.js';

interface Resolved {
  readonly serviceLinks: readonly ServiceLink[];
  readonly diagnostics: readonly Diagnostic[];
}

type Placed = Pick<Model, 'nodes' | 'links'>;

type Seen = Pick<Had, 'absent'>;

/**
 * Finds for each service link where its nodes meet, and what the one reaches of the other there. Two nodes that exist without
 * us may meet where we have no part; that shows once they are `seen`.
 */
export function resolveServiceLinks(
  topology: Topology,
  model: Placed,
  registries: Registries,
  seen: Seen | undefined,
): Resolved {
  const found = topology.nodes.flatMap((from) =>
    from.serviceLinks.flatMap((it) => resolveOne(from, it, model, registries, seen) ?? []),
  );
  return {
    serviceLinks: found.flatMap((it) => ('severity' in it ? [] : [it])),
    diagnostics: found.flatMap((it) => ('severity' in it ? [it] : [])),
  };
}

function resolveOne(
  { name: from }: NodeEntry,
  entry: ServiceLinkEntry,
  model: Placed,
  registries: Registries,
  seen: Seen | undefined,
): ServiceLink | Diagnostic | undefined {
  const { node: to, alias, compat, path } = entry;
  const [own, other] = [from, to].map((name) => model.nodes.find((it) => it.name === name));
  const nic = own && other && meetingNic(own, other, entry, model);
  const isOutside = !nic && entry.network === undefined && [own, other].every((it) => it?.managed === false);
  if (isOutside && (!seen || [from, to].some((it) => seen.absent?.has(it)))) return undefined;
  if (!own || !other || !(nic ?? isOutside)) return problem(errors.noMeeting(from, to, entry.network), path);
  const addresses = nic ? firstOfEachFamily(nic.addresses) : reachedOf(own, other);
  if (addresses.length === 0)
    return problem(nic ? errors.noServiceAddress(from, to, nic.id) : errors.noMeetingElsewhere(from, to), path);
  return {
    from,
    to,
    alias,
    ...(nic?.network === undefined ? {} : { network: nic.network }),
    addresses,
    ports: entry.ports ?? exposedBy(other, registries),
    ...(compat === undefined ? {} : { compat }),
    path,
  };
}

/** The nic of the target in the network that is said, in the first that both join, or at the end of a cable between them. */
function meetingNic(
  own: ModelNode,
  other: ModelNode,
  { network }: ServiceLinkEntry,
  { links }: Placed,
): Nic | undefined {
  const joined = own.nics.flatMap((it) => it.network ?? []).filter((it) => network === undefined || it === network);
  const met = joined.flatMap((it) => other.nics.find((nic) => nic.network === it) ?? [])[0];
  if (met || network !== undefined) return met;
  const cable = links.find(
    ({ ends }) => ends.some((it) => it.node === own.name) && ends.some((it) => it.node === other.name),
  );
  return cable?.ends.find((it) => it.node === other.name);
}

/** Addresses that others gave the one, in subnets that the other is in. */
function reachedOf(own: ModelNode, other: ModelNode): readonly string[] {
  const subnets = (own.shipped?.addresses ?? []).flatMap((it) => parseCidr(it) ?? []);
  const isReached = (text: string): boolean => {
    const it = parseCidr(text);
    return it !== undefined && subnets.some((subnet) => subnet.family === it.family && contains(subnet, it));
  };
  return firstOfEachFamily((other.shipped?.addresses ?? []).filter(isReached));
}

function firstOfEachFamily(addresses: readonly string[]): readonly string[] {
  const all = addresses.flatMap((it) => parseCidr(it) ?? []);
  return ([4, 6] as const).flatMap((family) => all.find((it) => it.family === family)?.address ?? []);
}

const exposedBy = ({ kind, options, expose, shipped }: ModelNode, registries: Registries): ServiceLink['ports'] => [
  ...(shipped?.expose ?? []),
  ...expose,
  ...(registries.nodes.need(kind).exposes?.(options as never) ?? []),
];
