import { type AddressAttrs, type Batch, type Change, netlink, type Resource } from '@pipewright/plugin';

/** What the neighbours of devices are told that answer at another MAC address now, with addresses that nothing gave anew. */
export function atAnotherMac(changes: readonly Change[], desired: readonly Resource[]): readonly Batch[] {
  const devices = new Set(changes.flatMap(({ fields, key }) => (fields.includes('mac') ? [key] : [])));
  if (devices.size === 0) return [];
  const changed = new Set(changes.map(({ key }) => key));
  return (desired as readonly Resource<AddressAttrs>[]).flatMap(({ type, key, on, attrs }) =>
    type === 'address' && devices.has(attrs.dev.ref) && !changed.has(key)
      ? [{ on, ops: [netlink(on, 'address', 'add', attrs)] }]
      : [],
  );
}
