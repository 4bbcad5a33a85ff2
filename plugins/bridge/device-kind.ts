import { type DeviceAttribute, deviceKind, z } from '@pipewright/plugin';

/** The kernel counts in hundredths of a second (USER_HZ), users in seconds. */
const seconds = (least: number, most: number): Pick<DeviceAttribute, 'schema' | 'read' | 'write'> => ({
  schema: z.number().min(least).max(most),
  read: (printed) => Number(printed) / 100,
  write: (value) => String(Math.round(Number(value) * 100)),
});

const truth: Pick<DeviceAttribute, 'schema' | 'read'> = { schema: z.boolean(), read: (printed) => printed === 1 };

/** Numbers: IFLA_BR_* of linux/if_link.h. Bounds of the delays: IEEE 802.1D-1998, 8.10.2. */
export const bridgeDevice = deviceKind({
  kind: 'bridge',
  maxPorts: 1023, // BR_MAX_PORTS
  mtuOfPorts: true, // br_mtu_auto_adjust()
  // Else any node could make itself the host's way out (CVE-2020-13401).
  parameters: { 'net.ipv6.conf.IFNAME.accept_ra': '0' },
  attributes: {
    stp: { ...truth, class: 'in-place', initial: false, word: 'stp_state', netlink: { type: 5, layout: 'u32' } },
    forwardDelay: {
      ...seconds(0, 30),
      class: 'in-place',
      initial: 15,
      word: 'forward_delay',
      netlink: { type: 1, layout: 'u32' },
    },
    helloTime: { ...seconds(1, 10), class: 'in-place', word: 'hello_time', netlink: { type: 2, layout: 'u32' } },
    maxAge: { ...seconds(6, 40), class: 'in-place', word: 'max_age', netlink: { type: 3, layout: 'u32' } },
    ageing: {
      ...seconds(0, 1_000_000),
      class: 'in-place',
      initial: 300,
      word: 'ageing_time',
      netlink: { type: 4, layout: 'u32' },
    },
    priority: {
      schema: z.int().min(0).max(65535),
      class: 'in-place',
      initial: 32_768,
      word: 'priority',
      netlink: { type: 6, layout: 'u16' },
    },
    vlanFiltering: {
      ...truth,
      class: 'in-place',
      initial: false,
      config: 'CONFIG_BRIDGE_VLAN_FILTERING',
      word: 'vlan_filtering',
      netlink: { type: 7, layout: 'u8' },
    },
    mcastSnooping: {
      ...truth,
      class: 'in-place',
      initial: true,
      config: 'CONFIG_BRIDGE_IGMP_SNOOPING',
      word: 'mcast_snooping',
      netlink: { type: 23, layout: 'u8' },
    },
  },
});

/** Its ports' cables. */
export const portDevice = deviceKind({ kind: 'veth', attributes: {} });
