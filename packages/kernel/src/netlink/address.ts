import type { AddressAttrs, NetlinkOp } from '@pipewright/plugin';
import { nameOf } from '../iproute2.js';
import { prefixOf } from './address-text.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { AF, creation, familyOf, MESSAGE, STRUCT } from './numbers.js';
import type { DecodeContext, EncodeContext, NetlinkMessage, NetlinkRequest } from './types.js';

/** IFA_* of linux/if_addr.h. */
export const ADDRESS = { address: 1, local: 2, flags: 8 } as const;

const SECONDARY = 0x1; // IFA_F_SECONDARY: of IPv6 the same bit says temporary
const PERMANENT = 0x80; // IFA_F_PERMANENT
const NODAD = 0x2;
const KNOWN = SECONDARY | NODAD | PERMANENT;
const HOST_SCOPE = 254;

type WrittenAddress = AddressAttrs & { readonly nodad?: boolean };

export function encodeAddress(op: NetlinkOp, context: EncodeContext): NetlinkRequest {
  const { on, verb } = op;
  const { address, dev, nodad } = op.attrs as WrittenAddress;
  const { family, bytes, length } = prefixOf(address);
  const removal = verb === 'del';
  const loopback = family === 4 && bytes[0] === 127 && !removal;
  const body = new AttributeWriter()
    .field8(AF[family], length, nodad ? NODAD : 0, loopback ? HOST_SCOPE : 0)
    .field32(context.index(on, nameOf(dev)));
  body.bytes(ADDRESS.local, bytes);
  body.bytes(ADDRESS.address, bytes);
  return {
    type: removal ? MESSAGE.delAddress : MESSAGE.newAddress,
    flags: removal ? 0 : creation(verb),
    ...body.finish(),
  };
}

interface AddressRow {
  readonly family: 'inet' | 'inet6';
  readonly prefixlen: number;
  local?: string;
  secondary?: true;
  dynamic?: true;
  nodad?: true;
}

interface DeviceRow {
  readonly ifindex: number;
  readonly ifname: string;
  readonly addr_info: AddressRow[];
}

/** Grouped by device, as `ip addr` prints them. */
export function decodeAddresses(messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  const devices = new Map<number, DeviceRow>();
  for (const { type, body } of messages) {
    if (type !== MESSAGE.newAddress) continue;
    const it = new AttributeReader(body, STRUCT.address);
    const device = deviceRow(devices, it.field32(4), context);
    const row = device && readAddress(it);
    if (row) device.addr_info.push(row);
  }
  return [...devices.values()];
}

/** Undefined for a device that went while the dump was made. */
function deviceRow(devices: Map<number, DeviceRow>, ifindex: number, context: DecodeContext): DeviceRow | undefined {
  const known = devices.get(ifindex);
  const ifname = known?.ifname ?? context.nameOf(ifindex);
  if (known || ifname === undefined) return known;
  const made = { ifindex, ifname, addr_info: [] };
  devices.set(ifindex, made);
  return made;
}

function readAddress(it: AttributeReader): AddressRow | undefined {
  const family = familyOf(it.field8(0));
  if (!family) return undefined;
  const row: AddressRow = { family: family === 4 ? 'inet' : 'inet6', prefixlen: it.field8(1) };
  let flags = it.bits8(2, KNOWN);
  let address: string | undefined;
  while (it.next()) {
    if (it.type === ADDRESS.local) row.local = it.ip(family);
    else if (it.type === ADDRESS.address) address = it.ip(family);
    else if (it.type === ADDRESS.flags) flags = it.bits32(KNOWN);
  }
  // Where an address has a peer, IFA_ADDRESS is the peer's; where IFA_LOCAL is missing, it is its own.
  if (row.local === undefined && address !== undefined) row.local = address;
  if (family === 4 && flags & SECONDARY) row.secondary = true;
  if (!(flags & PERMANENT)) row.dynamic = true;
  if (flags & NODAD) row.nodad = true;
  return row;
}
