import {
  type DeviceAttrs,
  type Diagnostic,
  type HostFacts,
  type Nic,
  offload,
  problem,
  qdisc,
  ref,
  type Resource,
  sysctl,
} from '@pipewright/plugin';
import { errors } from '../errors.js';

/**
 * A nic's device as the nic is to be, whatever network or link made the device. What is made on the device of another nic
 * has that one's MAC and MTU unless it has its own, as the kernel would have it.
 */
export function settled(
  device: Resource<DeviceAttrs>,
  { settings }: Nic,
  parent: Resource<DeviceAttrs> | undefined,
): Resource<DeviceAttrs> {
  const { up, promisc } = settings;
  const attrs = {
    ...(parent ? inherited(parent) : {}),
    ...device.attrs,
    ...(up === false ? { up } : {}),
    ...(promisc === undefined ? {} : { promisc }),
  };
  return { ...device, attrs };
}

const inherited = ({ attrs: { mac, mtu } }: Resource<DeviceAttrs>): Pick<DeviceAttrs, 'mac' | 'mtu'> => ({
  ...(mac === undefined ? {} : { mac }),
  ...(mtu === undefined ? {} : { mtu }),
});

/** What is set on the device, and goes with it. */
export function settingResources({ settings }: Nic, device: Resource<DeviceAttrs>): readonly Resource[] {
  const within = { within: [ref(device)] };
  return [
    ...Object.entries(settings.sysctls ?? {}).map(([name, value]) =>
      sysctl(device.on, name.replace('IFNAME', inSysctl(device.attrs.name)), value, within),
    ),
    ...Object.entries(settings.offload ?? {}).map(([feature, state]) => offload(device, feature, state)),
    ...(settings.qdisc ? [qdisc(device, settings.qdisc)] : []),
  ];
}

/** What the host has no program for. Before any host was looked at, nothing is missing. */
export function missingTools({ settings, id, path }: Nic, { kernel, tools }: HostFacts): readonly Diagnostic[] {
  const isMissing = settings.qdisc !== undefined && kernel !== '' && !('tc' in tools);
  return isMissing ? [problem(errors.noTc(id), [...path, 'qdisc'])] : [];
}

/** As sysctl(8) has it: between dots, a slash is a dot. */
const inSysctl = (name: string): string => name.replaceAll('.', '/');
