import {
  type AddressAttrs,
  type Cidr,
  contains,
  type Diagnostic,
  formatCidr,
  isLinkLocal,
  keyOf,
  type Model,
  type NetworkSpec,
  parseCidr,
  warning,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { groupBy } from './group-by.js';
import type { Had } from './in-use.js';
import { itemPath } from './item-path.js';

/** An address of a host, and the device that it is on. */
interface Held {
  readonly host: string;
  readonly device: string;
  /** The device in a message. */
  readonly on: string;
  readonly cidr: Cidr;
}

/**
 * Subnets that a host would be in by a bridge and is in by another device: it sends what is for them to one of the two, and
 * whoever is behind the other hears nothing. A lab in the subnet of the office takes the office from the host.
 */
export function crossings(
  { topology, networks }: Pick<Model, 'topology' | 'networks'>,
  { actual }: Had,
): readonly Diagnostic[] {
  const bridges = networks.filter(({ device }) => device?.isBridge);
  if (bridges.every(({ addresses }) => addresses.length === 0)) return [];
  const theirs = actual.flatMap((it): Held[] => {
    if (it.type !== 'address' || it.owner === topology || it.on.node !== undefined) return [];
    const { address, dev } = it.attrs as AddressAttrs;
    return heldBy(it.on.host, dev.ref, dev.ref.slice(dev.ref.lastIndexOf('/') + 1), address);
  });
  const known = groupBy(theirs, (it) => it.host);
  const earlier: Held[] = [];
  return bridges.flatMap((network) => {
    const own = heldOn(network);
    const others = [...(known.get(network.segment.host) ?? []), ...earlier];
    earlier.push(...own);
    return own.flatMap(({ cidr, device, host }, index): Diagnostic[] => {
      const other = others.find((it) => it.host === host && it.device !== device && overlap(it.cidr, cidr));
      if (!other) return [];
      const fault = errors.crossing(network.name, formatCidr(cidr), formatCidr(other.cidr), other.on);
      return [warning(fault, itemPath(network.path, 'address', network.addresses, index))];
    });
  });
}

const heldOn = ({ name, segment, device, addresses }: NetworkSpec): readonly Held[] =>
  addresses.flatMap((it) => heldBy(segment.host, keyOf('device', segment, device?.name ?? ''), `network ${name}`, it));

function heldBy(host: string, device: string, on: string, text: string): Held[] {
  const cidr = parseCidr(text);
  return cidr && !isLinkLocal(cidr) && !isAlone(cidr) ? [{ host, device, on, cidr }] : [];
}

const isAlone = ({ family, prefix }: Cidr): boolean => prefix === (family === 4 ? 32 : 128);

const overlap = (one: Cidr, other: Cidr): boolean => contains(one, other) || contains(other, one);
