import { deviceKind, vlanId, z } from '@pipewright/plugin';

export const protocols = ['802.1Q', '802.1ad'] as const;

/** ETH_P_8021Q and ETH_P_8021AD of linux/if_ether.h. */
const NUMBERS = { '802.1Q': 0x8100, '802.1ad': 0x88a8 };

/** `ip -N` has them as numbers: `[33024]` (ll_proto_n2a). */
const WORDS: ReadonlyMap<unknown, string> = new Map(protocols.map((word) => [`[${String(NUMBERS[word])}]`, word]));

/** Numbers: IFLA_VLAN_* of linux/if_link.h. */
export const vlanDevice = deviceKind({
  kind: 'vlan',
  cable: false,
  attributes: {
    id: { schema: vlanId, class: 'fixed', word: 'id', netlink: { type: 1, layout: 'u16' } },
    protocol: {
      schema: z.enum(protocols),
      class: 'fixed',
      word: 'protocol',
      read: (printed) => WORDS.get(printed) ?? printed,
      netlink: { type: 5, layout: 'be16', words: NUMBERS },
    },
  },
});
