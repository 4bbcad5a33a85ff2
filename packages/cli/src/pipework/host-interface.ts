import type { ChosenNetwork } from '@pipewright/core';
import { fail, type HostFacts } from '@pipewright/plugin';
import { errors } from './errors.js';
import type { AttachmentRequest, HostInterface } from './request.js';

type Device = HostFacts['devices'][number];

/** What pipework makes of a host interface. */
type InterfaceType = 'bridge' | 'ovs' | 'ipoib' | 'phys' | 'dummy';

/** By the kernel's word for a device that is there; all others are as good as hardware. */
const BY_KIND: Readonly<Record<string, InterfaceType>> = { bridge: 'bridge', openvswitch: 'ovs', ipoib: 'ipoib' };

/** By the beginning of a name that no device has. */
const BY_NAME: readonly (readonly [prefix: string, type: InterfaceType])[] = [
  ['br', 'bridge'],
  ['ovs', 'ovs'],
  ['dummy', 'dummy'],
];

function typeOf(name: string, device: Device | undefined, { directPhys }: AttachmentRequest): InterfaceType {
  if (device) return (Object.hasOwn(BY_KIND, device.kind) ? BY_KIND[device.kind] : undefined) ?? 'phys';
  const byName = BY_NAME.find(([prefix]) => name.startsWith(prefix))?.[1];
  // One that was moved is not on the host any more: whether it is in the guest, others look.
  return byName ?? (directPhys ? 'phys' : fail(errors.unknownInterface(name)));
}

/** The kind of network of which a nic is a device of the host itself, and that of which it is a VLAN. */
const MOVED = 'phys';
const VLAN = 'vlan';

/** Of what the network of `attach` is that a nic there joins. Throws where it cannot be. */
type Joins = (name: string, request: AttachmentRequest, isThere: (name: string) => boolean) => string;

const notYet =
  (what: (name: string) => string): Joins =>
  (name) =>
    fail(errors.notYet(what(name)));

const JOINS: Readonly<Record<InterfaceType, Joins>> = {
  bridge: (name) => name,
  ovs: notYet((name) => `A nic in the Open vSwitch bridge ${name}`),
  ipoib: notYet((name) => `A nic on the IPoIB device ${name}`),
  phys: (name, { directPhys, vlan }, isThere) => {
    const own = vlan === undefined ? name : `${name}.${String(vlan)}`;
    return directPhys ? `${vlan === undefined || isThere(own) ? MOVED : VLAN}:${own}` : own;
  },
  dummy: notYet(() => 'A dummy nic'),
};

/** The network that the nic asked for joins, by what the host has. */
export function networkFor(
  request: AttachmentRequest,
  devices: readonly Device[],
  moved: readonly Device[] = [],
): ChosenNetwork {
  // The same command again means what it has moved the first time.
  const device = find(request.hostInterface, devices, request.directPhys ? moved : []);
  const name = 'name' in request.hostInterface ? request.hostInterface.name : (device?.name ?? '');
  const type = typeOf(name, device, request);
  const network = JOINS[type](name, request, (it) => devices.some((one) => one.name === it));
  // On a device that is no bridge the network is the VLAN.
  if (type === 'bridge') return request.vlan === undefined ? { network } : { network, vlan: request.vlan };
  const raised = madeOn(name, request).filter((it) => devices.some((one) => one.name === it && one.up === false));
  return raised.length === 0 ? { network } : { network, raised };
}

/** What the nic is made on: a NIC that waits for its use is down. */
const madeOn = (name: string, { directPhys, vlan }: AttachmentRequest): readonly string[] =>
  vlan === undefined ? (directPhys ? [] : [name]) : [name, ...(directPhys ? [] : [`${name}.${String(vlan)}`])];

function find(wanted: HostInterface, devices: readonly Device[], moved: readonly Device[]): Device | undefined {
  if ('name' in wanted) return devices.find((it) => it.name === wanted.name);
  // A bridge has the MAC address of a port, a VLAN that of the NIC below it: hardware is what is meant.
  const found = [...devices, ...moved].filter((it) => it.mac?.toLowerCase() === wanted.mac);
  return found.find((it) => it.kind === 'physical') ?? found[0] ?? fail(errors.noSuchMac(wanted.mac));
}
