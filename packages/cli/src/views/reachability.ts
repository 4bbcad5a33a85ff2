import type { Model, Nic } from '@pipewright/plugin';
import type { Paint } from '../output/paint.js';
import { type Cell, table } from '../output/table.js';
import { count, printable } from '../output/text.js';

/** One question: does `from` reach this address of `to`? */
export interface Probe {
  readonly from: string;
  readonly to: string;
  /** The network or link they share. */
  readonly over: string;
  readonly family: 4 | 6;
  readonly address: string;
}

export interface Reached extends Probe {
  readonly reached: boolean;
  /** Round trip. */
  readonly ms: number | null;
  /** What ping said where it did not get there. */
  readonly message?: string;
}

/** Each address of each neighbour: in both directions, as what comes back may go another way. */
export function probesOf(model: Model): readonly Probe[] {
  return neighbourhoods(model).flatMap(({ name, nics }) =>
    nics.flatMap((from) => nics.flatMap((to) => between(from, to, name))),
  );
}

interface Neighbourhood {
  readonly name: string;
  readonly nics: readonly Nic[];
}

/** A fabric makes one of what a network or a link is on each host. */
function neighbourhoods({ networks, links, fabricLinks }: Model): readonly Neighbourhood[] {
  const whole = networks.filter(({ fabric }) => fabric !== undefined);
  return [
    ...networks.filter((it) => !whole.includes(it)).map(({ name, members: nics }) => ({ name, nics })),
    ...byName(whole.map(({ name, members: nics }) => ({ name, nics }))),
    ...links.map(({ name, ends: nics }) => ({ name, nics })),
    ...byName(fabricLinks.map(({ link: name, nic }) => ({ name, nics: [nic] }))),
  ];
}

function byName(parts: readonly Neighbourhood[]): readonly Neighbourhood[] {
  const names = [...new Set(parts.map(({ name }) => name))];
  return names.map((name) => ({ name, nics: parts.flatMap((it) => (it.name === name ? it.nics : [])) }));
}

/** A source without an address of the family has no way to answer by. */
function between(from: Nic, to: Nic, over: string): readonly Probe[] {
  if (from.node === to.node) return [];
  const families = new Set(from.addresses.map(familyOf));
  return to.addresses
    .filter((it) => families.has(familyOf(it)))
    .map((it) => ({ from: from.node, to: to.node, over, family: familyOf(it), address: targetOf(it, from) }));
}

/** Every device has link-local neighbours: by which of them is part of such an address (RFC 4007, 11). */
function targetOf(cidr: string, { device }: Nic): string {
  const [address = cidr] = cidr.split('/');
  return address.startsWith('fe80:') ? `${address}%${device}` : address;
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

export const pingArgv = ({ address, family }: Probe): readonly string[] => [
  'ping',
  `-${String(family)}`,
  '-n',
  '-c',
  '1',
  '-W',
  '1',
  address,
];

/** `… time=0.053 ms` */
export function roundTrip(stdout: string): number | null {
  const ms = /time[=<]([\d.]+) ?ms/.exec(stdout)?.[1];
  return ms === undefined ? null : Number(ms);
}

/** For people: rows reach columns, then what did not get there. */
export function reachabilityText(reached: readonly Reached[], paint: Paint): string {
  const nodes = [...new Set(reached.flatMap(({ from, to }) => [from, to]))];
  const rows = nodes.map((from) => [
    from,
    ...nodes.map((to) => cell(reached.filter((it) => it.from === from && it.to === to))),
  ]);
  const failed = reached.filter((it) => !it.reached);
  return [
    table(['FROM', ...nodes.map((it) => `→ ${it}`)], rows, paint),
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

function cell(probes: readonly Reached[]): Cell {
  if (probes.length === 0) return '-';
  const failed = probes.filter((it) => !it.reached);
  if (failed.length === 0) return { text: 'ok', style: 'green' };
  return {
    text: failed.length === probes.length ? 'fails' : `fails ${failed.map((it) => it.address).join(' ')}`,
    style: 'red',
  };
}
