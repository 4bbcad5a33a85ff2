import { defineError } from '@pipewright/plugin';

export const errors = {
  noBridge: defineError('PW_TAP_NO_BRIDGE', (network: string, bridge: string) => ({
    message: `The nics of network "${network}" are to be ports of network "${bridge}", which has no bridge on their host.`,
    fix: 'Name a network of kind bridge that nodes of that host are in.',
  })),
  notOnHost: defineError('PW_TAP_NOT_ON_HOST', (nic: string, bridge: string) => ({
    message: `${nic} is in a namespace of its own, and the bridge of network "${bridge}" takes ports of the host's alone.`,
    fix: 'Give the nic to a node of kind host; or take `bridge` out, and the nic has addresses of its own.',
  })),
  addressed: defineError('PW_TAP_ADDRESSED', (nic: string, bridge: string) => ({
    message: `${nic} is a port of network "${bridge}": what comes to it is for the virtual machine, and an address here would answer nobody.`,
    fix: 'Give the address inside the virtual machine, and write `address: none` here.',
  })),
  noHostDevice: defineError('PW_TAP_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
};
