import { type Cidr, formatCidr, parseCidr, parseIp } from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry } from '../topology.js';

/** Addresses that a network itself has in its subnets: with prefix length, but for one that no subnet gives it to. */
export function hostAddresses({ kind, options, subnets }: NetworkEntry, { networks }: Registries): readonly string[] {
  const cidrs = subnets.flatMap((it) => parseCidr(it) ?? []);
  return (networks.need(kind).addresses?.(options as never) ?? []).map((text) => {
    const bare = parseIp(text) && inSubnet(text, cidrs);
    return bare ? formatCidr(bare) : text;
  });
}

/** With the prefix length that is written, or else that of its family's subnet; undefined where there is neither. */
export function inSubnet(text: string, subnets: readonly Cidr[]): Cidr | undefined {
  const whole = parseCidr(text);
  if (whole) return whole;
  const bare = parseIp(text);
  const subnet = bare && subnets.find(({ family }) => family === bare.family);
  return bare && subnet ? { ...bare, prefix: subnet.prefix } : undefined;
}
