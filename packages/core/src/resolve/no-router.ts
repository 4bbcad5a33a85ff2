import {
  type Cidr,
  contains,
  type Diagnostic,
  lastValue,
  networkOf,
  parseCidr,
  type Path,
  problem,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { isMulticast, specialAddress } from './pool.js';

/** A complaint where no router can have the address: the kernel takes some of them, and then sends to nobody. */
export function noRouterFault(via: Cidr, subnets: readonly string[], of: string, path: Path): Diagnostic | undefined {
  const what = whatIs(via) ?? broadcastOf(via, subnets);
  return what === undefined ? undefined : problem(errors.noRouter(via.address, of, what), path);
}

const whatIs = (it: Cidr): string | undefined => (isMulticast(it) ? 'a multicast address' : specialAddress(it));

/** IPv6 has none, and neither have a /31 and a /32 (RFC 3021). */
function broadcastOf(it: Cidr, subnets: readonly string[]): string | undefined {
  const within = subnets
    .flatMap((text) => parseCidr(text) ?? [])
    .find((subnet) => it.family === 4 && subnet.prefix < 31 && contains(subnet, it) && lastValue(subnet) === it.value);
  return within && `the broadcast address of ${networkOf(within)}`;
}
