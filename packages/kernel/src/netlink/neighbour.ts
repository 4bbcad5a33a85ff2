import type { NeighbourAttrs, NetlinkOp } from '@pipewright/plugin';
import { nameOf } from '../iproute2.js';
import { macBytes, prefixOf } from './address-text.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { AF, creation, deviceName, familyOf, MESSAGE, STRUCT } from './numbers.js';
import type { DecodeContext, EncodeContext, NetlinkMessage, NetlinkRequest } from './types.js';

/** NDA_* of linux/neighbour.h. */
export const NEIGHBOUR = { to: 1, mac: 2, protocol: 12 } as const;

const PERMANENT = 0x80; // NUD_PERMANENT

type WrittenNeighbour = NeighbourAttrs & { readonly protocol?: number };

export function encodeNeighbour({ on, verb, attrs }: NetlinkOp, context: EncodeContext): NetlinkRequest {
  const { to, dev, mac, protocol } = attrs as WrittenNeighbour;
  const { family, bytes } = prefixOf(to);
  const body = new AttributeWriter()
    .field8(AF[family], 0, 0, 0)
    .field32(context.index(on, nameOf(dev)))
    .field16(PERMANENT)
    .field8(0, 0);
  if (verb !== 'del' && protocol !== undefined) body.u8(NEIGHBOUR.protocol, protocol);
  body.bytes(NEIGHBOUR.to, bytes);
  if (verb === 'del') return { type: MESSAGE.delNeighbour, flags: 0, ...body.finish() };
  body.bytes(NEIGHBOUR.mac, macBytes(mac));
  return { type: MESSAGE.newNeighbour, flags: creation(verb), ...body.finish() };
}

interface NeighbourRow {
  readonly dev: string;
  dst?: string;
  lladdr?: string;
  protocol?: string;
}

/** Permanent ones only: a dump cannot be asked for them alone. */
export function decodeNeighbours(messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  return messages.flatMap(({ type, body }) => {
    const it = type === MESSAGE.newNeighbour ? new AttributeReader(body, STRUCT.neighbour) : undefined;
    const family = it && familyOf(it.field8(0));
    return family && it.bits16(8, PERMANENT) ? [readNeighbour(it, family, context)] : [];
  });
}

function readNeighbour(it: AttributeReader, family: 4 | 6, context: DecodeContext): NeighbourRow {
  const row: NeighbourRow = { dev: deviceName(context, it.field32(4)) };
  while (it.next()) {
    if (it.type === NEIGHBOUR.to) row.dst = it.ip(family);
    else if (it.type === NEIGHBOUR.mac) row.lladdr = it.mac();
    else if (it.type === NEIGHBOUR.protocol) row.protocol = String(it.u8());
  }
  return row;
}
