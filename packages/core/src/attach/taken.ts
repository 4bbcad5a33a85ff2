import {
  type AddressAttrs,
  type Diagnostic,
  type Nic,
  type Observed,
  problem,
  type Resource,
  samePlace,
} from '@pipewright/plugin';
import { errors } from '../errors.js';

/** Addresses of the nic that its guest has on another device, or the host has on one of the nic's network. */
export function takenAddresses(
  nic: Nic,
  desired: readonly Resource[],
  actual: readonly Observed[],
): readonly Diagnostic[] {
  const network = new Set(desired.filter((it) => it.on.node === undefined).map((it) => it.key));
  const own = new Set(desired.map((it) => it.key));
  const others = actual.filter(
    (it) => it.type === 'address' && !own.has(it.key) && (isIn(nic, it) || network.has(deviceOf(it))),
  );
  return nic.addresses.flatMap((address) => {
    const other = others.find((it) => bare(String(it.attrs['address'])) === bare(address) && !isOn(nic, it));
    return other ? [problem(errors.addressTaken(address, placeOf(other)), [...nic.path, 'address'])] : [];
  });
}

const bare = (address: string): string => address.replace(/\/.*$/, '');

const deviceOf = (it: Resource): string => (it.attrs as unknown as AddressAttrs).dev.ref;

const deviceName = (it: Resource): string => deviceOf(it).slice(deviceOf(it).lastIndexOf('/') + 1);

const isIn = (nic: Nic, { on }: Resource): boolean => samePlace(on, nic.on);

const isOn = (nic: Nic, it: Resource): boolean => isIn(nic, it) && deviceName(it) === nic.device;

const placeOf = (it: Resource): string => `${deviceName(it)} of ${it.on.node ?? 'the host'}`;
