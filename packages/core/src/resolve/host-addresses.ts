import type { Registries } from '../registry/registry.js';
import type { NetworkEntry } from '../topology.js';

/** Addresses that a network itself has in its subnets, with prefix length. */
export const hostAddresses = ({ kind, options }: NetworkEntry, { networks }: Registries): readonly string[] =>
  networks.need(kind).addresses?.(options as never) ?? [];
