import { deviceKind, refusedOnParent, z } from '@pipewright/plugin';

export const modes = ['bridge', 'private', 'vepa', 'passthru', 'source'] as const;

/** Numbers: IFLA_MACVLAN_* and MACVLAN_MODE_* of linux/if_link.h. */
export const macvlanDevice = deviceKind({
  kind: 'macvlan',
  cable: false,
  sameWire: true,
  attributes: {
    mode: {
      schema: z.enum(modes),
      class: 'fixed',
      // On a living device the kernel refuses to go to passthru and to leave it (macvlan_changelink: EINVAL).
      inPlace: (wanted, found) => ![wanted, found].includes('passthru'),
      word: 'mode',
      netlink: { type: 1, layout: 'u32', words: { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 } },
    },
  },
  whyRefused: refusedOnParent('passthru'),
});
