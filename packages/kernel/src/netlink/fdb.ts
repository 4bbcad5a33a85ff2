import { AttributeReader } from './attribute-reader.js';
import { NEIGHBOUR } from './neighbour.js';
import { AF_BRIDGE, deviceName, MESSAGE, STRUCT } from './numbers.js';
import type { DecodeContext, NetlinkMessage } from './types.js';

const PERMANENT = 0x80; // NUD_PERMANENT
const SELF = 0x02; // NTF_SELF: of the device's own table, not of what it is a port of

interface FdbRow {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly state: string;
  mac?: string;
  dst?: string;
}

/** Those that tunnels were told: permanent, in their own table, with the address of a machine. */
export function decodeFdb(messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  return messages.flatMap(({ type, body }) => {
    const it = type === MESSAGE.newNeighbour ? new AttributeReader(body, STRUCT.neighbour) : undefined;
    if (!it || it.field8(0) !== AF_BRIDGE || !it.bits16(8, PERMANENT) || !it.bits8(10, SELF)) return [];
    const row = readEntry(it, context);
    return row.dst === undefined ? [] : [row];
  });
}

function readEntry(it: AttributeReader, context: DecodeContext): FdbRow {
  const row: FdbRow = { ifname: deviceName(context, it.field32(4)), flags: ['self'], state: 'permanent' };
  while (it.next()) {
    if (it.type === NEIGHBOUR.to) row.dst = it.ip(it.to - it.from === 16 ? 6 : 4);
    else if (it.type === NEIGHBOUR.mac) row.mac = it.mac();
  }
  return row;
}
