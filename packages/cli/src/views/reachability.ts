import {
  type Batch,
  type Cidr,
  isLinkLocal,
  keyOf,
  type Model,
  type ModelNode,
  type NeighbourAttrs,
  netlink,
  type Nic,
  type Op,
  parseCidr,
  type Placement,
  placeKey,
  type Resource,
} from '@pipewright/plugin';
import type { Paint } from '../output/paint.js';
import { type Cell, table } from '../output/table.js';
import { count, printable } from '../output/text.js';
import { listOf, type Seen } from './seen.js';

/** One question: does `from` reach this address of `to`? */
interface Question {
  readonly from: string;
  readonly to: string;
  /** The network or link they share; `routes` where they share none. */
  readonly over: string;
  readonly family: 4 | 6;
  readonly address: string;
}

/** With the nic that it is asked by. */
export interface Probe extends Question {
  readonly nic: Nic;
}

export interface Reached extends Question {
  readonly reached: boolean;
  /** Round trip. */
  readonly ms: number | null;
  /** What ping said where it did not get there. */
  readonly message?: string;
}

/**
 * Each address of each neighbour: in both directions, as what comes back may go another way. With one node named, to and
 * from it; with two, these two.
 */
export function probesOf(model: Model, seen: Seen, named: readonly string[] = []): readonly Probe[] {
  const isNamed = ({ nic }: Addressed): boolean => named.includes(nic.node);
  return neighbourhoods(model).flatMap(({ name, nics }) => {
    const addressed = nics
      .filter(({ node }) => named.length < 2 || named.includes(node))
      .map((nic) => ({ nic, addresses: addressesOf(nic, seen) }));
    const ends = addressed.filter(isNamed);
    const othersOf = (it: Addressed) => (named.length === 1 && !isNamed(it) ? ends : addressed);
    return addressed.flatMap((from) => othersOf(from).flatMap((to) => between(from, to, name)));
  });
}

/** Two that share no network: each address of the other, by whatever leads there. One of a link leads nowhere else. */
export function probesByRoutes(
  { nodes }: Pick<Model, 'nodes'>,
  pair: readonly [string, string],
  seen: Seen,
): readonly Probe[] {
  const [one, other] = pair.map((name) => nodes.find((it) => it.name === name));
  return one && other && one !== other ? [...across(one, other, seen), ...across(other, one, seen)] : [];
}

function across(from: ModelNode, to: ModelNode, seen: Seen): readonly Probe[] {
  const [nic] = from.nics;
  const families = new Set(addressesAt(from, seen).map(({ family }) => family));
  return addressesAt(to, seen).flatMap(({ family, address }) =>
    nic && families.has(family) ? { from: from.name, to: to.name, over: 'routes', family, address, nic } : [],
  );
}

const addressesAt = ({ nics, loopback }: ModelNode, seen: Seen): readonly Cidr[] =>
  [...nics.flatMap((it) => addressesOf(it, seen)), ...loopback.flatMap((it) => parseCidr(it) ?? [])].filter(
    (it) => !isLinkLocal(it),
  );

interface Addressed {
  readonly nic: Nic;
  readonly addresses: readonly Cidr[];
}

/** The declared ones; of a nic that finds its own, as by DHCP, those that it has now. */
function addressesOf({ on, device, addresses, dynamic }: Nic, seen: Seen): readonly Cidr[] {
  const parsed = (all: readonly string[]): readonly Cidr[] => all.flatMap((it) => parseCidr(it) ?? []);
  if (dynamic.length === 0) return parsed(addresses);
  const more = seen.addressesOf(keyOf('device', on, device)).filter((it) => !addresses.includes(it));
  return [...parsed(addresses), ...parsed(more).filter((it) => !isLinkLocal(it))];
}

interface Neighbourhood {
  readonly name: string;
  readonly nics: readonly Nic[];
}

/** A fabric makes one of what a network is on each host. */
function neighbourhoods({ nodes, networks, links }: Model): readonly Neighbourhood[] {
  const whole = networks.filter(({ fabric }) => fabric !== undefined);
  const order = new Map(nodes.map(({ name }, index) => [name, index]));
  const placeOf = ({ node }: Nic): number => order.get(node) ?? nodes.length;
  return [
    ...networks.filter((it) => !whole.includes(it)).map(({ name, members: nics }) => ({ name, nics })),
    ...byName(whole.map(({ name, members: nics }) => ({ name, nics }))).map(({ name, nics }) => ({
      name,
      nics: nics.toSorted((a, b) => placeOf(a) - placeOf(b)),
    })),
    ...links.map(({ name, ends: nics }) => ({ name, nics })),
  ];
}

