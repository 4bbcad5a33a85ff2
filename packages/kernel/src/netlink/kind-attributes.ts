import {
  type Attrs,
  type DeviceAttribute,
  type DeviceKind,
  fail,
  isRef,
  type NetlinkLayout,
  type NetlinkType,
  type PortAttribute,
  printedKeys,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { AttributeReader } from './attribute-reader.js';
import type { AttributeWriter } from './attribute-writer.js';
import { macBytes, prefixOf } from './address-text.js';
import type { Unknown } from './types.js';

/** Number of a device that an attribute of a kind refers to by its name. */
type IndexOf = (ref: { readonly ref: string }) => number | Unknown;

/** The attributes of a device's kind among `attrs`, as they stand in IFLA_INFO_DATA. */
export function writeKindAttributes(
  to: AttributeWriter,
  kind: DeviceKind | undefined,
  attrs: Attrs,
  index: IndexOf,
): void {
  const bits = new Bits();
  for (const [name, attribute] of Object.entries(kind?.attributes ?? {})) {
    const value = attrs[name];
    if (value === undefined) continue;
    const { netlink } = attribute;
    if (netlink.bit !== undefined) bits.put(netlink, netlink.bit, value);
    else if (value !== null) write[netlink.layout](to, attribute, value, index);
    for (const it of netlink.also ?? []) {
      if (it.bit !== undefined) bits.put(it, it.bit, value);
      else if (value !== null) to[it.layout](it.type, numberOf(attribute, value));
    }
  }
  bits.write(to);
}

/** Numbers of which several attributes have a bit each. */
class Bits {
  readonly #numbers = new Map<number, { readonly layout: NetlinkType; value: number }>();

  put({ type, layout }: Pick<NetlinkLayout, 'type' | 'layout'>, bit: number, value: unknown): void {
    const it = this.#numbers.get(type) ?? { layout, value: 0 };
    this.#numbers.set(type, it);
    if (value !== null && value !== false) it.value |= bit;
  }

  write(to: AttributeWriter): void {
    for (const [type, { layout, value }] of this.#numbers)
      if (layout === 'be16' || layout === 'be32' || layout === 'u16' || layout === 'u32') to[layout](type, value);
  }
}

type Written = Pick<DeviceAttribute, 'write' | 'netlink'>;
type Write = (to: AttributeWriter, attribute: Written, value: unknown, index: IndexOf) => void;

const number =
  (layout: 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32'): Write =>
  (to, attribute, value, index) => {
    const { type } = attribute.netlink;
    if (isRef(value)) to.u32(type, index(value));
    else to[layout](type, numberOf(attribute, value));
  };

const ip =
  (family: 4 | 6): Write =>
  (to, attribute, value) => {
    const address = prefixOf(wordOf(attribute, value));
    if (address.family !== family) fail(errors.notEncodable(`an IPv${family} address`, String(value)));
    to.bytes(attribute.netlink.type, address.bytes);
  };

const anyIp: Write = (to, attribute, value) => {
  const { family, bytes } = prefixOf(wordOf(attribute, value));
  const { type, type6 = type } = attribute.netlink;
  to.bytes(family === 6 ? type6 : type, bytes);
};

const write: Readonly<Record<NetlinkType, Write>> = {
  u8: number('u8'),
  u16: number('u16'),
  u32: number('u32'),
  u64: number('u64'),
  be16: number('be16'),
  be32: number('be32'),
  string: (to, attribute, value) => to.name(attribute.netlink.type, wordOf(attribute, value)),
  flag: (to, attribute, value) => {
    if (value === true) to.bytes(attribute.netlink.type, new Uint8Array());
  },
  ip: anyIp,
  ipv4: ip(4),
  ipv6: ip(6),
  mac: (to, attribute, value) => to.bytes(attribute.netlink.type, macBytes(wordOf(attribute, value))),
};

/** What iproute2 would be given. */
const wordOf = ({ write: word }: Written, value: unknown): string =>
  word ? word(value) : typeof value === 'boolean' ? (value ? '1' : '0') : String(value);

function numberOf(attribute: Written, value: unknown): number {
  const words = attribute.netlink.words ?? {};
  const word = wordOf(attribute, value);
  return words[String(value)] ?? words[word] ?? (word === '' ? Number.NaN : Number(word));
}

/** What `ip -j` prints of IFLA_INFO_DATA, as far as `kind` describes it. */
export function readKindAttributes(data: AttributeReader, kind: DeviceKind): Attrs {
  const known = Object.values(kind.attributes);
  const printed: Record<string, unknown> = {};
  while (data.next()) {
    if (data.type === kind.lower?.type) printed[LOWER] = data.u32();
    for (const attribute of known) {
      const { type, type6, bit } = attribute.netlink;
      if (data.type !== type && data.type !== type6) continue;
      const value = valueOf(data, attribute.netlink);
      if (bit === undefined || isSet(value, bit)) printed[keyOf(attribute)] = bit === undefined ? value : true;
    }
  }
  return printed;
}

const isSet = (value: unknown, bit: number): boolean => (Number(value) & bit) !== 0;

const keyOf = (attribute: DeviceAttribute): string => printedKeys(attribute)[0] ?? attribute.word;

/** The key under which \`ip\` prints what a device of a kind with a word of its own for it is made on. */
export const LOWER = 'link';

/** What \`ip -j\` prints of IFLA_INFO_SLAVE_DATA, as far as the kind of its master describes it. */
export function readPortAttributes(data: AttributeReader, ports: DeviceKind['ports'] = {}): Attrs {
  const known = Object.values(ports);
  const printed: Record<string, unknown> = {};
  while (data.next())
    for (const { netlink, word } of known) if (netlink.type === data.type) printed[word] = valueOf(data, netlink);
  return printed;
}

/** Attributes of a port, as they stand in IFLA_INFO_SLAVE_DATA. */
export function writePortAttributes(to: AttributeWriter, ports: DeviceKind['ports'] = {}, port: Attrs): void {
  for (const [name, attribute] of Object.entries(ports)) writePort(to, attribute, port[name]);
}

function writePort(to: AttributeWriter, attribute: PortAttribute, value: unknown): void {
  if (value !== undefined) write[attribute.netlink.layout](to, attribute, value, () => Number.NaN);
}

function valueOf(from: AttributeReader, { layout, words }: NetlinkLayout): unknown {
  switch (layout) {
    case 'flag':
      return true;
    case 'ip':
      return from.ip(from.to - from.from === 16 ? 6 : 4);
    case 'string':
      return from.text();
    case 'mac':
      return from.mac();
    case 'ipv4':
      return from.ip(4);
    case 'ipv6':
      return from.ip(6);
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
    case 'be16':
    case 'be32':
      return words ? worded(from[layout](), words) : from[layout]();
  }
}

const worded = (value: number, words: Readonly<Record<string, number>>): string | number =>
  Object.keys(words).find((word) => words[word] === value) ?? value;
