import { type LinkPeer, netlink, type NetlinkOp, type Op } from '@pipewright/plugin';
import type { MemoryKernel } from '../memory/kernel/memory-kernel.js';
import type { KernelPicture, NamespacePicture } from '../memory/kernel/picture.js';
import type { Device, Namespace } from '../memory/kernel/state.js';

// What users do while a command is at work.

/** They make a thing of the name that an op is about to give. */
export function takesName(op: Op): ((kernel: MemoryKernel) => void) | undefined {
  if (op.op === 'namespace' && op.verb === 'add')
    return (kernel) => kernel.namespace({ op: 'namespace', on: op.on, verb: 'add', name: op.name });
  const name = op.op === 'netlink' && op.object === 'link' && op.verb === 'add' ? nameOnHost(op) : undefined;
  if (name === undefined) return undefined;
  return (kernel) =>
    kernel.byHand(netlink({ host: op.on.host }, 'link', 'add', { name, kind: 'bridge', mac: '02:99:00:00:00:99' }));
}

/** A node's own namespace goes with the node, whoever's the device in it is. */
function nameOnHost({ on, attrs }: NetlinkOp): string | undefined {
  const peer = attrs['peer'] as LinkPeer | undefined;
  if (on.node === undefined) return String(attrs['name']);
  return peer && peer.on.node === undefined ? String(peer.attrs['name']) : undefined;
}

const MARK = '198.51.100.';

type Nic = readonly [namespace: number, index: number];

/** They put an address on each nic of a node. Returns those it was put on. */
export function addressNics(kernel: MemoryKernel): readonly Nic[] {
  return nicsOf(kernel).flatMap(([namespace, device], number) => {
    if (!device.up || hasForeign(namespace, device)) return [];
    namespace.addresses.push({
      device: device.index,
      family: 4,
      address: `${MARK}${String(number + 1)}`,
      prefix: 32,
      secondary: false,
    });
    return [[namespace.number, device.index]];
  });
}

function nicsOf({ state }: MemoryKernel): readonly (readonly [Namespace, Device])[] {
  const places = [...new Set([...state.named.values(), ...state.processes.values()])];
  return places.flatMap((it) =>
    [...it.devices.values()].flatMap((device) => (device.kind === 'loopback' ? [] : [[it, device] as const])),
  );
}

const hasForeign = ({ addresses }: Namespace, { index }: Device): boolean =>
  addresses.some((it) => it.device === index && it.address.startsWith(MARK));

/** Of the nics that were there all the time, those whose address is gone. */
export function lostAddresses(given: readonly Nic[], was: MemoryKernel, is: MemoryKernel): readonly string[] {
  const lasted = new Set(nicsOf(was).map(([namespace, { index }]) => `${String(namespace.number)} ${String(index)}`));
  return nicsOf(is).flatMap(([namespace, device]) => {
    const had = given.some(([number, index]) => number === namespace.number && index === device.index);
    const isOld = lasted.has(`${String(namespace.number)} ${String(device.index)}`);
    return had && isOld && !hasForeign(namespace, device) ? [`a user's address of ${device.name} is gone`] : [];
  });
}

/** Without such addresses. */
export const withoutForeign = (picture: KernelPicture): KernelPicture =>
  Object.fromEntries(
    Object.entries(picture).map(([name, it]): [string, NamespacePicture] => [
      name,
      { ...it, addresses: it.addresses.filter((line) => !line.includes(MARK)) },
    ]),
  );
