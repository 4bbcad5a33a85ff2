import type { Attrs, NetlinkOp, Nexthop, RouteAttrs, RouteKind } from '@pipewright/plugin';
import { nameOf } from '../iproute2.js';
import { prefixOf } from './address-text.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { AF, creation, deviceName, familyOf, MESSAGE, STRUCT } from './numbers.js';
import type { DecodeContext, EncodeContext, NetlinkMessage, NetlinkRequest } from './types.js';

/** RTA_* of linux/rtnetlink.h. */
export const ROUTE = {
  to: 1,
  dev: 4,
  gateway: 5,
  metric: 6,
  source: 7,
  multipath: 9,
  table: 15,
  via: 18,
  preference: 20,
} as const;

/** RTN_*. Routes of other types are the kernel's own. */
const TYPES: Readonly<Record<RouteKind, number>> = { unicast: 1, blackhole: 6, unreachable: 7, prohibit: 8 };
const READ: ReadonlySet<number> = new Set(Object.values(TYPES));
const LOCAL = 2;

const SCOPE = { universe: 0, link: 253, host: 254, nowhere: 255 } as const;
const BOOT = 3; // RTPROT_BOOT, which iproute2 takes where no protocol is given
const LOCAL_TABLE = 255;
const CLONED = 0x200; // RTM_F_CLONED: an entry of the cache
const ONLINK = 0x4;

/** RTNH_F_*, in the order in which `ip` prints them. */
const FLAGS: readonly (readonly [string, number])[] = [
  ['dead', 0x1],
  ['onlink', ONLINK],
  ['pervasive', 0x2],
  ['offload', 0x8],
  ['trap', 0x40],
  ['linkdown', 0x10],
  ['unresolved', 0x20],
];

type WrittenRoute = RouteAttrs & { readonly protocol?: number };

/** Only to put back one of the kernel's own that is gone. */
const isLocal = ({ kind }: Attrs): boolean => kind === 'local';

export function encodeRoute(op: NetlinkOp, context: EncodeContext): NetlinkRequest {
  const { on, verb } = op;
  const attrs = op.attrs as WrittenRoute;
  const { family, via, metric, table, src, dev, nexthops } = attrs;
  const body = routeMessage(attrs, verb === 'del');
  if (via !== undefined) writeGateway(body, family, via);
  if (metric !== 0) body.u32(ROUTE.metric, metric);
  if (table > 255) body.u32(ROUTE.table, table);
  if (src !== undefined) body.bytes(ROUTE.source, prefixOf(src).bytes);
  if (dev) body.u32(ROUTE.dev, context.index(on, nameOf(dev)));
  // Without them IPv6 removes those that are there, be it all or what is left of them.
  if (nexthops && !(verb === 'del' && family === 6))
    writeHops(body, nexthops, family, (it) => context.index(on, nameOf(it)));
  return verb === 'del'
    ? { type: MESSAGE.delRoute, flags: 0, ...body.finish() }
    : { type: MESSAGE.newRoute, flags: creation(verb), ...body.finish() };
}

/** struct rtmsg and what it leads to. */
function routeMessage(attrs: WrittenRoute, removal: boolean): AttributeWriter {
  const { family, table, protocol = BOOT, onlink } = attrs;
  const to = attrs.to === 'default' ? undefined : prefixOf(attrs.to);
  const body = new AttributeWriter()
    .field8(AF[family], to?.length ?? 0, 0, 0, table > 255 ? 0 : table)
    .field8(removal ? 0 : protocol, scopeOf(attrs, removal), typeOf(attrs, removal))
    .field32(onlink ? ONLINK : 0);
  if (to) body.bytes(ROUTE.to, to.bytes);
  return body;
}

/** Nothing matches any scope and any type where it removes one. */
function scopeOf(attrs: WrittenRoute, removal: boolean): number {
  const { family, kind, via, nexthops } = attrs;
  if (family === 6) return SCOPE.universe;
  if (removal) return SCOPE.nowhere;
  if (isLocal(attrs)) return SCOPE.host;
  return kind === 'unicast' && via === undefined && !nexthops?.some((it) => it.via !== undefined)
    ? SCOPE.link
    : SCOPE.universe;
}

function typeOf(attrs: WrittenRoute, removal: boolean): number {
  if (isLocal(attrs)) return LOCAL;
  return removal && attrs.kind === 'unicast' ? 0 : TYPES[attrs.kind];
}

function writeGateway(body: AttributeWriter, family: 4 | 6, text: string): void {
  const via = prefixOf(text);
  if (via.family === family) {
    body.bytes(ROUTE.gateway, via.bytes);
    return;
  }
  const begun = body.begin(ROUTE.via);
  body.field16(AF[via.family]).field8(...via.bytes);
  body.end(begun);
}