function byName(parts: readonly Neighbourhood[]): readonly Neighbourhood[] {
  const names = [...new Set(parts.map(({ name }) => name))];
  return names.map((name) => ({ name, nics: parts.flatMap((it) => (it.name === name ? it.nics : [])) }));
}

/** A source without an address of the family has no way to answer by. */
function between(from: Addressed, to: Addressed, over: string): readonly Probe[] {
  if (from.nic.node === to.nic.node) return [];
  const families = new Set(from.addresses.map(({ family }) => family));
  return to.addresses
    .filter(({ family }) => families.has(family))
    .map((it) => ({
      from: from.nic.node,
      to: to.nic.node,
      over,
      family: it.family,
      address: targetOf(it, from.nic),
      nic: from.nic,
    }));
}

/** Every device has link-local neighbours: by which of them is part of such an address (RFC 4007, 11). */
const targetOf = (it: Cidr, { device }: Nic): string => (isLinkLocal(it) ? `${it.address}%${device}` : it.address);

/**
 * Each round has both ways of a pair in it, and no more than the kernel has room for: it keeps 1,024 neighbours a family in
 * all its namespaces together (gc_thresh3), and says that nobody is there where it cannot keep one more.
 */
export function roundsOf(probes: readonly Probe[]): readonly (readonly Probe[])[] {
  const pairs = new Map<string, Probe[]>();
  for (const it of probes) listOf(pairs, [it.from, it.to].sort().join(' ')).push(it);
  const rounds: Probe[][] = [];
  for (const pair of pairs.values()) {
    const last = rounds.at(-1);
    if (last && last.length + pair.length <= NEIGHBOURS_A_ROUND) last.push(...pair);
    else rounds.push([...pair]);
  }
  return rounds;
}

/** Some others have some, too. */
const NEIGHBOURS_A_ROUND = 400;

/** Makes the kernel forget the neighbours that probes found, but for `lasting` ones. */
export function forgetting(probes: readonly Probe[], lasting: readonly Resource[]): readonly Batch[] {
  const kept = new Set(
    (lasting as readonly Resource<NeighbourAttrs>[]).map(({ attrs }) => `${attrs.dev.ref} ${attrs.to}`),
  );
  const batches = new Map<string, { readonly on: Placement; readonly ops: Op[] }>();
  for (const { address, nic } of probes) {
    const [to = address] = address.split('%');
    const dev = keyOf('device', nic.on, nic.device);
    if (kept.has(`${dev} ${to}`)) continue;
    const batch = batches.get(placeKey(nic.on)) ?? { on: nic.on, ops: [] };
    batches.set(placeKey(nic.on), batch);
    batch.ops.push(netlink(nic.on, 'neighbour', 'del', { to, dev: { ref: dev } }));
  }
  return [...batches.values()];
}

/** More columns are wider than any screen. */
const WIDEST = 30;

/** For people: rows reach columns, or how many, then what did not get there. */
export function reachabilityText(reached: readonly Reached[], paint: Paint): string {
  const pairs = new Map<string, Map<string, Reached[]>>();
  for (const it of reached) {
    const of = pairs.get(it.from) ?? new Map<string, Reached[]>();
    pairs.set(it.from, of);
    listOf(of, it.to).push(it);
  }
  const nodes = [...new Set(reached.flatMap(({ from, to }) => [from, to]))];
  const rows = nodes.map((from) =>
    nodes.length > WIDEST
      ? [from, share([...(pairs.get(from)?.values() ?? [])].flat())]
      : [from, ...nodes.map((to) => cell(pairs.get(from)?.get(to) ?? []))],
  );
  const failed = reached.filter((it) => !it.reached);
  return [
    table(['FROM', ...(nodes.length > WIDEST ? ['REACHES'] : nodes.map((it) => `→ ${it}`))], rows, paint),
    '',
    failed.length === 0
      ? `All of ${count(reached.length, 'address', 'addresses')} were reached.`
      : `${String(failed.length)} of ${count(reached.length, 'address', 'addresses')} were not reached:`,
    ...failed.map(
      (it) =>
        `  ${printable(`${it.from} → ${it.to} ${it.address} over ${it.over}${it.message ? `: ${it.message}` : ''}`)}`,
    ),
  ].join('\n');
}

function share(probes: readonly Reached[]): Cell {
  const reached = probes.filter((it) => it.reached).length;
  const text = `${String(reached)} of ${String(probes.length)}`;
  return { text, style: reached === probes.length ? 'green' : 'red' };
}

function cell(probes: readonly Reached[]): Cell {
  if (probes.length === 0) return '-';
  const failed = probes.filter((it) => !it.reached);
  if (failed.length === 0) return { text: 'ok', style: 'green' };
  return {
    text: failed.length === probes.length ? 'fails' : `fails ${failed.map((it) => it.address).join(' ')}`,
    style: 'red',
  };
}
