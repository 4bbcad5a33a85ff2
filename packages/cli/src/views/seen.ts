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

  /** But for a loopback that has no addresses of its own: what each has is not looked at. */
  devicesAt(on: Placement): readonly Observed<DeviceAttrs>[] {
    return (this.#devices.get(placeKey(on)) ?? []).filter(
      ({ key, attrs }) => attrs.kind !== 'loopback' || this.addressesOf(key).length > 0,
    );
  }

  /** With prefix lengths. */
  addressesOf(device: Key): readonly string[] {
    return this.#addresses.get(device) ?? [];
  }
}

const isDevice = (it: Observed): it is Observed<DeviceAttrs> => it.type === 'device';
const isAddress = (it: Observed): it is Observed<AddressAttrs> => it.type === 'address';

export function listOf<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const known = lists.get(key) ?? [];
  lists.set(key, known);
  return known;
}