/** struct rtnexthop, which begins as an attribute does, and attributes. */
function writeHops(
  body: AttributeWriter,
  hops: readonly Nexthop[],
  family: 4 | 6,
  index: (dev: Nexthop['dev']) => ReturnType<EncodeContext['index']>,
): void {
  const all = body.begin(ROUTE.multipath);
  for (const { via, dev, weight, onlink } of hops) {
    const begun = body.beginHop(onlink ? ONLINK : 0, weight - 1);
    body.field32(index(dev));
    if (via !== undefined) writeGateway(body, family, via);
    body.end(begun);
  }
  body.end(all);
}

interface Hop {
  gateway?: string;
  via?: { readonly family: string; readonly host: string };
  dev?: string;
}

interface RouteRow extends Hop {
  readonly type: string;
  readonly protocol: string;
  readonly scope: string;
  readonly flags: readonly string[];
  dst: string;
  table: string;
  metric?: number;
  prefsrc?: string;
  pref?: string;
  nexthops?: readonly object[];
}

export function decodeRoutes(messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  const rows: object[] = [];
  for (const { type, body } of messages) {
    if (type !== MESSAGE.newRoute) continue;
    const it = new AttributeReader(body, STRUCT.route);
    const family = familyOf(it.field8(0));
    // Before any attribute is read: of ten routes of a namespace seven are the kernel's own.
    if (!family || !READ.has(it.field8(7)) || it.field8(4) === LOCAL_TABLE || it.field32(8) & CLONED) continue;
    rows.push(readRoute(it, family, context));
  }
  return rows;
}

function readRoute(it: AttributeReader, family: 4 | 6, context: DecodeContext): RouteRow {
  const length = it.field8(1);
  const row: RouteRow = {
    type: String(it.field8(7)),
    dst: length === 0 ? 'default' : `0/${String(length)}`,
    table: String(it.field8(4)),
    protocol: String(it.field8(5)),
    scope: String(it.field8(6)),
    flags: flagWords(it.field32(8)),
  };
  while (it.next()) if (!readHop(it, row, family, context)) readAttribute(it, row, family, length, context);
  return row;
}

function readAttribute(
  it: AttributeReader,
  row: RouteRow,
  family: 4 | 6,
  length: number,
  context: DecodeContext,
): void {
  switch (it.type) {
    case ROUTE.to:
      row.dst = length === (family === 4 ? 32 : 128) ? it.ip(family) : `${it.ip(family)}/${String(length)}`;
      break;
    case ROUTE.table:
      row.table = String(it.u32());
      break;
    case ROUTE.metric:
      row.metric = it.u32();
      break;
    case ROUTE.source:
      row.prefsrc = it.ip(family);
      break;
    case ROUTE.preference:
      row.pref = PREFERENCES.get(it.u8()) ?? String(it.u8());
      break;
    case ROUTE.multipath:
      row.nexthops = readHops(it.nested(), family, context);
      break;
  }
}

/** Whether the attribute says where a packet goes next. */
function readHop(it: AttributeReader, hop: Hop, family: 4 | 6, context: DecodeContext): boolean {
  switch (it.type) {
    case ROUTE.gateway:
      hop.gateway = it.ip(family);
      return true;
    case ROUTE.via:
      hop.via = readVia(it);
      return true;
    case ROUTE.dev:
      hop.dev = deviceName(context, it.u32());
      return true;
    default:
      return false;
  }
}

/** struct rtvia: a family and an address. */
function readVia(it: AttributeReader): { family: string; host: string } {
  const family = it.u16() === AF[6] ? 6 : 4;
  return { family: family === 6 ? 'inet6' : 'inet', host: it.ip(family, 2) };
}

/** struct rtnexthop and attributes, several times: it begins as an attribute does, with its length in two bytes. */
function readHops(hops: AttributeReader, family: 4 | 6, context: DecodeContext): readonly object[] {
  const found: object[] = [];
  while (hops.next()) {
    const [flags, weight] = [hops.field8(hops.from - 2), hops.field8(hops.from - 1) + 1];
    const hop: Hop = {};
    for (const it = hops.nested(4); it.next(); ) readHop(it, hop, family, context);
    found.push({ ...hop, dev: deviceName(context, hops.u32()), weight, flags: flagWords(flags) });
  }
  return found;
}

const PREFERENCES: ReadonlyMap<number, string> = new Map([
  [0, 'medium'],
  [1, 'high'],
  [3, 'low'],
]);

function flagWords(flags: number): readonly string[] {
  const words: string[] = [];
  for (const [word, bit] of FLAGS) if (flags & bit) words.push(word);
  return words;
}
