import { AttributeReader } from './attribute-reader.js';
import { readKindAttributes, readPortAttributes } from './kind-attributes.js';
import { FLAGS, INFO, LINK, RUNNING, UP } from './link-numbers.js';
import { deviceName, MESSAGE, STRUCT } from './numbers.js';
import type { DecodeContext, NetlinkMessage } from './types.js';

interface LinkInfo {
  info_kind?: string;
  info_data?: object;
  info_slave_kind?: string;
  info_slave_data?: object;
}

interface LinkRow {
  readonly ifindex: number;
  readonly flags: readonly string[];
  ifname?: string;
  mtu?: number;
  group?: string;
  address?: string;
  ifalias?: string;
  altnames?: readonly string[];
  linkinfo?: LinkInfo;
  master?: string;
  link?: string | null;
  link_index?: number;
  link_netnsid?: number;
}

/** With numbers of devices whose names only the whole dump tells. */
interface RawLink {
  readonly row: LinkRow;
  master: number | undefined;
  link: number | undefined;
}

export function decodeLinks(messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  const links = messages.flatMap(({ type, body }) => (type === MESSAGE.newLink ? [readLink(body, context)] : []));
  const names = new Map(links.map(({ row }) => [row.ifindex, row.ifname]));
  const nameOf = (index: number): string => names.get(index) ?? deviceName(context, index);
  return links.map((it) => named(it, nameOf));
}

function named({ row, master, link }: RawLink, nameOf: (index: number) => string): object {
  if (master !== undefined) row.master = nameOf(master);
  if (link === 0) row.link = null;
  else if (link !== undefined && row.link_netnsid !== undefined) row.link_index = link;
  else if (link !== undefined) row.link = nameOf(link);
  return row;
}

function readLink(body: Uint8Array, context: DecodeContext): RawLink {
  const it = new AttributeReader(body, STRUCT.link);
  const hardware = it.field16(2);
  const row: LinkRow = { ifindex: it.field32(4), flags: flagWords(it.field32(8)) };
  const raw: RawLink = { row, master: undefined, link: undefined };
  while (it.next()) readAttribute(it, raw, hardware, context);
  return raw;
}

function readAttribute(it: AttributeReader, raw: RawLink, hardware: number, context: DecodeContext): void {
  const { row } = raw;
  switch (it.type) {
    case LINK.name:
      row.ifname = it.text();
      break;
    case LINK.mtu:
      row.mtu = it.u32();
      break;
    case LINK.group:
      row.group = String(it.u32());
      break;
    case LINK.address:
      if (it.to > it.from) row.address = hardwareAddress(it, hardware);
      break;
    case LINK.alias:
      row.ifalias = it.text();
      break;
    case LINK.properties:
      row.altnames = readAltnames(it.nested());
      break;
    case LINK.info:
      row.linkinfo = readInfo(it.nested(), context);
      break;
    case LINK.master:
      raw.master = it.u32();
      break;
    case LINK.link:
      raw.link = it.u32();
      break;
    case LINK.linkNamespace:
      row.link_netnsid = it.i32();
      break;
  }
}

function flagWords(flags: number): readonly string[] {
  const words: string[] = [];
  if ((flags & (UP | RUNNING)) === UP) words.push('NO-CARRIER');
  for (const [word, bit] of FLAGS) if (flags & bit) words.push(word);
  return words;
}

// ARPHRD_* of tunnels, whose own address is an IP address.
const IPV4_TUNNELS: ReadonlySet<number> = new Set([768, 776, 778]);
const IPV6_TUNNELS: ReadonlySet<number> = new Set([769, 823]);

function hardwareAddress(it: AttributeReader, hardware: number): string {
  const length = it.to - it.from;
  if (length === 4 && IPV4_TUNNELS.has(hardware)) return it.ip(4);
  return length === 16 && IPV6_TUNNELS.has(hardware) ? it.ip(6) : it.mac();
}

function readAltnames(list: AttributeReader): readonly string[] {
  const names: string[] = [];
  while (list.next()) if (list.type === LINK.altname) names.push(list.text());
  return names;
}

function readInfo(info: AttributeReader, { deviceKind }: DecodeContext): LinkInfo {
  const found: LinkInfo = {};
  let data: AttributeReader | undefined;
  let port: AttributeReader | undefined;
  while (info.next()) {
    if (info.type === INFO.kind) found.info_kind = info.text();
    else if (info.type === INFO.data) data = info.nested();
    else if (info.type === INFO.portKind) found.info_slave_kind = info.text();
    else if (info.type === INFO.portData) port = info.nested();
  }
  const kind = data && found.info_kind !== undefined ? deviceKind(found.info_kind) : undefined;
  if (data && kind) found.info_data = readKindAttributes(data, kind);
  const ports = port && found.info_slave_kind !== undefined ? deviceKind(found.info_slave_kind)?.ports : undefined;
  if (port && ports) found.info_slave_data = readPortAttributes(port, ports);
  return found;
}
