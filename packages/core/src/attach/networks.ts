import {
  fail,
  type HostFacts,
  ifname,
  type JoinedDevice,
  keyOf,
  type NetworkDriver,
  samePlace,
  topologyName,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { TreeMap } from '../parse/source.js';
import type { Registries } from '../registry/registry.js';
import { mtuOf } from '../resolve/nics.js';
import type { NetworkEntry, Topology } from '../topology.js';
import { freeName } from './free-name.js';
import type { Known } from './known.js';
import { entryIn } from './tree.js';

/** The network of a nic, with its entry in the topology. */
export interface JoinedNetwork {
  readonly name: string;
  readonly entry: TreeMap;
  /** Addresses can be allotted from it. */
  readonly hasSubnet: boolean;
}

interface Asked {
  readonly word: string;
  readonly mtu: number | undefined;
}

interface Situation {
  readonly known: Known;
  readonly facts: HostFacts;
  /** What they are of. */
  readonly host: string;
  readonly registries: Registries;
}

/** `br9`, `KIND:br9`: a network of the topology, else a device of the host, else one that some kind makes. */
export function joinNetwork({ word, mtu }: Asked, situation: Situation): JoinedNetwork {
  const { known, facts, host, registries } = situation;
  const [, kind, text = word] = /^([^:]*):(.*)$/s.exec(word) ?? [];
  if (kind !== undefined) registries.networks.need(kind);
  const own = networkOf(text, kind, host, known);
  if (own) return { name: own.name, entry: entryNow(own, situation), hasSubnet: own.subnets.length > 0 };
  if (!ifname.safeParse(text).success) fail(errors.badDeviceName(text));
  const device = facts.devices.find((it) => it.name === text);
  const entry = entryOf(readingsOf(text, facts), kind, registries);
  const most = device?.mtu ?? Math.max(mtu ?? 0, mtuOf({ mtu: undefined }));
  return {
    name: nameOf(text, known.topology),
    entry: most === mtuOf({ mtu: undefined }) ? entry : { ...entry, mtu: most },
    hasSubnet: false,
  };
}

/** As it is known, but for the MTU of a device that is not ours alone: somebody may have changed it. */
function entryNow({ name, mtu }: NetworkEntry, { known, facts, host }: Situation): TreeMap {
  const entry = entryIn(known.tree, 'networks', name);
  const made = known.resources.find((it) => it.type === 'device' && it.id === name && samePlace(it.on, { host }));
  const device = facts.devices.find((it) => it.name === made?.attrs['name']);
  const ours = !(made?.shared ?? made?.adopt);
  return ours || device?.mtu === undefined || device.mtu === mtuOf({ mtu }) ? entry : { ...entry, mtu: device.mtu };
}

/** By its own name, or by that of its device: one that it has, or that a nic of it was. */
function networkOf(text: string, kind: string | undefined, host: string, known: Known): NetworkEntry | undefined {
  const key = keyOf('device', { host }, text);
  const names = known.resources.flatMap((it) => {
    if (it.key === key) return [it.id];
    const nic = it.moved?.name === text ? known.nics.find((one) => one.nic.id === it.id) : undefined;
    return nic?.nic.network ?? [];
  });
  const networks = known.topology.networks.filter((it) => kind === undefined || it.kind === kind);
  return [text, ...names].flatMap((name) => networks.find((it) => it.name === name) ?? [])[0];
}

/** A name means itself; but before that `eth1.30` that is not there is VLAN 30 of `eth1` that is, as the field names it. */
function readingsOf(name: string, { devices }: HostFacts): readonly JoinedDevice[] {
  const kindOf = (wanted: string): string | undefined => devices.find((it) => it.name === wanted)?.kind;
  const kind = kindOf(name);
  if (kind !== undefined) return [{ name, kind }];
  const [, lower = '', vlan] = /^(.+)[.](\d{1,4})$/.exec(name) ?? [];
  const lowerKind = kindOf(lower);
  return lowerKind === undefined ? [{ name }] : [{ name: lower, kind: lowerKind, vlan: Number(vlan) }, { name }];
}

/** Of the first reading that a kind of network makes something of. */
function entryOf(readings: readonly JoinedDevice[], asked: string | undefined, { networks }: Registries): TreeMap {
  const joined = networks.all().filter((it) => it.join);
  const able = joined.filter((it) => asked === undefined || it.kind === asked);
  if (asked !== undefined && able.length === 0) fail(errors.kindNotJoined(asked, kindsOf(joined)));
  const named = asked === undefined ? {} : { asked: true as const };
  const all = readings.map((device) => ({
    device,
    entries: able.flatMap((it) => entryBy(it, { ...device, ...named })),
  }));
  const { device, entries } = all.find((it) => it.entries.length > 0) ?? { device: readings.at(-1), entries: [] };
  const [entry, other] = entries;
  if (entry && other) fail(errors.joinedTwice(device?.name ?? '', kindsOf(entries)));
  return entry ?? fail(errors.notJoined(device?.name ?? '', device?.kind, kindsOf(able)));
}

function entryBy(
  { kind, join }: NetworkDriver,
  device: JoinedDevice,
): readonly (TreeMap & { readonly kind: string })[] {
  const options = join?.(device);
  return options ? [{ ...(options as TreeMap), kind }] : [];
}

/** A device's name may have what a network's has not. */
function nameOf(text: string, { networks }: Topology): string {
  const word = topologyName.safeParse(text).success ? text : `net-${text.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;
  return freeName(word, new Set(networks.map((it) => it.name)));
}

const kindsOf = (its: readonly { readonly kind: string }[]): readonly string[] => its.map(({ kind }) => kind);
