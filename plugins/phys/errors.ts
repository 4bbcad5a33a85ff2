import { defineError } from '@pipewright/plugin';

export const errors = {
  whichDevice: defineError('PW_PHYS_WHICH_DEVICE', (network: string) => ({
    message: `Network "${network}" must say by name or by MAC address which device of the host is moved, and not both.`,
    fix: 'Write `parent: eth1`, or `mac: 02:00:00:00:00:01`.',
  })),
  unfit: defineError('PW_PHYS_UNFIT', (network: string, device: string, kind: string) => ({
    message: `The device "${device}" of network "${network}" is a ${kind}: the kernel keeps it in its namespace.`,
    fix: 'Use `kind: bridge` with `adopt: true` to join a bridge; or name a NIC, a VLAN, a veth.',
  })),
  port: defineError('PW_PHYS_PORT', (network: string, device: string, master: string) => ({
    message: `The device "${device}" of network "${network}" is a port of "${master}", which would lose it.`,
    fix: `Take it out first, \`ip link set dev ${device} nomaster\`; or join "${master}" instead.`,
  })),
  taken: defineError('PW_PHYS_TAKEN', (network: string, nics: readonly string[]) => ({
    message: `Network "${network}" is one device, and ${nics.join(', ')} are to be it.`,
    fix: 'Leave one of them; or let them share it: `kind: macvlan`.',
  })),
  onHost: defineError('PW_PHYS_ON_HOST', (network: string, nic: string) => ({
    message: `${nic} is on the host itself, where the device of network "${network}" is already.`,
    fix: 'Use a node with a namespace of its own.',
  })),
  noHostDevice: defineError('PW_PHYS_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
};
