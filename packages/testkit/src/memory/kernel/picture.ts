import { listing } from './nft.js';
import type { Device, Helper, KernelState, Namespace, Neighbour, Route } from './state.js';

/** One namespace as a value, its things by what tells them apart. */
export interface NamespacePicture {
  readonly devices: Readonly<Record<string, unknown>>;
  /** Sorted. */
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly neighbours: readonly string[];
  readonly fdb: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, string>>;
  /** Of the host: its long-lived helpers, by their marks. */
  readonly helpers?: Readonly<Record<string, Helper>>;
  readonly files: Readonly<Record<string, string>>;
}

/** By name in /run/netns; `host`; what a process is called, else `process 7`, for one that only that process holds. */
export type KernelPicture = Readonly<Record<string, NamespacePicture>>;

/** What processes are called, by pid. */
export type ProcessTitles = ReadonlyMap<number, string>;

export function describeKernel(state: KernelState, titles: ProcessTitles): KernelPicture {
  const places = placesOf(state, titles);
  const helpers = state.helpers.size === 0 ? {} : { helpers: Object.fromEntries([...state.helpers].sort()) };
  return Object.fromEntries(
    [...places].map(([it, name]) => [name, { ...pictureOf(it, places), ...(it === state.host ? helpers : {}) }]),
  );
}

function placesOf({ host, named, processes }: KernelState, titles: ProcessTitles): ReadonlyMap<Namespace, string> {
  const places = new Map([[host, 'host']]);
  for (const [name, it] of [...named].sort(([a], [b]) => (a < b ? -1 : 1))) if (!places.has(it)) places.set(it, name);
  for (const [pid, it] of processes) if (!places.has(it)) places.set(it, titles.get(pid) ?? `process ${String(pid)}`);
  return places;
}

function pictureOf(it: Namespace, places: ReadonlyMap<Namespace, string>): NamespacePicture {
  const nameOf = (index: number | undefined): string =>
    index === undefined ? '-' : (it.devices.get(index)?.name ?? '?');
  const devices = [...it.devices.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    devices: Object.fromEntries(devices.map((one) => [one.name, deviceOf(one, nameOf, places)])),
    addresses: it.addresses
      .map((a) => `${nameOf(a.device)} ${a.address}/${String(a.prefix)}${a.secondary ? ' secondary' : ''}`)
      .sort(),
    routes: it.routes.map((route) => routeText(route, nameOf)).sort(),
    rules: it.rules.map((rule) => JSON.stringify(rule)).sort(),
    neighbours: it.neighbours.map((one) => neighbourText(one, nameOf)).sort(),
    fdb: it.fdb.map(({ device, mac, dst }) => `${nameOf(device)} ${mac} dst ${dst}`).sort(),
    sysctls: Object.fromEntries(it.sysctls),
    files: Object.fromEntries([...it.files].sort(([a], [b]) => (a < b ? -1 : 1))),
    tables: Object.fromEntries(
      [...it.tables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, rows]) => [title, listing(rows)]),
    ),
  };
}

function deviceOf(it: Device, nameOf: (index: number | undefined) => string, places: ReadonlyMap<Namespace, string>) {
  const { kind, mac, mtu, up, promisc, altnames, alias, group, data, far, master, off } = it;
  const farName = far && `${places.get(far.namespace) ?? '?'}/${far.namespace.devices.get(far.index)?.name ?? '?'}`;
  return {
    kind,
    mac,
    mtu,
    up,
    promisc,
    altnames: [...altnames].sort(),
    alias,
    group,
    data,
    far: farName,
    master: nameOf(master),
    ...(off.size > 0 ? { off: [...off].sort() } : {}),
  };
}

const routeText = (it: Route, nameOf: (index: number | undefined) => string): string =>
  [
    it.kind,
    it.to,
    it.family,
    it.via && `via ${it.via}`,
    ...(it.hops?.map((hop) => `nexthop ${hop.via ?? ''} dev ${nameOf(hop.device)} weight ${String(hop.weight)}`) ?? [
      `dev ${nameOf(it.device)}`,
    ]),
    `table ${String(it.table)} metric ${String(it.metric)} protocol ${String(it.protocol)}`,
    it.src && `src ${it.src}`,
    it.onlink && 'onlink',
  ]
    .filter(Boolean)
    .join(' ');

const neighbourText = ({ device, to, mac, protocol }: Neighbour, nameOf: (index: number) => string): string =>
  `${nameOf(device)} ${to} ${mac} protocol ${String(protocol)}`;
