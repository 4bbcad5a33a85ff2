import {
  deviceSysctl,
  type DeviceAttrs,
  type Diagnostic,
  type HostFacts,
  type Nic,
  offload,
  problem,
  qdisc,
  type Resource,
  type SysctlAttrs,
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
  return [
    ...Object.entries(settings.sysctls ?? {}).map(([name, value]) =>
      deviceSysctl(device.on, device.attrs.name, name, value),
    ),
    ...Object.entries(settings.offload ?? {}).map(([feature, state]) => offload(device, feature, state)),
    ...(settings.qdisc ? [qdisc(device, settings.qdisc)] : []),
  ];
}

/**
 * Without it the device takes no IPv6 address where the namespace has IPv6 off, as each container has that Docker gave no
 * IPv6 address (libnetwork, `setIPv6`).
 */
export const ipv6Switch = (device: Resource<DeviceAttrs>): Resource<SysctlAttrs> =>
  deviceSysctl(device.on, device.attrs.name, 'net.ipv6.conf.IFNAME.disable_ipv6', '0');

/** Those of all devices of a namespace: writing to `all` sets each, `default` counts for those to come. */
export const IPV6_SWITCHES: readonly string[] = ['all', 'default'].map((it) => `net.ipv6.conf.${it}.disable_ipv6`);

/** What the host has no program for. Before any host was looked at, nothing is missing. */
export function missingTools({ settings, id, path }: Nic, { kernel, tools }: HostFacts): readonly Diagnostic[] {
  const isMissing = settings.qdisc !== undefined && kernel !== '' && !('tc' in tools);
  return isMissing ? [problem(errors.noTc(id), [...path, 'qdisc'])] : [];
}
