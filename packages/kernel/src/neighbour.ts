import {
  type Change,
  deviceNameIn,
  familyOf,
  type Found,
  type Key,
  keyOf,
  type NeighbourAttrs,
  netlink,
  type Observed,
  type RawObserved,
  type ReadContext,
  type Ref,
  ref,
  resourceType,
  z,
} from '@pipewright/plugin';
import { comesByItself } from './by-itself.js';
import { carriersByDevice } from './carriers.js';
import { ownerByProtocol, PROTOCOL } from './mark.js';
import { ip, numberOf, rowsOf } from './rows.js';
import { setsDown } from './set-down.js';

type MarkedNeighbour = NeighbourAttrs & { readonly protocol?: number };

interface IpNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr: string;
  readonly protocol: string;
}

function read(
  { dst, dev, lladdr, protocol }: Partial<IpNeighbour>,
  { on }: ReadContext,
): readonly Found<MarkedNeighbour>[] {
  if (dst === undefined || dev === undefined || lladdr === undefined) return [];
  const device = { ref: keyOf('device', on, dev) };
  return [{ attrs: { to: dst, mac: lladdr, dev: device, protocol: numberOf(protocol, 0) }, within: [device] }];
}

/** With the last IPv4 address of a device the kernel drops all IPv4 neighbours there, permanent or not (arp_ifdown). */
function relateAddresses(all: readonly RawObserved[]): ReadonlyMap<Key, Observed> {
  const known = all.filter((it) => it.type === 'neighbour' && familyOf((it.attrs as NeighbourAttrs).to) === 4);
  if (known.length === 0) return new Map(); // mostly
  const carriers = carriersByDevice(all);
  const addressesOf = ({ attrs }: RawObserved): readonly Ref[] =>
    (carriers.get((attrs as NeighbourAttrs).dev.ref) ?? []).flatMap(({ key, cidr }) =>
      cidr.family === 4 ? [ref(key)] : [],
    );
  return new Map(known.map((it) => [it.key, { ...it, needs: addressesOf(it) }]));
}

function withoutAddress(
  found: Observed<MarkedNeighbour>,
  { type, key }: Observed,
): Observed<MarkedNeighbour> | undefined {
  if (type !== 'address') return found;
  const needs = (found.needs ?? []).filter((it) => it.ref !== key);
  return needs.length > 0 ? { ...found, needs } : undefined;
}

const changesMac = ({ before, after }: Change): boolean =>
  after?.attrs['mac'] !== undefined && before?.attrs['mac'] !== after.attrs['mac'];

export const neighbour = resourceType<MarkedNeighbour>({
  type: 'neighbour',
  get attrs() {
    return z.object({
      to: z.string(),
      mac: z.string(),
      dev: z.object({ ref: z.string() }),
      protocol: z.int().optional(),
    });
  },
  name: ({ to, dev }) => `${deviceNameIn(dev)} ${to}`,
  mark: (it) => ({ ...it, attrs: { ...it.attrs, protocol: PROTOCOL } }),
  owner: (found, all) => ownerByProtocol(found, all, found.attrs.dev.ref),
  queries: [ip({ object: 'neighbour' }, 'neigh', 'show', 'nud', 'permanent')],
  parse: ([answer], context) => rowsOf<IpNeighbour>(answer).flatMap((row) => read(row, context)),
  relate: relateAddresses,
  without: withoutAddress,
  // The kernel forgets all that are behind a device with another MAC address (neigh_changeaddr).
  lostBy: (_, change) => setsDown(change) || changesMac(change),
  comesAlong: comesByItself,
  write: ({ before, after, on }) =>
    after
      ? [netlink(on, 'neighbour', 'replace', after.attrs)]
      : before
        ? [netlink(on, 'neighbour', 'del', before.attrs)]
        : [],
});
