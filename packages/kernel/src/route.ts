import {
  type Found,
  goesWith,
  keyOf,
  netlink,
  type Nexthop,
  type ReadContext,
  type RouteAttrs,
  type RouteKind,
  resourceType,
  z,
} from '@pipewright/plugin';
import { comesByItself } from './by-itself.js';
import { carryAgain, forgetsSource, relateCarriers, withoutCarrier } from './carriers.js';
import { ownerByProtocol, PROTOCOL } from './mark.js';
import { ip, numberOf, rowsOf } from './rows.js';
import { KERNEL, nameOfRoute } from './route-name.js';
import { setsDown } from './set-down.js';
import { isShelved, routeShelf, shelveUnseen } from './shelf.js';

/** With who made it. */
type MarkedRoute = RouteAttrs & { readonly protocol?: number };

interface IpHop {
  readonly gateway: string;
  /** A gateway of the other family. */
  readonly via: { readonly host: string };
  readonly dev: string;
  readonly weight: number;
  readonly flags: readonly string[];
}

interface IpRoute extends Omit<IpHop, 'weight'> {
  readonly type: string;
  readonly dst: string;
  readonly table: string;
  readonly protocol: string;
  readonly metric: number;
  readonly prefsrc: string;
  /** IPv6 only. */
  readonly pref: string;
  readonly nexthops: readonly Partial<IpHop>[];
}

// linux/rtnetlink.h, RTN_*: -N prints the number, older versions the word. Local and broadcast routes are the kernel's.
const KINDS: ReadonlyMap<string, RouteKind> = new Map(
  (
    [
      ['1', 'unicast'],
      ['6', 'blackhole'],
      ['7', 'unreachable'],
      ['8', 'prohibit'],
    ] as const
  ).flatMap(([number, word]) => [
    [number, word],
    [word, word],
  ]),
);
const LOCAL_TABLE = 255;

function read(row: Partial<IpRoute>, { on }: ReadContext): readonly Found<MarkedRoute>[] {
  const kind = KINDS.get(row.type ?? 'unicast');
  const attrs = kind && row.dst !== undefined ? attrsOf(row, row.dst, kind, on) : undefined;
  if (!attrs || attrs.table === LOCAL_TABLE || isKernels(attrs)) return [];
  const within = goesWith(attrs);
  return [{ attrs, ...(within.length > 0 ? { within } : {}) }];
}

function attrsOf(row: Partial<IpRoute>, dst: string, kind: RouteKind, on: ReadContext['on']): MarkedRoute {
  const family = dst.includes(':') || row.pref !== undefined ? 6 : 4;
  const via = gatewayIn(row);
  return {
    family,
    to: dst === 'default' || dst.includes('/') ? dst : `${dst}/${family === 6 ? '128' : '32'}`,
    kind,
    ...(via === undefined ? {} : { via }),
    // A route that leads nowhere is printed with `dev lo` in IPv6.
    ...(row.dev === undefined || kind !== 'unicast' ? {} : { dev: { ref: keyOf('device', on, row.dev) } }),
    table: numberOf(row.table, 254),
    metric: row.metric ?? 0,
    ...(row.prefsrc === undefined ? {} : { src: row.prefsrc }),
    ...(row.flags?.includes('onlink') ? { onlink: true } : {}),
    protocol: numberOf(row.protocol, 0),
    ...(row.nexthops === undefined ? {} : { nexthops: row.nexthops.map((it) => hopOf(it, on)) }),
  };
}

/** Whether it is dead is the business of its device. */
function hopOf(hop: Partial<IpHop>, on: ReadContext['on']): Nexthop {
  const via = gatewayIn(hop);
  return {
    ...(via === undefined ? {} : { via }),
    dev: { ref: keyOf('device', on, hop.dev ?? '') },
    weight: hop.weight ?? 1,
    ...(hop.flags?.includes('onlink') ? { onlink: true } : {}),
  };
}

const gatewayIn = ({ gateway, via }: Partial<IpHop>): string | undefined => gateway ?? via?.host;

/** In whatever order. */
const areSameHops = (some: unknown, others: unknown): boolean => String(inOrder(some)) === String(inOrder(others));

const inOrder = (hops: unknown): readonly string[] =>
  ((hops ?? []) as readonly Nexthop[])
    .map(({ via = '', dev, weight, onlink = false }) => [via, dev.ref, weight, onlink].join(' '))
    .sort();

/** The route to link-local addresses that every device has. */
const isKernels = ({ to, protocol }: MarkedRoute): boolean => to === 'fe80::/64' && protocol === KERNEL;

/** IPv4 keeps several in one place where somebody appends one: there ours is the one that is declared. */
function oursCount(found: readonly Found<MarkedRoute>[]): readonly Found<MarkedRoute>[] {
  const isOurs = ({ attrs }: Found<MarkedRoute>): boolean => attrs.protocol === PROTOCOL;
  const ours = new Set(found.filter(isOurs).map(({ attrs }) => nameOfRoute(attrs)));
  return found.filter((it) => isOurs(it) || !ours.has(nameOfRoute(it.attrs)));
}

export const route = resourceType<MarkedRoute>({
  type: 'route',
  get attrs() {
    return z.object({
      family: z.literal([4, 6]),
      to: z.string(),
      kind: z.enum(['unicast', 'blackhole', 'unreachable', 'prohibit']),
      via: z.string().optional(),
      dev: z.object({ ref: z.string() }).optional(),
      table: z.int(),
      metric: z.int(),
      src: z.string().optional(),
      onlink: z.boolean().optional(),
      protocol: z.int().optional(),
      nexthops: z
        .array(
          z.object({
            via: z.string().optional(),
            dev: z.object({ ref: z.string() }),
            weight: z.int(),
            onlink: z.boolean().optional(),
          }),
        )
        .readonly()
        .optional(),
    });
  },
  name: nameOfRoute,
  whole: ['via', 'nexthops', 'src', 'onlink'],
  equal: (field, some, others) => field === 'nexthops' && areSameHops(some, others),
  mark: (it) => ({ ...it, attrs: { ...it.attrs, protocol: PROTOCOL } }),
  owner: (found, all) => (isShelved(found.attrs) ? undefined : ownerByProtocol(found, all, found.attrs.dev?.ref)),
  queries: [ip({ object: 'route' }, 'route', 'show', 'table', 'all')],
  parse: ([answer], context) => oursCount(rowsOf<IpRoute>(answer).flatMap((row) => read(row, context))),
  relate: relateCarriers,
  without: withoutCarrier,
  // One of several ways waits for its device to come up again.
  lostBy: (found, change) => (setsDown(change) && !found.attrs.nexthops) || forgetsSource(found, change),
  giveBack: carryAgain,
  comesAlong: comesByItself,
  shelf: routeShelf,
  // One that moves is there twice for a moment, rather than not at all.
  write: ({ before, after, on }, { furnished }) => [
    ...(after?.attrs.protocol === PROTOCOL && !before && furnished ? shelveUnseen(on, after.attrs) : []),
    ...(after ? [netlink(on, 'route', 'replace', after.attrs)] : []),
    ...(before && before.key !== after?.key ? [netlink(on, 'route', 'del', before.attrs)] : []),
  ],
});
