import { type DeviceAttribute, deviceKind, z } from '@pipewright/plugin';

/** `ip` prints the name of a number that has one, and does not tell which it is of. */
const isName = (found: unknown): boolean => typeof found === 'string' && !/^\d+$/.test(found);

const numbered = {
  schema: z.int().min(0).nullable(),
  class: 'fixed',
  initial: null,
  read: (printed) => (isName(printed) ? printed : Number(printed)),
  same: (wanted, found) => wanted !== null && isName(found),
} satisfies Partial<DeviceAttribute>;

const flag = (word: string, type: number): DeviceAttribute => ({
  schema: z.boolean(),
  class: 'fixed',
  word,
  words: (value) => (value === true ? [word] : []),
  read: (printed) => printed === true || printed === 1,
  initial: false,
  netlink: { type, layout: 'u8' },
});

/** Numbers: IFLA_TUN_* of linux/if_link.h, IFF_TUN and IFF_TAP of linux/if_tun.h. */
export const tunDevice = deviceKind({
  kind: 'tun',
  tuntap: true,
  attributes: {
    mode: {
      schema: z.enum(['tun', 'tap']),
      class: 'fixed',
      word: 'mode',
      printed: 'type',
      netlink: { type: 3, layout: 'u8', words: { tun: 1, tap: 2 } },
    },
    user: { ...numbered, word: 'user', netlink: { type: 1, layout: 'u32' } },
    // A device's `group` is another: that of `ip link set group`.
    userGroup: { ...numbered, word: 'group', netlink: { type: 2, layout: 'u32' } },
    multiQueue: flag('multi_queue', 7),
    vnetHdr: flag('vnet_hdr', 5),
  },
});
