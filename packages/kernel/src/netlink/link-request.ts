import {
  type Attrs,
  type DeviceAttrs,
  type LinkMove,
  type LinkPeer,
  type NetlinkOp,
  type Placement,
  type Ref,
  requestPlace,
  samePlace,
} from '@pipewright/plugin';
import { nameOf } from '../iproute2.js';
import { macBytes } from './address-text.js';
import { AttributeWriter } from './attribute-writer.js';
import { writeKindAttributes, writePortAttributes } from './kind-attributes.js';
import { INFO, LINK, PEER } from './link-numbers.js';
import { FLAG, MESSAGE } from './numbers.js';
import type { EncodeContext, NetlinkRequest, Unknown } from './types.js';

const UP = 0x1;
const PROMISC = 0x100;

/** As ops carry it: of a change only what changes. */
type WrittenDevice = DeviceAttrs & {
  readonly alias?: string;
  readonly group?: number;
  readonly link?: Ref | null;
  readonly peer?: LinkPeer;
};

export function encodeLink(op: NetlinkOp, context: EncodeContext): readonly NetlinkRequest[] {
  const { on, verb, attrs } = op;
  if (verb === 'add') return [addition(op, context)];
  if (verb === 'move') return [relocation(op, context)];
  const name = String(attrs['name']);
  if (verb === 'del') return [{ type: MESSAGE.delLink, flags: 0, ...started(context.index(on, name), {}).finish() }];
  const index = context.found(on, name);
  const about = (it: Attrs): AttributeWriter => {
    const body = started(index ?? 0, it);
    if (index === undefined) body.name(LINK.name, name);
    return body;
  };
  return [
    ...changes(op, about(attrs), context),
    ...portChanges(attrs, about({}), context),
    ...altnames(attrs, about({})),
  ];
}

function addition(op: NetlinkOp, context: EncodeContext): NetlinkRequest {
  const { on, attrs } = op;
  const from = requestPlace(op);
  const { link, peer } = attrs as WrittenDevice;
  const { lower } = context.deviceKind(String(attrs['kind'])) ?? {};
  const body = started(0, attrs);
  if (!samePlace(on, from)) body.u32(LINK.namespace, context.netns(on));
  writeCommon(body, attrs, from, context);
  if (link && !lower) body.u32(LINK.link, context.index(from, nameOf(link)));
  if (peer) writeOneQueue(body);
  body.name(LINK.name, String(attrs['name']));
  writeInfo(body, op, from, context);
  return { type: MESSAGE.newLink, flags: FLAG.create | FLAG.exclusive, ...body.finish() };
}

/** To another namespace and name, with all else it becomes: the kernel does the rest of a request in the new place. */
function relocation({ on, attrs }: NetlinkOp, context: EncodeContext): NetlinkRequest {
  const { name, to } = attrs as LinkMove;
  const body = started(context.index(on, name), to.attrs);
  if (!samePlace(on, to.on)) body.u32(LINK.namespace, context.netns(to.on));
  writeCommon(body, to.attrs, to.on, context);
  body.name(LINK.name, String(to.attrs['name']));
  return { type: MESSAGE.newLink, flags: 0, ...body.finish() };
}

function changes(op: NetlinkOp, body: AttributeWriter, context: EncodeContext): readonly NetlinkRequest[] {
  const { on, attrs } = op;
  const { length } = body;
  writeCommon(body, attrs, on, context);
  writeInfo(body, op, on, context);
  const nothing = body.length === length && flagsOf(attrs).change === 0;
  return nothing ? [] : [{ type: MESSAGE.newLink, flags: 0, ...body.finish() }];
}

function altnames(attrs: Attrs, body: AttributeWriter): readonly NetlinkRequest[] {
  const names = (attrs['altnames'] as readonly string[] | undefined) ?? [];
  if (names.length === 0) return [];
  const list = body.beginMarked(LINK.properties);
  for (const name of names) body.name(LINK.altname, name);
  body.end(list);
  const flags = FLAG.create | FLAG.exclusive | FLAG.append;
  return [{ type: MESSAGE.newLinkProperty, flags, ...body.finish() }];
}

