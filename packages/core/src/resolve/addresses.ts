import {
  type Cidr,
  contains,
  type Diagnostic,
  type Family,
  formatCidr,
  keyOf,
  networkOf,
  parseCidr,
  parseIp,
  type Path,
  problem,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NetworkEntry, Topology } from '../topology.js';
import type { InUse } from './in-use.js';
import type { DraftNic } from './nics.js';
import { hostAddressFault, Pool, readSubnets } from './pool.js';

/** Gives every nic its addresses: first what is written, then what is in use already, then the first free ones. */
export function addressNics(
  topology: Topology,
  registries: Registries,
  nics: readonly DraftNic[],
  inUse: InUse,
): { readonly nics: readonly DraftNic[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const addresses = new Map<string, readonly Cidr[]>();
  for (const network of topology.networks) {
    const members = nics.filter((it) => it.nic.network === network.name);
    for (const [id, found] of addressNetwork(network, registries, members, inUse, diagnostics))
      addresses.set(id, found);
  }
  for (const it of nics)
    if (it.nic.network === undefined) addresses.set(it.nic.id, writtenOn(it, new Pool('', []), diagnostics));
  const addressed = nics.map((it) => ({
    ...it,
    nic: { ...it.nic, addresses: (addresses.get(it.nic.id) ?? []).map(formatCidr) },
  }));
  return { nics: addressed, diagnostics: [...diagnostics, ...addressed.flatMap(ipv6MtuProblems)] };
}

function addressNetwork(
  network: NetworkEntry,
  registries: Registries,
  members: readonly DraftNic[],
  inUse: InUse,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, readonly Cidr[]> {
  const read = readSubnets(network.subnets, network.name, network.path);
  diagnostics.push(...read.diagnostics);
  const pool = new Pool(network.name, read.subnets);
  reserve(network, registries, pool, diagnostics);
  const found = new Map(members.map((it) => [it.nic.id, writtenOn(it, pool, diagnostics)]));
  for (const family of [4, 6] as const) {
    const subnet = pool.subnet(family);
    if (!subnet) continue;
    const waiting = members.filter((it) => wantsFamily(it, found, family));
    const still = waiting.filter((it) => !keepInUse(it, subnet, pool, found, inUse));
    allotAll(still, subnet, pool, found, diagnostics, members.length);
  }
  return found;
}

/** The network's own addresses and the gateways it names are nobody else's. */
function reserve(network: NetworkEntry, registries: Registries, pool: Pool, diagnostics: Diagnostic[]): void {
  const own = registries.networks.need(network.kind).addresses?.(network.options as never) ?? [];
  for (const text of own) {
    const parsed = parseCidr(text);
    if (!parsed) continue;
    const path = [...network.path, 'address'];
    const subnet = pool.subnet(parsed.family);
    const fault = hostAddressFault(parsed, subnet, path);
    if (fault) diagnostics.push(fault);
    else if (subnet && !contains(subnet, parsed))
      diagnostics.push(problem(errors.outsideSubnet(text, network.name, [networkOf(subnet)]), path));
    pool.take(parsed, `network ${network.name} itself`);
  }
  for (const text of network.gateways === 'none' ? [] : (network.gateways ?? [])) {
    const parsed = parseIp(text);
    if (parsed) pool.take(parsed, `the gateway of network ${network.name}`);
  }
}

/** The addresses written in the file, checked against the pool. */
function writtenOn({ entry, nic }: DraftNic, pool: Pool, diagnostics: Diagnostic[]): readonly Cidr[] {
  const texts = typeof entry.addressing === 'string' ? [] : entry.addressing;
  const path = (index: number): Path =>
    texts.length === 1 ? [...nic.path, 'address'] : [...nic.path, 'address', index];
  const parsed = texts.flatMap((text, index) => readAddress(text, pool, path(index), diagnostics) ?? []);
  for (const [index, it] of parsed.entries()) {
    const subnet = pool.subnet(it.family);
    const fault = hostAddressFault(it, subnet, path(index));
    if (fault) diagnostics.push(fault);
    // One address a family must lie in the subnet; further ones may be of another.
    else if (subnet && !parsed.some((other) => contains(subnet, other)))
      diagnostics.push(problem(errors.outsideSubnet(formatCidr(it), pool.network, [networkOf(subnet)]), path(index)));
    const owner = pool.take(it, nic.id);
    if (owner !== undefined) diagnostics.push(problem(errors.addressTwice(it.address, owner, nic.id), path(index)));
  }
  return parsed;
}

function readAddress(text: string, pool: Pool, path: Path, diagnostics: Diagnostic[]): Cidr | undefined {
  const whole = parseCidr(text);
  if (whole) return whole;
  const bare = parseIp(text);
  const subnet = bare && pool.subnet(bare.family);
  if (bare && subnet) return { ...bare, prefix: subnet.prefix };
  diagnostics.push(problem(errors.prefixMissing(text), path));
  return undefined;
}

function wantsFamily({ entry, nic }: DraftNic, found: ReadonlyMap<string, readonly Cidr[]>, family: Family): boolean {
  return entry.addressing !== 'none' && !(found.get(nic.id) ?? []).some((it) => it.family === family);
}

/** True where the nic has an address of the subnet already, that nobody else is promised. */
function keepInUse(
  { nic }: DraftNic,
  subnet: Cidr,
  pool: Pool,
  found: Map<string, readonly Cidr[]>,
  inUse: InUse,
): boolean {
  for (const text of inUse.get(keyOf('device', nic.on, nic.device)) ?? []) {
    const parsed = parseCidr(text);
    if (!parsed || parsed.prefix !== subnet.prefix || !contains(subnet, parsed)) continue;
    if (hostAddressFault(parsed, subnet, []) || pool.take(parsed, nic.id) !== undefined) continue;
    found.set(nic.id, [...(found.get(nic.id) ?? []), parsed]);
    return true;
  }
  return false;
}

function allotAll(
  waiting: readonly DraftNic[],
  subnet: Cidr,
  pool: Pool,
  found: Map<string, readonly Cidr[]>,
  diagnostics: Diagnostic[],
  members: number,
): void {
  for (const { nic } of waiting) {
    const given = pool.allot(subnet, nic.id);
    if (!given) {
      diagnostics.push(
        problem(errors.poolExhausted(networkOf(subnet), pool.network, `fewer than ${String(members)} nics`), nic.path),
      );
      return;
    }
    found.set(nic.id, [...(found.get(nic.id) ?? []), given]);
  }
}

function ipv6MtuProblems({ nic }: DraftNic): readonly Diagnostic[] {
  if (nic.mtu >= 1280 || !nic.addresses.some((it) => it.includes(':'))) return [];
  return [problem(errors.ipv6Mtu(nic.id, nic.mtu), nic.path)];
}
