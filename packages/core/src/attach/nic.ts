import { fail, samePlace, type Survey } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { TreeMap } from '../parse/source.js';
import type { Candidate } from './guests.js';
import type { Known } from './known.js';
import type { JoinedNetwork } from './networks.js';
import type { AttachRequest } from './request.js';
import type { NicTree } from './tree.js';

/** The name asked for, else that of the guest's nic in the network, else the first that nothing there has. */
export function chooseNic(
  { nic, guest: word }: AttachRequest,
  guest: Candidate,
  network: string,
  known: Known,
  survey: Survey,
): string {
  if (nic !== undefined) return nic;
  const own = known.nics.map((it) => it.nic).filter((it) => it.node === guest.name);
  const [same, ...more] = own.filter((it) => it.network === network).map((it) => it.name);
  if (same !== undefined && more.length > 0) fail(errors.whichNic(word, [same, ...more]));
  if (same !== undefined) return same;
  const devices = survey.actual.filter((it) => it.type === 'device' && samePlace(it.on, guest.target.on));
  const taken = new Set([...own.map((it) => it.name), ...devices.map((it) => it.attrs['name'])]);
  for (let number = guest.firstNic; ; number++) if (!taken.has(`eth${String(number)}`)) return `eth${String(number)}`;
}

/** As it would stand in a file. */
export function nicTree(asked: AttachRequest, network: JoinedNetwork, name: string): NicTree {
  const { addresses, gateways, mac, mtu, hostDevice, dynamic, settings, vlan, trunk } = asked;
  const otherwise = dynamic?.by ?? (network.hasSubnet ? 'auto' : 'none');
  const address = addresses.length > 0 ? addresses : otherwise;
  const options = dynamic?.options && { [dynamic.by]: dynamic.options as TreeMap };
  return {
    network: network.name,
    name,
    address,
    ...options,
    ...given({ 'host-device': hostDevice, gateway: gateways, mac, mtu, vlan, trunk }),
    ...(settings as TreeMap | undefined),
  };
}

const given = (keys: Readonly<Record<string, string | number | readonly string[] | undefined>>): TreeMap =>
  Object.fromEntries(
    Object.entries(keys).flatMap(([key, value]) =>
      value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[key, value]],
    ),
  );
