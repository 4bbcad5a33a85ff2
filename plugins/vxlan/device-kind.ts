import { type DeviceAttribute, deviceKind, ip, isMulticast, z } from '@pipewright/plugin';

const truth: Pick<DeviceAttribute, 'schema' | 'read'> = {
  schema: z.boolean(),
  read: (printed) => printed === true || printed === 1,
};

/** Numbers: IFLA_VXLAN_* of linux/if_link.h; classes: vxlan_nl2conf of drivers/net/vxlan. */
export const vxlanDevice = deviceKind({
  kind: 'vxlan',
  forwards: true,
  // The kernel moves it to another device, but not its memberships in groups there: `link` is fixed as everywhere.
  lower: { word: 'dev', type: 3 },
  attributes: {
    id: { schema: z.int().min(0).max(0xffffff), class: 'fixed', word: 'id', netlink: { type: 1, layout: 'u32' } },
    // In place only from an address to another of its family.
    remote: {
      schema: ip.nullable(),
      class: 'fixed',
      initial: null,
      word: 'remote',
      words: (value) => (typeof value === 'string' ? [isMulticast(value) ? 'group' : 'remote', value] : []),
      printed: ['remote', 'remote6', 'group', 'group6'],
      netlink: { type: 2, type6: 16, layout: 'ip' },
    },
    local: {
      schema: ip.nullable(),
      class: 'fixed',
      initial: null,
      word: 'local',
      printed: ['local', 'local6'],
      netlink: { type: 4, type6: 17, layout: 'ip' },
    },
    port: {
      schema: z.int().min(1).max(65_535),
      class: 'fixed',
      word: 'dstport',
      printed: 'port',
      netlink: { type: 15, layout: 'be16' },
    },
    ttl: {
      schema: z.int().min(0).max(255),
      class: 'in-place',
      initial: 0,
      word: 'ttl',
      netlink: { type: 5, layout: 'u8' },
    },
    tos: {
      schema: z.int().min(0).max(255),
      class: 'in-place',
      initial: 0,
      word: 'tos',
      read: (printed) => (printed === 'inherit' ? 1 : Number(printed)),
      write: (value) => `0x${Number(value).toString(16)}`,
      netlink: { type: 6, layout: 'u8' },
    },
    learning: {
      ...truth,
      class: 'in-place',
      initial: true,
      word: 'learning',
      words: (value) => [value === true ? 'learning' : 'nolearning'],
      netlink: { type: 7, layout: 'u8' },
    },
    ageing: {
      schema: z.int().min(0).max(1_000_000),
      class: 'in-place',
      initial: 300,
      word: 'ageing',
      netlink: { type: 8, layout: 'u32' },
    },
  },
});

/** What joins it to the nodes. */
export const switchDevices = [
  deviceKind({ kind: 'bridge', attributes: {} }),
  deviceKind({ kind: 'veth', attributes: {} }),
];
