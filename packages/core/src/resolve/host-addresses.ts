import { formatCidr, parseCidr, parseIp } from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry } from '../topology.js';

/** Addresses that a network itself has in its subnets: with prefix length, but for one that no subnet gives it to. */
export const hostAddresses = ({ kind, options, subnets }: NetworkEntry, { networks }: Registries): readonly string[] =>
  (networks.need(kind).addresses?.(options as never) ?? []).map((it) => inSubnet(it, subnets));

function inSubnet(text: string, subnets: readonly string[]): string {
  const bare = parseIp(text);
  const subnet = bare && subnets.map(parseCidr).find((it) => it?.family === bare.family);
  return bare && subnet ? formatCidr({ ...bare, prefix: subnet.prefix }) : text;
}
