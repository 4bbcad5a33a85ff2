import {
  familyOf,
  deviceInSysctl,
  type Diagnostic,
  formatCidr,
  type Key,
  keyOf,
  type ModelNode,
  type Nic,
  parseCidr,
  parseIp,
  type Path,
  type Placement,
  problem,
  type Ref,
  type Resource,
  route,
  rule,
  samePlace,
  sysctl,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { ResourceTypes } from '../registry/registry.js';
import { runsIn } from '../resolve/last-places.js';
import { reaches } from '../resolve/reaches.js';
import { nicTowards, routeFamily } from '../resolve/routes.js';
import type { NodeEntry, RouteEntry, RuleEntry } from '../topology.js';

/** Rules without a priority come in the order of the file, before the kernel's own (main: 32766). */
const FIRST_RULE_PRIORITY = 1000;

/** What drivers have made. */
interface Made {
  readonly devices: ReadonlyMap<Key, Resource>;
  readonly made: readonly Resource[];
  readonly types: ResourceTypes;
}

/** What a node gets besides its nics and its loopback: rules, sysctls, and routes that leave by no device. */
export function nodeResources(
  entry: NodeEntry,
  node: ModelNode,
  { devices }: Pick<Made, 'devices'>,
): readonly Resource[] {
  return [
    ...Object.entries(entry.sysctls).map(([name, value]) =>
      sysctl(node.on, name, value, { within: deviceOf(name, node).filter(({ ref }) => devices.has(ref)) }),
    ),
    ...entry.routes
      .filter((it) => it.kind !== 'unicast')
      .map(({ to, kind, table, metric }) =>
        route(node.on, undefined, { family: routeFamily({ to }), to, kind, ...given({ table, metric }) }),
      ),
    ...entry.routes.filter((it) => it.nexthops.length > 0).map((it) => multipathRoute(it, node)),
    ...entry.rules.map((it, index) => nodeRule(it, index, node)),
  ];
}

/** The kernel takes it where addresses say of each gateway that it is on a device. */
function multipathRoute(entry: RouteEntry, node: ModelNode): Resource {
  const { to, table, metric, src, nexthops } = entry;
  const ways = nexthops.flatMap((hop) => {
    const nic = nicTowards(node.nics, hop);
    const gateway = parseIp(hop.via);
    if (!nic || !gateway) return [];
    const carrier = nic.addresses.find((it) => reaches(it, gateway));
    const dev = { ref: keyOf('device', nic.on, nic.device) };
    return [{ hop: { via: hop.via, dev, weight: hop.weight }, needs: carrier ? [addressOf(nic, carrier)] : [] }];
  });
  const spec = {
    family: routeFamily(entry),
    to,
    nexthops: ways.map((it) => it.hop),
    ...given({ table, metric, src }),
  };
  return route(node.on, undefined, spec, { needs: ways.flatMap((it) => it.needs) });
}

/** What is said at all. */
const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

const addressOf = ({ on, device }: Nic, text: string): Ref => ({ ref: keyOf('address', on, `${device} ${text}`) });

/** `net.ipv4.conf.eth0.rp_filter` is there with eth0, and goes with it. */
function deviceOf(name: string, { on }: ModelNode): readonly Ref[] {
  const device = deviceInSysctl(name);
  return device === undefined ? [] : [{ ref: keyOf('device', on, device) }];
}

/** Every namespace has its loopback, and where such modules are loaded their first devices (net.core.fb_tunnels_only_for_init_net). */
const OF_KERNEL = /^(lo|(tunl|gre|gretap|erspan|ip_vti|sit|ip6tnl|ip6gre|ip6_vti)0)$/;

/** Parameters of devices that a node will not have: one that we make, and in which nothing runs that may make more of them. */
export function absentDevices(
  entry: NodeEntry,
  node: ModelNode,
  { devices, made, types }: Made,
): readonly Diagnostic[] {
  if (!node.managed || node.engine || entry.commands.length > 0) return [];
  const absent = Object.keys(entry.sysctls).flatMap((name) => {
    const device = deviceInSysctl(name) ?? 'lo';
    return OF_KERNEL.test(device) || devices.has(keyOf('device', node.on, device)) ? [] : [{ name, device }];
  });
  if (absent.length === 0 || isRunIn(node.on, made, types)) return [];
  return absent.map(({ name, device }) =>
    problem(errors.sysctlOfNoDevice(name, node.name, device), [...node.path, 'sysctls', name]),
  );
}

const isRunIn = (on: Placement, made: readonly Resource[], types: ResourceTypes): boolean =>
  made.some((it) => {
    const place = runsIn(it, types)?.place;
    return place !== undefined && samePlace(place, on);
  });

/** `index` is its place among those of the node. */
export function nodeRule(it: RuleEntry, index: number, node: ModelNode): Resource {
  const { path: _, priority, family, table, from, to, ...others } = it;
  const selectors = { from: prefixOf(from), to: prefixOf(to), ...others };
  return rule(node.on, {
    family: family ?? familyOf(from ?? to ?? ''),
    priority: priority ?? FIRST_RULE_PRIORITY + index,
    table,
    ...given(selectors),
  });
}

/** As the kernel keeps it: an address is the whole of its prefix, and what matches every address is not there. */
function prefixOf(text: string | undefined): string | undefined {
  const parsed = text === undefined ? undefined : (parseIp(text) ?? parseCidr(text));
  return parsed === undefined || parsed.prefix === 0 ? undefined : formatCidr(parsed);
}

/** A driver promised a device for every nic; a missing one is its author's mistake. */
export const missingDevice = (contract: string, kind: string, nic: string, path: Path): Diagnostic =>
  problem(errors.driverThrew(contract, kind, nic, 'it made no device for this nic'), path);
