import { type Attrs, type DeviceAttribute, type DeviceKind, fail, isRef, type NetlinkType } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { AttributeReader } from './attribute-reader.js';
import type { AttributeWriter } from './attribute-writer.js';
import { macBytes, prefixOf } from './address-text.js';

/** Number of a device that an attribute of a kind refers to by its name. */
type IndexOf = (ref: { readonly ref: string }) => number;

/** The attributes of a device's kind among `attrs`, as they stand in IFLA_INFO_DATA. */
export function writeKindAttributes(
  to: AttributeWriter,
  kind: DeviceKind | undefined,
  attrs: Attrs,
  index: IndexOf,
): void {
  for (const [name, attribute] of Object.entries(kind?.attributes ?? {}))
    if (attrs[name] !== undefined) write[attribute.netlink.layout](to, attribute, attrs[name], index);
}

type Write = (to: AttributeWriter, attribute: DeviceAttribute, value: unknown, index: IndexOf) => void;

const number =
  (layout: 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32'): Write =>
  (to, attribute, value, index) =>
    to[layout](attribute.netlink.type, isRef(value) ? index(value) : numberOf(attribute, value));

const ip =
  (family: 4 | 6): Write =>
  (to, attribute, value) => {
    const address = prefixOf(wordOf(attribute, value));
    if (address.family !== family) fail(errors.notEncodable(`an IPv${family} address`, String(value)));
    to.bytes(attribute.netlink.type, address.bytes);
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
  ipv4: ip(4),
  ipv6: ip(6),
  mac: (to, attribute, value) => to.bytes(attribute.netlink.type, macBytes(wordOf(attribute, value))),
};

/** What iproute2 would be given. */
const wordOf = ({ write: word }: DeviceAttribute, value: unknown): string =>
  word ? word(value) : typeof value === 'boolean' ? (value ? '1' : '0') : String(value);

function numberOf(attribute: DeviceAttribute, value: unknown): number {
  const words = attribute.netlink.words ?? {};
  const word = wordOf(attribute, value);
  return words[String(value)] ?? words[word] ?? (word === '' ? Number.NaN : Number(word));
}

/** What `ip -j` prints of IFLA_INFO_DATA, as far as `kind` describes it. */
export function readKindAttributes(data: AttributeReader, kind: DeviceKind): Attrs {
  const known = Object.values(kind.attributes);
  const printed: Record<string, unknown> = {};
  while (data.next())
    for (const attribute of known)
      if (attribute.netlink.type === data.type) printed[attribute.printed ?? attribute.word] = valueOf(data, attribute);
  return printed;
}

function valueOf(from: AttributeReader, { netlink: { layout, words } }: DeviceAttribute): unknown {
  switch (layout) {
    case 'flag':
      return true;
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
