import { Address4, Address6 } from 'ip-address';

export type Family = 4 | 6;

/** An address with its prefix length, both strict: no octal, no short forms, no zone. */
export interface Cidr {
  readonly family: Family;
  /** Canonical text, RFC 5952 for IPv6, without the prefix length. */
  readonly address: string;
  readonly prefix: number;
  readonly value: bigint;
}

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

function read(text: string): Cidr | undefined {
  try {
    const family: Family = text.includes(':') ? 6 : 4;
    const parsed = family === 6 ? new Address6(text) : new Address4(text);
    return {
      family,
      address: family === 6 ? (parsed as Address6).correctForm() : (parsed as Address4).correctForm(),
      prefix: parsed.subnetMask,
      value: parsed.bigInt(),
    };
  } catch {
    return undefined;
  }
}

export const formatIp = (family: Family, value: bigint): string =>
  family === 4 ? Address4.fromBigInt(value).correctForm() : Address6.fromBigInt(value).correctForm();

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
