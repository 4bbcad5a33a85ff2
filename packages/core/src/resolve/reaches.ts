import { type Cidr, contains, isDefault, parseCidr } from '@pipewright/plugin';

/** Whether an address with its prefix length, `10.0.0.2/24`, has `gateway` in its subnet. */
export function reaches(address: string, gateway: Cidr): boolean {
  const own = parseCidr(address);
  return own !== undefined && contains(own, gateway);
}

/** Whether a route to there, without a gateway of its own, has `gateway` on its device. */
export const isDirectTo = (to: string, gateway: Cidr): boolean => isDefault(to) || reaches(to, gateway);
