import type { AddressAttrs, Key, Resource } from '@pipewright/plugin';

/** Addresses on devices now, by the device's key: so that nobody moves. */
export type InUse = ReadonlyMap<Key, readonly string[]>;

export function inUseOf(actual: readonly Resource[]): InUse {
  const found = new Map<Key, string[]>();
  for (const it of actual) {
    if (it.type !== 'address') continue;
    const { dev, address } = it.attrs as AddressAttrs;
    found.set(dev.ref, [...(found.get(dev.ref) ?? []), address]);
  }
  return found;
}
