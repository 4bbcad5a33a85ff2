import type { AddressAttrs, Allotted, Key, Observed, Resource, Shipped } from '@pipewright/plugin';
import type { Beside } from './beside.js';

/** Addresses on devices now, by the device's key: so that nobody moves. */
export type InUse = ReadonlyMap<Key, readonly string[]>;

/** What nics had before, so that nobody moves; and what nodes bring of their own, as far as it is known. */
export interface Had {
  readonly inUse: InUse;
  readonly allotted: Allotted;
  readonly shipped?: Readonly<Record<string, Shipped>> | undefined;
  /** All that is there. */
  readonly actual: readonly Observed[];
  /** Nodes that are not there, or do not run: that is told of them, and nothing that follows from it. */
  readonly absent?: ReadonlySet<string>;
  /** What container engines have given, and nobody looked at. */
  readonly given?: readonly string[] | undefined;
  /** What nics of other topologies have that are on the devices ours are on, by the device of ours. */
  readonly beside?: ReadonlyMap<Key, readonly Beside[]>;
  /** What was applied on hosts that nobody looked at. */
  readonly unseen?: readonly Resource[];
}

/** For a topology that is only checked. */
export const HAD_NOTHING: Had = { inUse: new Map(), allotted: new Map(), actual: [] };

export function inUseOf(actual: readonly Resource[]): InUse {
  const found = new Map<Key, string[]>();
  for (const it of actual) {
    if (it.type !== 'address') continue;
    const { dev, address } = it.attrs as AddressAttrs;
    found.set(dev.ref, [...(found.get(dev.ref) ?? []), address]);
  }
  return found;
}
