import { type Cidr, contains, parseCidr } from '@pipewright/plugin';

/** Whether an address with its prefix length, `10.0.0.2/24`, has `gateway` in its subnet. */
export function reaches(address: string, gateway: Cidr): boolean {
  const own = parseCidr(address);
  return own !== undefined && contains(own, gateway);
}

/** Gateways that are on every link (RFC 4861). */
export const isLinkLocal = ({ family, address }: Cidr): boolean => family === 6 && address.startsWith('fe80:');
