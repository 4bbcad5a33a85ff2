import {
  type Cidr,
  contains,
  type Diagnostic,
  type Family,
  formatCidr,
  formatIp,
  networkOf,
  networkValue,
  lastValue,
  parseCidr,
  type Path,
  problem,
  usable,
} from '@pipewright/plugin';
import { errors } from '../errors.js';

/** Who has which address of one network, and which are free. */
export class Pool {
  readonly #taken = new Map<string, string>();
  readonly #next = new Map<string, bigint>();

  constructor(
    readonly network: string,
    readonly subnets: readonly Cidr[],
  ) {}

  subnet(family: Family): Cidr | undefined {
    return this.subnets.find((it) => it.family === family);
  }

  /** Whoever has the address already; undefined: now it is `user`'s. */
  take(it: Cidr, user: string): string | undefined {
    const owner = this.#taken.get(it.address);
    if (owner === undefined) this.#taken.set(it.address, user);
    return owner;
  }

  /** The lowest free address, the subnet's first one last: that is where people expect a gateway. */
  allot(subnet: Cidr, user: string): Cidr | undefined {
    const { first, last } = usable(subnet);
    const start = this.#next.get(subnet.address) ?? first + 1n;
    for (let value = start; value <= last; value++) {
      const taken = this.#takeFree(subnet, value, user);
      if (!taken) continue;
      this.#next.set(subnet.address, value + 1n);
      return taken;
    }
    this.#next.set(subnet.address, last + 1n);
    return this.#takeFree(subnet, first, user);
  }

  #takeFree(subnet: Cidr, value: bigint, user: string): Cidr | undefined {
    const it = { ...subnet, value, address: formatIp(subnet.family, value) };
    return this.take(it, user) === undefined ? it : undefined;
  }
}

/** The subnets of a network, one a family. */
export function readSubnets(
  texts: readonly string[],
  network: string,
  path: Path,
): { subnets: Cidr[]; diagnostics: Diagnostic[] } {
  const subnets: Cidr[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of texts) {
    const parsed = parseCidr(text);
    if (!parsed) continue;
    if (isMulticast(parsed)) diagnostics.push(problem(errors.multicast('subnet', text), [...path, 'subnet']));
    else if (subnets.some((it) => it.family === parsed.family))
      diagnostics.push(problem(errors.subnetTwice(network, parsed.family), [...path, 'subnet']));
    else subnets.push(parsed);
  }
  return { subnets, diagnostics };
}

/** By its first bits: 224.0.0.0/4 of RFC 5771, ff00::/8 of RFC 4291 2.7. */
export const isMulticast = ({ family, value }: Cidr): boolean =>
  family === 4 ? value >> 28n === 0xen : value >> 120n === 0xffn;

/** What an address is that no machine has on a network (RFC 6890); undefined: one that it may have. */
export function specialAddress(it: Cidr): string | undefined {
  if (it.value === 0n) return 'the unspecified address';
  if (isLoopback(it)) return 'a loopback address';
  return it.family === 4 && it.value === 0xffff_ffffn ? 'the broadcast address' : undefined;
}

export const isLoopback = ({ family, value }: Cidr): boolean => (family === 4 ? value >> 24n === 127n : value === 1n);

/** A complaint where no node can have the address: a group's, a special one, the network's or the broadcast address of its subnet. */
export function hostAddressFault(it: Cidr, subnet: Cidr | undefined, path: Path): Diagnostic | undefined {
  if (isMulticast(it)) return problem(errors.multicast('address', formatCidr(it)), path);
  const special = specialAddress(it);
  if (special !== undefined) return problem(errors.specialAddress(formatCidr(it), special), path);
  for (const within of [it, ...(subnet && contains(subnet, it) ? [subnet] : [])]) {
    const { first, last } = usable(within);
    if (it.value >= first && it.value <= last) continue;
    const what =
      it.value === networkValue(within) ? (it.family === 4 ? 'network' : 'subnet-router anycast') : 'broadcast';
    if (it.value === networkValue(within) || it.value === lastValue(within))
      return problem(errors.notAHostAddress(formatCidr(it), what, networkOf(within)), path);
  }
  return undefined;
}
