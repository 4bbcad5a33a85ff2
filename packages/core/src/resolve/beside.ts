import {
  type AddressAttrs,
  type BridgeVlanAttrs,
  type DeviceAttrs,
  deviceNameIn,
  isRef,
  type Key,
  type LedgerEntry,
  type Resource,
} from '@pipewright/plugin';
import type { DeviceKinds } from '../registry/registry.js';
import { groupBy } from './group-by.js';

/** An address that a nic of another topology has. */
export interface Beside {
  readonly address: string;
  /** `b/eth0 of topology "two"`. */
  readonly owner: string;
  /** They are in one segment: ports of one switch, or on one wire. What else is made on one device may be in different VLANs of it. */
  readonly meets: boolean;
}

type Kinds = Pick<DeviceKinds, 'get'>;

/** What nics of others have that are where ours are, on the same bridge or made on the same device, by the device of ours. */
export function addressesBeside(
  ours: readonly Resource[],
  others: readonly LedgerEntry[],
  kinds: Kinds,
): ReadonlyMap<Key, readonly Beside[]> {
  if (others.length === 0) return new Map();
  const theirs = groupBy(
    others.flatMap((it) => addressesIn(it, kinds)),
    ({ where }) => where,
  );
  return new Map([...placesIn(ours, kinds)].map(([device, { where }]) => [device, theirs.get(where) ?? []] as const));
}

/** Of each topology by itself: nodes of one name in two of them have the same keys. */
function addressesIn({ topology, resources }: LedgerEntry, kinds: Kinds): readonly (Beside & Place)[] {
  const places = placesIn(resources, kinds);
  return resources.flatMap(({ type, on, attrs }) => {
    if (type !== 'address') return [];
    const { dev, address } = attrs as AddressAttrs;
    const place = places.get(dev.ref);
    return place
      ? [{ ...place, address, owner: `${on.node ?? on.host}/${deviceNameIn(dev)} of topology "${topology}"` }]
      : [];
  });
}

interface Place extends Pick<Beside, 'meets'> {
  readonly where: string;
}

/** Where devices are that are on others, or the far ends of their cables. */
function placesIn(all: readonly Resource[], kinds: Kinds): ReadonlyMap<Key, Place> {
  const vlans = new Map(all.flatMap(untaggedOf));
  return new Map(
    all.flatMap((it) => {
      const place = it.type === 'device' ? placeOf(it, vlans, kinds) : undefined;
      return place ? [it.key, ...(it.peer ? [it.peer.ref] : [])].map((device) => [device, place] as const) : [];
    }),
  );
}

type Untagged = ReadonlyMap<Key, number | null>;

/** The VLAN of a port of which nothing is said: linux/if_bridge.h, vlan_default_pvid. */
const BY_ITSELF = 1;

function placeOf({ key, attrs }: Resource, vlans: Untagged, kinds: Kinds): Place | undefined {
  const { kind, master, link } = attrs as DeviceAttrs;
  const vlan = vlans.has(key) ? vlans.get(key) : BY_ITSELF;
  if (isRef(master)) return { where: `${master.ref} ${String(vlan)}`, meets: true };
  if (!isRef(link)) return undefined;
  return kinds.get(kind)?.sameWire ? { where: `${link.ref} wire`, meets: true } : { where: link.ref, meets: false };
}

function untaggedOf({ type, attrs }: Resource): readonly (readonly [Key, number | null])[] {
  if (type !== 'bridge-vlan') return [];
  const { dev, untagged } = attrs as BridgeVlanAttrs;
  return [[dev.ref, untagged]];
}
