import { defineError } from '@pipewright/plugin';

export const errors = {
  noParent: defineError('PW_MACVLAN_NO_PARENT', (network: string, parent: string, there: readonly string[]) => ({
    message: `The host has no device "${parent}", which network "${network}" is to be made on.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
  })),
  unfitParent: defineError('PW_MACVLAN_UNFIT_PARENT', (network: string, parent: string, kind: string) => ({
    message: `Network "${network}" cannot be made on the device "${parent}": it is of kind ${kind}.`,
    fix: 'Name a device that carries Ethernet frames and is none of this kind itself: a NIC, a bond, a VLAN, a veth.',
  })),
  mtuOverParent: defineError(
    'PW_MACVLAN_MTU_OVER_PARENT',
    (network: string, mtu: number, parent: string, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and "${parent}" carries no more than ${String(most)}.`,
      fix: `Lower it: \`mtu: ${String(most)}\`; or raise that of the device: \`ip link set dev ${parent} mtu ${String(mtu)}\`.`,
    }),
  ),
  parentIsPort: defineError('PW_MACVLAN_PARENT_IS_PORT', (network: string, parent: string, master: string) => ({
    message: `Network "${network}" cannot be made on "${parent}": it is a port of "${master}".`,
    fix: `Name "${master}" as the parent; or join it, if it is a bridge: \`kind: bridge\`, \`bridge: ${master}\`, \`adopt: true\`.`,
  })),
  parentDown: defineError('PW_MACVLAN_PARENT_DOWN', (network: string, parent: string) => ({
    message: `"${parent}", which network "${network}" is made on, is down: nothing passes until it is up.`,
    fix: `Set it up: \`ip link set dev ${parent} up\`.`,
  })),
  longVlan: defineError('PW_MACVLAN_LONG_VLAN', (network: string, parent: string, vlan: number) => ({
    message: `Network "${network}" is in VLAN ${String(vlan)} of "${parent}", whose device "${parent}.${String(vlan)}" would have a name of over 15 bytes.`,
    fix: `Make it under another name, \`ip link add link ${parent} name vlan${String(vlan)} type vlan id ${String(vlan)}\`, and name that as the parent.`,
  })),
  wireless: defineError('PW_MACVLAN_WIRELESS', (network: string, parent: string) => ({
    message: `Network "${network}" is made on "${parent}", by its name a wireless NIC: most access points drop frames from any MAC address but its own.`,
    fix: 'Use a wired NIC, or a bridge with an address of its own and routes.',
  })),
  passthruTaken: defineError('PW_MACVLAN_PASSTHRU_TAKEN', (network: string, nics: readonly string[]) => ({
    message: `In mode passthru one nic has the whole device, and ${nics.join(', ')} join network "${network}".`,
    fix: 'Leave one of them, or use `mode: bridge`.',
  })),
  passthruMac: defineError('PW_MACVLAN_PASSTHRU_MAC', (nic: string, mac: string, parent: string) => ({
    message: `In mode passthru ${nic} has the MAC address of "${parent}" and not ${mac}: another one would change that device.`,
    fix: 'Take the MAC address away, or use `mode: bridge`.',
  })),
  hostApart: defineError('PW_MACVLAN_HOST_APART', (network: string, option: string, mode: string) => ({
    message: `"${option}" lets the host reach the nodes of network "${network}", which mode ${mode} keeps apart.`,
    fix: `Use \`mode: bridge\`, or take ${option} away.`,
  })),
  noHostDevice: defineError('PW_MACVLAN_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
};
