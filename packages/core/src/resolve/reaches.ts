import { type Cidr, contains, parseCidr } from '@pipewright/plugin';

/** Whether an address with its prefix length, `10.0.0.2/24`, has `gateway` in its subnet. */
export function reaches(address: string, gateway: Cidr): boolean {
  const own = parseCidr(address);
  return own !== undefined && contains(own, gateway);
}
