import { type Mark, parseMark } from '@pipewright/kernel';
import type { AddressAttrs, DeviceAttrs, Key, Observed } from '@pipewright/plugin';
import type { ContainerReport } from './containers.js';
import type { Lead } from './leads.js';

/** A namespace, by all that people call it. */
export interface NamespaceReport {
  /** As `ip netns` lists it. */
  readonly name: string | null;
  readonly path: string;
  readonly pids: readonly number[];
  readonly container: ContainerReport | null;
  readonly topology: string | null;
  readonly node: string | null;
}

/** The other end of a cable. */
export interface FarEnd {
  /** Null: the host's own. */
  readonly namespace: NamespaceReport | null;
  readonly nic: string;
  readonly mac: string | null;
  /** With prefix lengths, without what the kernel gives every device. */
  readonly addresses: readonly string[];
}

/** A device of the host, and whose it is. */
export interface DeviceReport {
  readonly device: string;
  readonly kind: string;
  /** What it is a port of. */
  readonly master: string | null;
  /** The device of the host that it is made on: that of a VLAN, of a macvlan. */
  readonly parent: string | null;
  /** Number of the device it leads to in a namespace that was not found. */
  readonly unseen: number | null;
  /** The topology that its mark names. */
  readonly topology: string | null;
  /** The network of that topology that it is, or is in. */
  readonly network: string | null;
  /** The endpoints of the link of that topology that it is an end of. */
  readonly link: readonly [string, string] | null;
  readonly peer: FarEnd | null;
  readonly ports: readonly DeviceReport[];
}

/** All that was seen. */
export interface Sight {
  /** Devices and addresses, the ends of cables related to each other. A node is a namespace. */
  readonly observed: readonly Observed[];
  /** Of the host's devices. */
  readonly leads: ReadonlyMap<Key, Lead>;
  /** By node. */
  readonly namespaces: ReadonlyMap<string, Pick<NamespaceReport, 'name' | 'path' | 'pids' | 'container'>>;
}

type Device = Observed<DeviceAttrs>;

const isDevice = (it: Observed): it is Device => it.type === 'device';

const isLoopback = ({ attrs }: Device): boolean => attrs.kind === 'loopback';

/** Every device of the host. */
export function deviceReports(sight: Sight): readonly DeviceReport[] {
  const index = indexOf(sight);
  return index.own.map((it) => ({
    ...reportOn(it, index),
    ports: index.own
      .filter(({ attrs }) => attrs.master?.ref === it.key)
      .map((port) => ({ ...reportOn(port, index), ports: [] })),
  }));
}

/** All that was seen, as it is looked up. */
interface Index extends Pick<Sight, 'leads' | 'namespaces'> {
  /** The host's devices. */
  readonly own: readonly Device[];
  readonly byKey: ReadonlyMap<Key, Device>;
  /** Names of the host's devices by their numbers. */
  readonly byNumber: ReadonlyMap<number | undefined, string>;
  /** By node. */
  readonly loopbacks: ReadonlyMap<string | undefined, Device>;
  /** By device. */
  readonly addresses: ReadonlyMap<Key, readonly string[]>;
}

function indexOf({ observed, leads, namespaces }: Sight): Index {
  const devices = observed.filter(isDevice);
  const own = devices.filter(({ on }) => on.node === undefined);
  return {
    leads,
    namespaces,
    own,
    byKey: new Map(devices.map((it) => [it.key, it])),
    byNumber: new Map(own.map((it) => [leads.get(it.key)?.ifindex, it.attrs.name])),
    loopbacks: new Map(devices.filter(isLoopback).map((it) => [it.on.node, it])),
    addresses: addressesByDevice(observed),
  };
}

function reportOn(it: Device, index: Index): Omit<DeviceReport, 'ports'> {
  const { byKey, byNumber, leads } = index;
  const [far, master] = [byKey.get(it.peer?.ref ?? ''), byKey.get(it.attrs.master?.ref ?? '')];
  const { link, namespace } = leads.get(it.key) ?? {};
  return {
    device: it.attrs.name,
    kind: it.attrs.kind,
    master: master?.attrs.name ?? null,
    parent: far || link === undefined || namespace !== undefined ? null : (byNumber.get(link) ?? null),
    unseen: far || link === undefined || namespace === undefined ? null : link,
    ...claimOf(it, master, far),
    peer: far ? farEnd(it, far, index) : null,
  };
}

function farEnd(it: Device, far: Device, { namespaces, loopbacks, addresses }: Index): FarEnd {
  const found = namespaces.get(far.on.node ?? '');
  return {
    namespace: found ? { ...found, ...nodeOf(it, far, loopbacks.get(far.on.node)) } : null,
    nic: far.attrs.name,
    mac: far.attrs.mac ?? null,
    addresses: addresses.get(far.key) ?? [],
  };
}

function addressesByDevice(observed: readonly Observed[]): ReadonlyMap<Key, readonly string[]> {
  const byDevice = new Map<Key, string[]>();
  for (const { attrs } of observed.filter(({ type }) => type === 'address')) {
    const { dev, address } = attrs as AddressAttrs;
    const known = byDevice.get(dev.ref);
    if (known) known.push(address);
    else byDevice.set(dev.ref, [address]);
  }
  return byDevice;
}

const markOn = (it: Device | undefined): Mark | undefined => parseMark(it?.attrs['alias']);

/** `web/eth0:host`: the other end of a nic that is in a network. */
const NIC_OF_NETWORK = /^([^/]+)\/[^/]+:host$/;
/** `web/eth0` */
const NIC = /^([^/]+)\/([^/:]+)$/;

/** The host's end tells whose it is; what stands in a container, others can write too. */
function nodeOf(it: Device, far: Device, lo: Device | undefined): Pick<NamespaceReport, 'topology' | 'node'> {
  const [host, inside, place] = [markOn(it), markOn(far), markOn(lo)];
  if (host) {
    const named =
      NIC_OF_NETWORK.exec(host.id) ?? (inside?.topology === host.topology ? NIC.exec(inside.id) : undefined);
    return { topology: host.topology, node: named?.[1] ?? null };
  }
  return { topology: place?.topology ?? null, node: place?.id ?? null };
}

function claimOf(
  it: Device,
  master: Device | undefined,
  far: Device | undefined,
): Pick<DeviceReport, 'topology' | 'network' | 'link'> {
  const mark = markOn(it);
  // The mark on a loopback device is its namespace's.
  if (!mark || isLoopback(it)) return { topology: null, network: null, link: null };
  const { topology, id } = mark;
  if (!far) return { topology, network: id.includes('/') ? null : id, link: null };
  const [ends, over] = [[id, markOn(far)?.id ?? ''].map(endpoint), markOn(master)];
  const [a, b] = ends;
  return {
    topology,
    network: over?.topology === topology ? over.id : null,
    link: a !== undefined && b !== undefined ? [a, b] : null,
  };
}

/** `web/eth0` as a topology has it: `web:eth0`. */
function endpoint(id: string): string | undefined {
  const [, node, nic] = NIC.exec(id) ?? [];
  return node === undefined || nic === undefined ? undefined : `${node}:${nic}`;
}
