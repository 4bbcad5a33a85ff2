import { defineError } from '@pipewright/plugin';

export const errors = {
  noParent: defineError('PW_VLAN_NO_PARENT', (network: string, parent: string, there: readonly string[]) => ({
    message: `The host has no device "${parent}", of which network "${network}" is to be a VLAN.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
  })),
  parentDown: defineError('PW_VLAN_PARENT_DOWN', (network: string, parent: string) => ({
    message: `"${parent}", of which network "${network}" is a VLAN, is down: the kernel lets no VLAN of it be up.`,
    fix: `Set it up first: \`ip link set dev ${parent} up\`.`,
  })),
  mtuOverParent: defineError(
    'PW_VLAN_MTU_OVER_PARENT',
    (network: string, mtu: number, parent: string, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and "${parent}" carries no more than ${String(most)}.`,
      fix: `Lower it: \`mtu: ${String(most)}\`; or raise that of the device: \`ip link set dev ${parent} mtu ${String(mtu)}\`.`,
    }),
  ),
  taken: defineError('PW_VLAN_TAKEN', (network: string, nics: readonly string[]) => ({
    message: `A device has each VLAN once, and ${nics.join(', ')} join network "${network}".`,
    fix: 'Leave one of them; or let them share it: `kind: macvlan` with `vlan`, or a bridge with an `uplink`.',
  })),
  whichParent: defineError('PW_VLAN_WHICH_PARENT', (nic: string, network: string) => ({
    message: `Nobody says of what ${nic} is a VLAN: neither it nor network "${network}" has a \`parent\`.`,
    fix: 'Name a nic of its node there, `{ parent: eth0 }`, or a device of the host at the network.',
  })),
  twoParents: defineError('PW_VLAN_TWO_PARENTS', (nic: string, network: string, parent: string) => ({
    message: `${nic} names a nic as its parent, and network "${network}" is a VLAN of the host's ${parent}.`,
    fix: 'Take out one of the two.',
  })),
  twice: defineError('PW_VLAN_TWICE', (network: string, first: string, second: string) => ({
    message: `A nic has each VLAN once: ${first} and ${second} would both be network "${network}" on one.`,
    fix: 'Leave one of them, or put it on another nic.',
  })),
  noHostDevice: defineError('PW_VLAN_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
};