/** Of what is a port already: the kernel asks its master's kind what they mean. */
function portChanges(attrs: Attrs, body: AttributeWriter, context: EncodeContext): readonly NetlinkRequest[] {
  const { asPort } = attrs as WrittenDevice;
  if (!asPort) return [];
  const info = body.begin(LINK.info);
  body.text(INFO.portKind, asPort.of);
  const data = body.begin(INFO.portData);
  writePortAttributes(body, context.deviceKind(asPort.of)?.ports, asPort);
  body.end(data).end(info);
  return [{ type: MESSAGE.newLink, flags: 0, ...body.finish() }];
}

/** With struct ifinfomsg. */
function started(index: number | Unknown, attrs: Attrs, writer = new AttributeWriter()): AttributeWriter {
  const { flags, change } = flagsOf(attrs);
  return writer.field32(0, index, flags, change);
}

function flagsOf({ up, promisc }: Attrs): { readonly flags: number; readonly change: number } {
  const bits = (mask: number, value: unknown): number => (value === true ? mask : 0);
  return {
    flags: bits(UP, up) | bits(PROMISC, promisc),
    change: bits(UP, typeof up === 'boolean') | bits(PROMISC, typeof promisc === 'boolean'),
  };
}

/** What every kind of link has. */
function writeCommon(body: AttributeWriter, attrs: Attrs, refsOn: Placement, context: EncodeContext): void {
  const { mac, mtu, group, alias, master } = attrs as WrittenDevice;
  if (mac !== undefined) body.bytes(LINK.address, macBytes(mac));
  if (mtu !== undefined) body.u32(LINK.mtu, mtu);
  if (group !== undefined) body.u32(LINK.group, group);
  if (alias !== undefined) body.text(LINK.alias, alias);
  if (master === null) body.u32(LINK.master, 0);
  else if (master) body.u32(LINK.master, context.index(refsOn, nameOf(master)));
}

/** The kind, and the attributes of it. Those of a device that is there say nothing where there are none. */
function writeInfo(body: AttributeWriter, { verb, attrs }: NetlinkOp, refsOn: Placement, context: EncodeContext): void {
  const { link, peer } = attrs as WrittenDevice;
  const kind = String(attrs['kind']);
  const described = context.deviceKind(kind);
  const given = verb === 'add' ? newOnly(attrs, context) : attrs;
  const info = body.begin(LINK.info);
  body.text(INFO.kind, kind);
  const data = body.begin(INFO.data);
  writeKindAttributes(body, described, given, (to) => context.index(refsOn, nameOf(to)));
  if (link && described?.lower) body.u32(described.lower.type, context.index(refsOn, nameOf(link)));
  if (peer) writePeer(body, peer, refsOn, context);
  if (!body.isEmpty(data)) body.end(data).end(info);
  else if (verb === 'add') body.cancel(data).end(info);
  else body.cancel(info);
}

/** Never up: the kernel would open it before it is joined to its other end, and refuses that (ENOTCONN). */
function writePeer(body: AttributeWriter, { on, attrs }: LinkPeer, refsOn: Placement, context: EncodeContext): void {
  const { up: _up, ...born } = attrs;
  const name = String(attrs['name']);
  const peer = body.begin(PEER);
  started(0, born, body);
  // The kernel's default for where the peer is born has changed between versions once its other end is elsewhere.
  body.u32(LINK.namespace, context.netns(on));
  writeCommon(body, born, refsOn, context);
  writeOneQueue(body);
  body.name(LINK.name, name);
  body.end(peer);
}

/**
 * An end of a cable uses one queue. By itself the kernel makes one for each CPU, and waits for a grace period of RCU to
 * turn all but one off.
 */
function writeOneQueue(body: AttributeWriter): void {
  body.u32(LINK.transmitQueues, 1);
  body.u32(LINK.receiveQueues, 1);
}

/** Without what a new device has by itself. */
function newOnly(attrs: Attrs, { deviceKind }: EncodeContext): Attrs {
  const table = deviceKind(String(attrs['kind']))?.attributes ?? {};
  return Object.fromEntries(Object.entries(attrs).filter(([name, value]) => table[name]?.initial !== value));
}
