import {
  type AddressAttrs,
  type Allotted,
  type Cidr,
  contains,
  type Diagnostic,
  type Family,
  familyOf,
  isLinkLocal,
  formatCidr,
  type Key,
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
import { hostAddresses, inSubnet } from './host-addresses.js';
import type { Had } from './in-use.js';
import { itemPath } from './item-path.js';
import type { DraftNic } from './nics.js';
import { hostAddressFault, Pool, readSubnets } from './pool.js';

interface Addressed {
  readonly nics: readonly DraftNic[];
  /** What of it was not written. */
  readonly allotted: Allotted;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives every nic its addresses: first what is written, then what is in use already, then what was allotted before,
 * then the first free ones. What an engine has given to a container since is not kept: that one stays where it is.
 */
export function addressNics(
  topology: Topology,
  registries: Registries,
  nics: readonly DraftNic[],
  had: Had,
): Addressed {
  const diagnostics: Diagnostic[] = [];
  const addresses = new Map<string, readonly Cidr[]>();
  const allotted = new Map<string, readonly string[]>();
  const theirs = addressesOfOthers(topology.name, had);
  for (const network of topology.networks) {
    const members = nics.filter((it) => it.nic.network === network.name);
    const { written, given } = addressNetwork(network, registries, members, { ...had, theirs }, diagnostics);
    for (const { nic } of members) {
      const [own = [], more = []] = [written.get(nic.id), given.get(nic.id)];
      addresses.set(nic.id, [...own, ...more]);
      if (more.length > 0) allotted.set(nic.id, more.map(formatCidr));
    }
  }
  for (const it of nics)
    if (it.nic.network === undefined) addresses.set(it.nic.id, writtenOn(it, new Pool('', []), had, diagnostics));
  const addressed = nics.map((it) => ({
    ...it,
    nic: { ...it.nic, addresses: (addresses.get(it.nic.id) ?? []).map(formatCidr) },
  }));
  return { nics: addressed, allotted, diagnostics: [...diagnostics, ...addressed.flatMap(ipv6MtuProblems)] };
}

/** What somebody has who is not of the topology, as far as it was looked at: to be given to nobody else by itself. */
const addressesOfOthers = (topology: string, { actual }: Had): readonly Cidr[] =>
  actual.flatMap(({ type, owner, attrs }) =>
    type === 'address' && owner !== topology ? (parseCidr((attrs as AddressAttrs).address) ?? []) : [],
  );

type Addresses = ReadonlyMap<string, readonly Cidr[]>;

function addressNetwork(
  network: NetworkEntry,
  registries: Registries,
  members: readonly DraftNic[],
  had: Had & { readonly theirs: readonly Cidr[] },
  diagnostics: Diagnostic[],
): { readonly written: Addresses; readonly given: Addresses } {
  const read = readSubnets(network.subnets, network.name, network.path);
  diagnostics.push(...read.diagnostics);
  const pool = new Pool(network.name, read.subnets);
  reserve(network, registries, pool, diagnostics);
  const written = new Map(members.map((it) => [it.nic.id, writtenOn(it, pool, had, diagnostics)]));
  reserveGateways(network, pool);
  for (const it of (had.given ?? []).flatMap((text) => parseIp(text) ?? [])) pool.take(it, 'a container of an engine');
  const given = new Map<string, readonly Cidr[]>();
  const beside = besideAny(members, had);
  const give: Share['give'] = (id, it) => given.set(id, [...(given.get(id) ?? []), it]);
  for (const family of [4, 6] as const) {
    const subnet = pool.subnet(family);
    if (!subnet) continue;
    const share = { subnet, pool, give };
    const waiting = members.filter((it) => wantsFamily(it, written, family));
    const idle = keepAll(waiting, ({ nic }) => had.inUse.get(deviceOf(nic)), share);
    // Who is beside us has it; what we were once given is nobody's.
    for (const { cidr, owner } of beside) if (cidr.family === family) pool.take(cidr, owner);
    const fresh = keepAll(idle, ({ nic }) => had.allotted.get(nic.id), share);
    for (const it of had.theirs) if (it.family === family) pool.take(it, 'somebody else');
    diagnostics.push(...allotAll(fresh, members.length, share));
  }
  return { written, given };
}

/** Who is beside any of these; nics of one bridge have one list of them. */
const besideAny = (
  members: readonly DraftNic[],
  { beside }: Had,
): readonly { readonly cidr: Cidr; readonly owner: string }[] =>
  [...new Set(members.map(({ nic }) => beside?.get(deviceOf(nic)) ?? []))].flat().flatMap(({ address, owner }) => {
    const cidr = parseCidr(address);
    return cidr ? [{ cidr, owner }] : [];
  });

/** The network's own addresses are nobody else's. */
function reserve(network: NetworkEntry, registries: Registries, pool: Pool, diagnostics: Diagnostic[]): void {
  const own = hostAddresses(network, registries);
  for (const [index, text] of own.entries()) {
    const path = itemPath(network.path, 'address', own, index);
    const parsed = readAddress(text, pool, path, diagnostics);
    if (!parsed) continue;
    const subnet = pool.subnet(parsed.family);
    const fault = hostAddressFault(parsed, subnet, path);
    if (fault) diagnostics.push(fault);
    else if (subnet && !contains(subnet, parsed))
      diagnostics.push(problem(errors.outsideSubnet(text, network.name, [networkOf(subnet)]), path));
    pool.take(parsed, `network ${network.name} itself`);
  }
}

/** The gateways that it names are given to nobody; a node may be one by its own word. */
function reserveGateways(network: NetworkEntry, pool: Pool): void {
  for (const text of network.gateways === 'none' ? [] : (network.gateways ?? [])) {
    const parsed = parseIp(text);
    if (parsed) pool.take(parsed, `the gateway of network ${network.name}`);
  }
}

/** The addresses written in the file, checked against the pool and who is beside. */
function writtenOn({ entry, nic }: DraftNic, pool: Pool, had: Had, diagnostics: Diagnostic[]): readonly Cidr[] {
  const texts = typeof entry.addressing === 'string' ? [] : entry.addressing;
  const path = (index: number): Path => itemPath(nic.path, 'address', texts, index);
  const read = texts.flatMap((text, index) => {
    const it = isFound(entry, text) ? undefined : readAddress(text, pool, path(index), diagnostics);
    return it ? [{ it, index }] : [];
  });
  const parsed = read.map(({ it }) => it);
  for (const { it, index } of read) {
    const subnet = pool.subnet(it.family);
    const fault = hostAddressFault(it, subnet, path(index));
    if (fault) diagnostics.push(fault);
    // One address a family must lie in the subnet; further ones may be of another, and each nic is in fe80::/64.
    else if (subnet && !isLinkLocal(it) && !parsed.some((other) => contains(subnet, other)))
      diagnostics.push(problem(errors.outsideSubnet(formatCidr(it), pool.network, [networkOf(subnet)]), path(index)));
    const owner = pool.take(it, nic.id) ?? ownerBeside(it, nic, had);
    if (owner !== undefined) diagnostics.push(problem(errors.addressTwice(it.address, owner, nic.id), path(index)));
  }
  return [...new Map(parsed.map((it) => [formatCidr(it), it])).values()]; // of what stands twice, enough is said
}

/** Who of another topology has it in the same segment. Where the nic had it before, too, it is not this text that is wrong. */
function ownerBeside({ address }: Cidr, nic: DraftNic['nic'], { inUse, beside }: Had): string | undefined {
  const isIt = (text: string): boolean => text.startsWith(`${address}/`);
  if (inUse.get(deviceOf(nic))?.some(isIt)) return undefined;
  return beside?.get(deviceOf(nic))?.find((it) => it.meets && isIt(it.address))?.owner;
}

const deviceOf = ({ on, device }: DraftNic['nic']): Key => keyOf('device', on, device);

function readAddress(text: string, pool: Pool, path: Path, diagnostics: Diagnostic[]): Cidr | undefined {
  const read = inSubnet(text, pool.subnets);
  if (!read) diagnostics.push(problem(errors.prefixMissing(text), path));
  return read;
}

/** No address, but a word for what finds some. */
const isFound = ({ dynamic }: DraftNic['entry'], text: string): boolean => dynamic.some(({ by }) => by === text);

function wantsFamily({ entry, nic }: DraftNic, written: Addresses, family: Family): boolean {
  const { addressing } = entry;
  if (addressing === 'none') return false;
  if (addressing !== 'auto' && addressing.some((it) => isFound(entry, it))) return false; // those are all
  return !(written.get(nic.id) ?? []).some((it) => it.family === family);
}

/** A subnet, who has what of it, and where to note it. */
interface Share {
  readonly subnet: Cidr;
  readonly pool: Pool;
  readonly give: (id: string, it: Cidr) => unknown;
}

/** Lets keep what they had those that had a free address of the subnet; returns the others. */
function keepAll(
  waiting: readonly DraftNic[],
  had: (it: DraftNic) => readonly string[] | undefined,
  share: Share,
): readonly DraftNic[] {
  return waiting.filter((it) => {
    const kept = (had(it) ?? []).map(parseCidr).find((cidr) => cidr && takeIfFree(cidr, it.nic.id, share));
    if (kept) share.give(it.nic.id, kept);
    return !kept;
  });
}

/** True where it is a host's address of the subnet that was free until now. */
const takeIfFree = (it: Cidr, user: string, { subnet, pool }: Share): boolean =>
  it.prefix === subnet.prefix &&
  contains(subnet, it) &&
  !hostAddressFault(it, subnet, []) &&
  pool.take(it, user) === undefined;

/** Complains of the first for whom there is none left. */
function allotAll(waiting: readonly DraftNic[], members: number, { subnet, pool, give }: Share): readonly Diagnostic[] {
  for (const { nic } of waiting) {
    const given = pool.allot(subnet, nic.id);
    const room = `fewer than ${String(members)} nics`;
    if (!given) return [problem(errors.poolExhausted(networkOf(subnet), pool.network, room), nic.path)];
    give(nic.id, given);
  }
  return [];
}

function ipv6MtuProblems({ nic }: DraftNic): readonly Diagnostic[] {
  if (nic.mtu >= 1280 || !nic.addresses.some((it) => familyOf(it) === 6)) return [];
  return [problem(errors.ipv6Mtu(nic.id, nic.mtu), nic.path)];
}
