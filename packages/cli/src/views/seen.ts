import {
  type AddressAttrs,
  type DeviceAttrs,
  type Key,
  type Observed,
  type Placement,
  placeKey,
} from '@pipewright/plugin';

/** What a survey found, by what is asked of it for each node and each nic. */
export class Seen {
  readonly #found: ReadonlyMap<Key, Observed>;
  readonly #devices = new Map<string, Observed<DeviceAttrs>[]>();
  readonly #addresses = new Map<Key, string[]>();

  constructor(actual: readonly Observed[]) {
    this.#found = new Map(actual.map((it) => [it.key, it]));
    for (const it of actual) {
      if (isDevice(it)) listOf(this.#devices, placeKey(it.on)).push(it);
      if (isAddress(it)) listOf(this.#addresses, it.attrs.dev.ref).push(it.attrs.address);
    }
  }

  has(key: Key): boolean {
    return this.#found.has(key);
  }

  idOf(key: Key | undefined): string | undefined {
    return key === undefined ? undefined : this.#found.get(key)?.id;
  }

  device(key: Key | undefined): Observed<DeviceAttrs> | undefined {
    const found = key === undefined ? undefined : this.#found.get(key);
    return found && isDevice(found) ? found : undefined;
  }

  /** But for what is in each namespace: a loopback that has no addresses of its own, and what stands for kinds of tunnels. */
  devicesAt(on: Placement): readonly Observed<DeviceAttrs>[] {
    return (this.#devices.get(placeKey(on)) ?? []).filter(
      (it) => this.addressesOf(it.key).length > 0 || !(it.attrs.kind === 'loopback' || isTemplate(it)),
    );
  }

  /** With prefix lengths. */
  addressesOf(device: Key): readonly string[] {
    return this.#addresses.get(device) ?? [];
  }
}

/** As modules of tunnels put them into every namespace (net.core.fb_tunnels_only_for_init_net): gre0, sit0, ip6tnl0. */
const isTemplate = ({ owner, attrs }: Observed<DeviceAttrs>): boolean =>
  owner === undefined && attrs.up !== true && /^[0:.]+$/.test(attrs.mac ?? '');

const isDevice = (it: Observed): it is Observed<DeviceAttrs> => it.type === 'device';
const isAddress = (it: Observed): it is Observed<AddressAttrs> => it.type === 'address';

export function listOf<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const known = lists.get(key) ?? [];
  lists.set(key, known);
  return known;
}
