import { type Diagnostic, familyOf, type Nic, type Path, problem, sysctlOf } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { NodeEntry, Topology } from '../topology.js';

/** A kernel parameter that the file says, and where. */
interface Said {
  readonly name: string;
  readonly value: string;
  readonly path: Path;
}

/** Kernel parameters that cannot stay as they are said, or that leave a nic without what it is said to have. */
export function sysctlProblems({ nodes }: Topology, nics: readonly Nic[]): readonly Diagnostic[] {
  const ofNodes = new Map(nodes.map((it) => [it.name, saidOfNode(it)]));
  const ofNics = nics.map((nic) => ({ nic, said: [...saidOfNic(nic), ...(ofNodes.get(nic.node) ?? [])] }));
  return [
    ...[...ofNodes.values(), ...nics.map(saidOfNic)].flat().flatMap(mtuProblems),
    ...ofNics.flatMap(({ nic, said }) => ipv6Problems(nic, said)),
  ];
}

const saidOfNode = ({ sysctls, path }: NodeEntry): readonly Said[] => saidAt(sysctls, path, (name) => name);

const saidOfNic = ({ settings: { sysctls = {} }, device, path }: Nic): readonly Said[] =>
  saidAt(sysctls, path, (name) => sysctlOf(device, name));

const saidAt = (
  sysctls: Readonly<Record<string, string>>,
  path: Path,
  meant: (name: string) => string,
): readonly Said[] =>
  Object.entries(sysctls).map(([name, value]) => ({ name: meant(name), value, path: [...path, 'sysctls', name] }));

const MTU_OF_DEVICE = /^net[.]ipv6[.]conf[.](?!(all|default)[.])[^.]+[.]mtu$/;

/** addrconf_notify of net/ipv6/addrconf.c: it is the device's with each NETDEV_UP and NETDEV_CHANGEMTU. */
const mtuProblems = ({ name, path }: Said): readonly Diagnostic[] =>
  MTU_OF_DEVICE.test(name) ? [problem(errors.mtuOfKernel(name), path)] : [];

/** What is said of all devices a nic with such an address is exempt from. */
function ipv6Problems(nic: Nic, said: readonly Said[]): readonly Diagnostic[] {
  const address = nic.addresses.find((it) => familyOf(it) === 6);
  const switched = said.find((it) => it.name === sysctlOf(nic.device, 'net.ipv6.conf.IFNAME.disable_ipv6'));
  if (address === undefined || !switched || Number(switched.value) === 0) return [];
  return [problem(errors.ipv6Off(nic.id, address, switched.name), switched.path)];
}
