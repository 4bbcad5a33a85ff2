import { dropOfDevice, gainPrefixRoutes, loseIpv6 } from './addresses.js';
import { refuse } from './errors.js';
import type { KernelKinds } from './kinds.js';
import type { Device, FdbEntry, Namespace } from './state.js';
import { forgetSysctls } from './sysctls.js';

/** What a request says of a device; kinds' attributes are printed ones. */
export interface LinkSpec {
  readonly name: string;
  readonly kind: string;
  readonly mac?: string;
  readonly mtu?: number;
  readonly up?: boolean;
  readonly promisc?: boolean;
  readonly group?: number;
  readonly alias?: string;
  readonly altnames?: readonly string[];
  /** The name of a device in the namespace it is a port in; `null`: of none. */
  readonly master?: string | null;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface FarSpec {
  readonly into: Namespace;
  readonly spec: LinkSpec;
}

/** What making a device takes from the kernel as a whole. */
export interface Maker {
  readonly kinds: KernelKinds;
  /** A MAC of the kernel's own. */
  readonly mac: () => string;
}

const LONGEST_NAME = 15;
const LEAST_MTU = 68;
const MOST_MTU = 65_535;
const IPV6_LEAST_MTU = 1280;

/** By its name, or by one of its further names. */
export const findDevice = ({ devices }: Namespace, name: string): Device | undefined =>
  [...devices.values()].find((it) => it.name === name || it.altnames.includes(name));

export const needDevice = (namespace: Namespace, name: string): Device =>
  findDevice(namespace, name) ?? refuse('ENODEV');

/** One message: a device, its far end with it, or none of them. */
export function addLink(into: Namespace, spec: LinkSpec, far: FarSpec | undefined, maker: Maker): void {
  const kind = maker.kinds[spec.kind] ?? refuse('EOPNOTSUPP', 'Unknown device type');
  checkNew(into, spec, maker);
  const master = spec.master === undefined || spec.master === null ? undefined : needMaster(into, spec.master, maker);
  if (!kind.paired) {
    join(into, birth(into, spec, maker), master, maker);
    return;
  }
  const other = far ?? { into, spec: { name: freeName(into, spec.kind, spec.name), kind: spec.kind } };
  checkNew(other.into, other.spec, maker);
  if (other.into === into && other.spec.name === spec.name) refuse('EEXIST');
  // The kernel makes the far end first, and opens it before it can be: IFF_UP there is ENOTCONN.
  if (other.spec.up) refuse('EINVAL', 'Transport endpoint is not connected');
  const end = birth(other.into, other.spec, maker);
  const device = birth(into, spec, maker);
  device.far = { namespace: other.into, index: end.index };
  end.far = { namespace: into, index: device.index };
  join(into, device, master, maker);
}

function checkNew(into: Namespace, spec: LinkSpec, maker: Maker): void {
  if (spec.name.length > LONGEST_NAME) refuse('ERANGE', 'Attribute failed policy validation');
  if (findDevice(into, spec.name)) refuse('EEXIST');
  if (spec.mac !== undefined) checkMac(spec.mac);
  if (spec.mtu !== undefined) checkMtu(spec.mtu, spec.kind, maker);
}

function freeName(into: Namespace, kind: string, ...taken: readonly string[]): string {
  for (let number = 0; ; number += 1) {
    const name = `${kind}${String(number)}`;
    if (!findDevice(into, name) && !taken.includes(name)) return name;
  }
}

function birth(into: Namespace, spec: LinkSpec, { kinds, mac }: Maker): Device {
  const device: Device = {
    index: ++into.lastIndex,
    name: spec.name,
    kind: spec.kind,
    mac: spec.mac ?? mac(),
    mtu: spec.mtu ?? 1500,
    up: spec.up ?? false,
    promisc: spec.promisc ?? false,
    master: undefined,
    altnames: [],
    alias: '', // IFLA_IFALIAS is not looked at here
    group: spec.group ?? 0,
    data: { ...kinds[spec.kind]?.data, ...spec.data },
    far: undefined,
    fixedMtu: false,
    off: new Set(),
  };
  into.devices.set(device.index, device);
  if (kinds[spec.kind]?.forwards) into.fdb.push(...ownEntries(device));
  return device;
}

/** What a tunnel sends to everybody goes where it leads (vxlan_dev_configure). */
const ownEntries = ({ index: device, data: { remote } }: Device): readonly FdbEntry[] =>
  typeof remote === 'string' ? [{ device, mac: '00:00:00:00:00:00', dst: remote }] : [];

/** Changes a device, in the kernel's order (do_setlink): what came before a refusal stays. */
export function setLink(namespace: Namespace, spec: Omit<LinkSpec, 'kind'>, maker: Maker): void {
  const device = needDevice(namespace, spec.name);
  if (typeof spec.master === 'string') needDevice(namespace, spec.master); // its number stands in the request
  Object.assign(device.data, spec.data);
  if (spec.mac !== undefined) changeMac(namespace, device, spec.mac);
  if (spec.mtu !== undefined) changeMtu(namespace, device, spec.mtu, maker);
  if (spec.group !== undefined) device.group = spec.group;
  if (spec.alias !== undefined) device.alias = spec.alias;
  if (spec.promisc !== undefined) device.promisc = spec.promisc;
  if (spec.up !== undefined) changeUp(namespace, device, spec.up);
  if (spec.master !== undefined) changeMaster(namespace, device, spec.master, maker);
  for (const name of spec.altnames ?? []) addAltname(namespace, device, name);
}

/** Down, and without what is configured on it; then all else that the request says, in the new place. */
export function moveLink(
  from: Namespace,
  name: string,
  into: Namespace,
  spec: Omit<LinkSpec, 'kind'>,
  maker: Maker,
): void {
  const device = needDevice(from, name);
  if (maker.kinds[device.kind]?.ports || device.kind === 'loopback')
    refuse('EINVAL', 'The interface netns is immutable');
  const moved = from === into ? device : relocate(from, device, into, spec.name);
  if (spec.name !== moved.name && findDevice(into, spec.name)) refuse('EEXIST');
  const { name: renamed, up = moved.up, ...rest } = spec;
  setLink(into, { ...rest, name: moved.name }, maker);
  moved.name = renamed;
  changeUp(into, moved, up);
}

/** Under its own name if that is free there, else under the one it is to have. */
function relocate(from: Namespace, device: Device, into: Namespace, name: string): Device {
  const taken = findDevice(into, device.name) !== undefined;
  if (taken && findDevice(into, name)) refuse('EEXIST');
  changeUp(from, device, false);
  changeMaster(from, device, null, { kinds: {}, mac: () => '' });
  dropOfDevice(from, device, 'gone');
  from.devices.delete(device.index);
  const isFree = !into.devices.has(device.index);
  const index = isFree ? device.index : into.lastIndex + 1;
  into.lastIndex = Math.max(into.lastIndex, index);
  const moved: Device = { ...device, index, name: taken ? name : device.name };
  into.devices.set(index, moved);
  const far = device.far?.namespace.devices.get(device.far.index);
  if (far) far.far = { namespace: into, index };
  return moved;
}

const addAltname = (namespace: Namespace, device: Device, name: string): void => {
  if (findDevice(namespace, name)) refuse('EEXIST');
  device.altnames.push(name);
};

function checkMac(mac: string): void {
  if (Number.parseInt(mac.slice(0, 2), 16) & 1) refuse('EADDRNOTAVAIL');
}

/** Whoever is known at another's address is forgotten, permanent or not (neigh_changeaddr). */
function changeMac(namespace: Namespace, device: Device, mac: string): void {
  checkMac(mac);
  if (device.mac !== mac) namespace.neighbours = namespace.neighbours.filter((it) => it.device !== device.index);
  device.mac = mac;
}

function checkMtu(mtu: number, kind: string, { kinds }: Maker): void {
  if (mtu < LEAST_MTU) refuse('EINVAL', 'mtu less than device minimum');
  if (mtu > (kinds[kind]?.maxMtu ?? MOST_MTU)) refuse('EINVAL', 'mtu greater than device maximum');
}

function changeMtu(namespace: Namespace, device: Device, mtu: number, maker: Maker): void {
  checkMtu(mtu, device.kind, maker);
  device.mtu = mtu;
  if (maker.kinds[device.kind]?.ports) device.fixedMtu = true;
  if (mtu < IPV6_LEAST_MTU) loseIpv6(namespace, device);
  followPorts(namespace, device.master);
}

/** A bridge has its ports' least MTU as long as nobody says otherwise (br_mtu_auto_adjust). */
function followPorts(namespace: Namespace, index: number | undefined): void {
  const bridge = index === undefined ? undefined : namespace.devices.get(index);
  if (!bridge || bridge.fixedMtu) return;
  bridge.mtu = Math.min(...portsOf(namespace, bridge).map((it) => it.mtu), Infinity);
  if (bridge.mtu === Infinity) bridge.mtu = 1500;
}

const portsOf = ({ devices }: Namespace, bridge: Device): readonly Device[] =>
  [...devices.values()].filter((it) => it.master === bridge.index);

function needMaster(namespace: Namespace, name: string, { kinds }: Maker): Device {
  const master = needDevice(namespace, name);
  return kinds[master.kind]?.ports ? master : refuse('EOPNOTSUPP');
}

function changeMaster(namespace: Namespace, device: Device, name: string | null, maker: Maker): void {
  const master = name === null ? undefined : needDevice(namespace, name);
  if (device.master === master?.index) return;
  const old = device.master;
  device.master = undefined;
  followPorts(namespace, old);
  if (master) join(namespace, device, needMaster(namespace, master.name, maker), maker);
}

function join(namespace: Namespace, device: Device, master: Device | undefined, { kinds }: Maker): void {
  if (!master) return;
  if (device.kind === 'loopback') refuse('EINVAL');
  if (kinds[device.kind]?.ports) refuse('ELOOP', 'Can not enslave a bridge to a bridge');
  device.master = master.index;
  followPorts(namespace, master.index);
}

function changeUp(namespace: Namespace, device: Device, up: boolean): void {
  if (device.up === up) return;
  device.up = up;
  if (up) gainPrefixRoutes(namespace, device);
  else dropOfDevice(namespace, device, 'down');
}

export function deleteLink(namespace: Namespace, name: string): void {
  const device = needDevice(namespace, name);
  if (device.kind === 'loopback') refuse('EOPNOTSUPP');
  removeDevice(namespace, device);
}

/** With its far end, wherever that is. */
export function removeDevice(namespace: Namespace, device: Device): void {
  if (!namespace.devices.delete(device.index)) return;
  dropOfDevice(namespace, device, 'gone');
  forgetSysctls(device.name, namespace);
  for (const it of portsOf(namespace, device)) it.master = undefined;
  followPorts(namespace, device.master);
  const far = device.far?.namespace.devices.get(device.far.index);
  if (device.far && far) removeDevice(device.far.namespace, far);
}
