import { Address6 } from 'ip-address';

export type Family = 4 | 6;

/** An address with its prefix length, both strict: no octal, no short forms, no zone. */
export interface Cidr {
  readonly family: Family;
  /** Canonical text, RFC 5952 for IPv6, without the prefix length. */
  readonly address: string;
  readonly prefix: number;
  readonly value: bigint;
}

/** By its spelling alone: of an address, with a prefix length or without, that is known to be one. */
export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4);

const WIDTH = { 4: 32, 6: 128 } as const;

/** `10.0.0.1` or `fd00::1`; undefined where it is neither. */
export function parseIp(text: string): Cidr | undefined {
  if (text.includes('/') || text.includes('%')) return undefined;
  return read(text);
}

/** `10.0.0.1/24`; undefined where it is not an address with a prefix length. */
export function parseCidr(text: string): Cidr | undefined {
  return /^[^/%]+\/\d{1,3}$/.test(text) ? read(text) : undefined;
}

/** A gateway with such an address is on every link (RFC 4861). */
export const isLinkLocal = ({ family, address }: Cidr): boolean => family === 6 && address.startsWith('fe80:');

const read = (text: string): Cidr | undefined => (familyOf(text) === 6 ? read6(text) : read4(text));

// No leading zeros: inet_aton(3) takes those for octal.
const PART = '(0|[1-9][0-9]{0,2})';
const QUAD = new RegExp(`^${PART}[.]${PART}[.]${PART}[.]${PART}(?:/([0-9]{1,2}))?$`);

/** By hand: some ten are read in each of thousands of namespaces, and the library takes ten times as long. */
function read4(text: string): Cidr | undefined {
  // Read for each address many times: the pattern lets through digits only, and no byte that has another spelling.
  const match = QUAD.exec(text);
  if (!match) return undefined;
  const [a, b, c, d] = [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])];
  const prefix = match[5] === undefined ? 32 : Number(match[5]);
  if (prefix > 32 || a > 255 || b > 255 || c > 255 || d > 255) return undefined;
  const slash = text.indexOf('/');
  return {
    family: 4,
    address: slash === -1 ? text : text.slice(0, slash),
    prefix,
    value: BigInt(((a * 256 + b) * 256 + c) * 256 + d),
  };
}

function read6(text: string): Cidr | undefined {
  try {
    const parsed = new Address6(text);
    return { family: 6, address: text6(parsed), prefix: parsed.subnetMask, value: parsed.bigInt() };
  } catch {
    return undefined;
  }
}

/** As inet_ntop writes it, and with it `ip`: the last 32 bits dotted where the rest is an IPv4 prefix (RFC 5952, 5). */
function text6(it: Address6): string {
  const value = it.bigInt();
  const [upper, lower] = [value >> 32n, Number(value & 0xffff_ffffn)];
  if (upper === 0xffffn) return `::ffff:${quad(lower)}`;
  return upper === 0n && lower > 0xffff ? `::${quad(lower)}` : it.correctForm();
}

export const formatIp = (family: Family, value: bigint): string =>
  family === 4 ? quad(Number(value)) : text6(Address6.fromBigInt(value));

const quad = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');

export const formatCidr = (it: Cidr): string => `${it.address}/${it.prefix}`;

const hostBits = (it: Pick<Cidr, 'family' | 'prefix'>): bigint => BigInt(WIDTH[it.family] - it.prefix);

/** The subnet's first address, all host bits zero. */
export const networkValue = (it: Cidr): bigint => (it.value >> hostBits(it)) << hostBits(it);

/** The subnet's last address, all host bits one. */
export const lastValue = (it: Cidr): bigint => networkValue(it) + (1n << hostBits(it)) - 1n;

export const contains = (subnet: Cidr, address: Cidr): boolean =>
  subnet.family === address.family && networkValue(subnet) === networkValue({ ...address, prefix: subnet.prefix });

/** `10.0.0.7/24` → `10.0.0.0/24`. */
export const networkOf = (it: Cidr): string => `${formatIp(it.family, networkValue(it))}/${it.prefix}`;

/** Addresses a node may have in the subnet: network and broadcast left out (RFC 3021: a /31 has neither). */
export function usable(subnet: Cidr): { readonly first: bigint; readonly last: bigint } {
  const [low, high] = [networkValue(subnet), lastValue(subnet)];
  if (subnet.family === 4)
    return subnet.prefix >= 31 ? { first: low, last: high } : { first: low + 1n, last: high - 1n };
  // RFC 4291 2.6.1: the all-zero host part is the subnet-router anycast address.
  return subnet.prefix >= 127 ? { first: low, last: high } : { first: low + 1n, last: high };
}
