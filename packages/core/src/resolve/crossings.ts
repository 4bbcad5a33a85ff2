import {
  type AddressAttrs,
  type Cidr,
  contains,
  deviceNameIn,
  type Diagnostic,
  formatCidr,
  isLinkLocal,
  keyOf,
  type Model,
  type NetworkSpec,
  networkValue,
  parseCidr,
  type Path,
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

/** One that a network gives it. */
interface Given extends Held {
  readonly network: string;
  readonly path: Path;
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
    return heldBy(it.on.host, dev.ref, deviceNameIn(dev), address);
  });
  const own = bridges.flatMap(heldOn);
  const ranks = new Map<Held, number>(own.map((it, index) => [it, index]));
  const rankOf = (it: Held): number => ranks.get(it) ?? -1;
  const others = new Map<Held, Held>();
  for (const pair of [...groupBy([...theirs, ...own], (it) => it.host).values()].flatMap(overlapping)) {
    // Of two networks the later is told of.
    const [other, told] = pair.toSorted((a, b) => rankOf(a) - rankOf(b)) as [Held, Held];
    if (ranks.has(told) && !others.has(told)) others.set(told, other);
  }
  return own.flatMap((it): Diagnostic[] => {
    const other = others.get(it);
    if (!other) return [];
    return [warning(errors.crossing(it.network, formatCidr(it.cidr), formatCidr(other.cidr), other.on), it.path)];
  });
}

/** Pairs of subnets on two devices that overlap: of such two one contains the other. */
function overlapping(all: readonly Held[]): readonly (readonly [Held, Held])[] {
  const largestFirst = all.toSorted((a, b) => {
    const [one, other] = [networkValue(a.cidr), networkValue(b.cidr)];
    return a.cidr.family - b.cidr.family || (one < other ? -1 : one > other ? 1 : a.cidr.prefix - b.cidr.prefix);
  });
  const around: Held[] = [];
  return largestFirst.flatMap((it) => {
    while (around.length > 0 && !around.slice(-1).some(({ cidr }) => contains(cidr, it.cidr))) around.pop();
    const found = around.findLast(({ device }) => device !== it.device);
    around.push(it);
    return found ? [[found, it] as const] : [];
  });
}

const heldOn = ({ name, segment, device, addresses, path }: NetworkSpec): readonly Given[] =>
  addresses.flatMap((text, index) =>
    heldBy(segment.host, keyOf('device', segment, device?.name ?? ''), `network ${name}`, text).map((it) => ({
      ...it,
      network: name,
      path: itemPath(path, 'address', addresses, index),
    })),
  );

function heldBy(host: string, device: string, on: string, text: string): Held[] {
  const cidr = parseCidr(text);
  return cidr && !isLinkLocal(cidr) && !isAlone(cidr) ? [{ host, device, on, cidr }] : [];
}

const isAlone = ({ family, prefix }: Cidr): boolean => prefix === (family === 4 ? 32 : 128);
