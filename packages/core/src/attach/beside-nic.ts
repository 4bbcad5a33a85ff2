import {
  isRef,
  type Key,
  keyOf,
  type LedgerEntry,
  type Nic,
  parseCidr,
  type Resource,
  type Survey,
} from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';
import { addressesBeside } from '../resolve/beside.js';
import type { Had } from '../resolve/in-use.js';

/** What was applied of these topologies, or of all but the nic's own. */
export type AppliedByOthers = (topologies?: readonly string[]) => Promise<readonly LedgerEntry[]>;

/**
 * Who is beside a nic, where one of them has an address of it. Of topologies that have a port where it has its own: there may
 * be thousands of others, with thousands of nodes. Who else is made on a device does not show on the host: of all of them.
 */
export async function whoHasThem(
  topology: string,
  { on, device, addresses }: Nic,
  desired: readonly Resource[],
  { actual }: Pick<Survey, 'actual'>,
  { deviceKinds }: Pick<Registries, 'deviceKinds'>,
  applied: AppliedByOthers,
): Promise<Had['beside']> {
  if (addresses.length === 0) return undefined;
  const key = keyOf('device', on, device);
  const isMadeOn = desired.some((it) => it.key === key && isRef(it.attrs['link']));
  const others = await applied(isMadeOn ? undefined : portOwners(topology, desired, actual));
  const beside = addressesBeside(desired, others.map(withPortsIn(actual)), deviceKinds);
  const own = new Set(addresses.map(addressOf));
  return beside.get(key)?.some(({ address }) => own.has(addressOf(address))) ? beside : undefined;
}

/** Without ports that are gone: a guest that has ended has released its addresses. */
function withPortsIn(actual: Survey['actual']): (entry: LedgerEntry) => LedgerEntry {
  const there = new Set(actual.map(({ key }) => key));
  const isThere = (it: Resource): boolean => masterOf(it).length === 0 || there.has(it.key);
  return (entry) => ({ ...entry, resources: entry.resources.filter(isThere) });
}

const addressOf = (text: string): string | undefined => parseCidr(text)?.address;

/** Topologies with ports of the devices that ports of ours are of. */
function portOwners(topology: string, desired: readonly Resource[], actual: Survey['actual']): readonly string[] {
  const masters = new Set(desired.flatMap(masterOf));
  const owners = actual.flatMap(({ owner, ...it }) =>
    owner !== undefined && owner !== topology && masterOf(it).some((master) => masters.has(master)) ? [owner] : [],
  );
  return [...new Set(owners)];
}

const masterOf = ({ attrs: { master } }: Pick<Resource, 'attrs'>): readonly Key[] =>
  isRef(master) ? [master.ref] : [];
