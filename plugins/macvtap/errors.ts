import { defineError } from '@pipewright/plugin';

export const errors = {
  noParent: defineError('PW_MACVTAP_NO_PARENT', (network: string, parent: string, there: readonly string[]) => ({
    message: `The host has no device "${parent}", on which network "${network}" is to be.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
  })),
  unfitParent: defineError('PW_MACVTAP_UNFIT_PARENT', (network: string, parent: string, kind: string) => ({
    message: `Network "${network}" cannot be on "${parent}": the kernel makes no macvtap devices on one of kind ${kind}.`,
    fix: 'Name a NIC, a bond, a VLAN or a bridge.',
  })),
  parentIsPort: defineError('PW_MACVTAP_PARENT_IS_PORT', (network: string, parent: string, master: string) => ({
    message: `Network "${network}" cannot be on "${parent}", which is a port of "${master}": the kernel refuses that.`,
    fix: `Make it on that: \`parent: ${master}\`.`,
  })),
  parentDown: defineError('PW_MACVTAP_PARENT_DOWN', (network: string, parent: string) => ({
    message: `"${parent}", on which network "${network}" is, is down: nothing passes until it is up.`,
    fix: `Set it up: \`ip link set dev ${parent} up\`.`,
  })),
  mtuOverParent: defineError(
    'PW_MACVTAP_MTU_OVER_PARENT',
    (network: string, mtu: number, parent: string, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and "${parent}" carries no more than ${String(most)}.`,
      fix: `Lower it: \`mtu: ${String(most)}\`; or raise that of the device: \`ip link set dev ${parent} mtu ${String(mtu)}\`.`,
    }),
  ),
  passthruTaken: defineError('PW_MACVTAP_PASSTHRU_TAKEN', (network: string, nics: readonly string[]) => ({
    message: `In mode passthru one nic has the whole device, and ${nics.join(', ')} join network "${network}".`,
    fix: 'Leave one of them, or take another mode: `mode: bridge`.',
  })),
  addressed: defineError('PW_MACVTAP_ADDRESSED', (nic: string) => ({
    message: `${nic} hands all that comes to whoever opens its character device, so an address here would answer nobody.`,
    fix: 'Give the address inside the virtual machine, and write `address: none` here.',
  })),
  noHostDevice: defineError('PW_MACVTAP_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
};
