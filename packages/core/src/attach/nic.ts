import { fail, samePlace, type Survey } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { TreeMap } from '../parse/source.js';
import type { Registries } from '../registry/registry.js';
import { nameOnParent } from '../resolve/nics.js';
import type { Candidate } from './guests.js';
import type { Known } from './known.js';
import type { JoinedNetwork } from './networks.js';
import type { AttachRequest } from './request.js';
import type { NicTree } from './tree.js';

/** What is known of the topology, and what is there. */
interface Situation {
  readonly known: Known;
  readonly survey: Survey;
  readonly registries: Registries;
}

const networksOf = ({ topology }: Known) => new Map(topology.networks.map((it) => [it.name, it]));

/**
 * The name asked for, else that of the guest's nic in the network (and on the parent), else what one on that parent is
 * called, else the first that nothing there has.
 */
export function chooseNic(
  { nic, parent, guest: word }: AttachRequest,
  guest: Candidate,
  network: string,
  { known, survey, registries }: Situation,
): string {
  if (nic !== undefined) return nic;
  const drafts = known.nics.filter((it) => it.nic.node === guest.name);
  const own = drafts.map((it) => it.nic);
  const [same, ...more] = drafts
    .filter((it) => it.nic.network === network && (parent === undefined || it.entry.parent === parent))
    .map((it) => it.nic.name);
  if (same !== undefined && more.length > 0) fail(errors.whichNic(word, [same, ...more]));
  const made = same ?? nameOnParent({ parent, network }, networksOf(known), registries);
  if (made !== undefined) return made;
  const devices = survey.actual.filter((it) => it.type === 'device' && samePlace(it.on, guest.target.on));
  const taken = new Set([...own.map((it) => it.name), ...devices.map((it) => it.attrs['name'])]);
  for (let number = guest.firstNic; ; number++) if (!taken.has(`eth${String(number)}`)) return `eth${String(number)}`;
}

/** As it would stand in a file. */
export function nicTree(asked: AttachRequest, network: JoinedNetwork, name: string): NicTree {
  const { addresses, gateways, mac, mtu, parent, hostDevice, dynamic = [], settings, vlan, trunk } = asked;
  const texts = [...addresses, ...dynamic.map(({ by }) => by)];
  const address = texts.length > 0 ? texts : network.hasSubnet ? 'auto' : 'none';
  const options = Object.fromEntries(dynamic.flatMap(({ by, options: its }) => (its ? [[by, its as TreeMap]] : [])));
  return {
    network: network.name,
    name,
    address,
    ...options,
    ...given({ parent, 'host-device': hostDevice, gateway: gateways, mac, mtu, vlan, trunk }),
    ...(settings as TreeMap | undefined),
  };
}

const given = (keys: Readonly<Record<string, string | number | readonly string[] | undefined>>): TreeMap =>
  Object.fromEntries(
    Object.entries(keys).flatMap(([key, value]) =>
      value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[key, value]],
    ),
  );
