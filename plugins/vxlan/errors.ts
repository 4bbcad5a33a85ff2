import { defineError } from '@pipewright/plugin';

const list = (words: readonly string[]): string => words.join(', ');

export const errors = {
  nowhere: defineError('PW_VXLAN_NOWHERE', (network: string) => ({
    message: `Network "${network}" names neither remotes nor a group: its tunnel leads nowhere.`,
    fix: 'Name the other machines, `remotes: [198.51.100.2, 198.51.100.3]`; or a multicast group and the device that reaches it, `group: 239.1.1.1`, `dev: eth0`.',
  })),
  bothWays: defineError('PW_VXLAN_BOTH_WAYS', (network: string) => ({
    message: `Network "${network}" names both remotes and a group.`,
    fix: 'Leave one of them.',
  })),
  noLocal: defineError('PW_VXLAN_NO_LOCAL', (network: string) => ({
    message: `The tunnel of network "${network}" goes over IPv6, which the kernel is told by this machine's own address.`,
    fix: 'Give it, one that `ip -6 addr` shows: `local: "fd00::1"`.',
  })),
  groupAddress: defineError('PW_VXLAN_GROUP_ADDRESS', (network: string, group: string) => ({
    message: `The group of network "${network}", ${group}, is no multicast address.`,
    fix: 'Use one of 239.0.0.0/8, or of ff00::/8; or name the machines under `remotes`.',
  })),
  groupDevice: defineError('PW_VXLAN_GROUP_DEVICE', (network: string, there: readonly string[]) => ({
    message: `Network "${network}" has a group and names no device of the host that reaches it.`,
    fix: `Name it, \`dev: eth0\`${there.length > 0 ? `; there are ${list(there)}` : ''}.`,
  })),
  groupOfLink: defineError('PW_VXLAN_GROUP_OF_LINK', (link: string) => ({
    message: `Link ${link} has two ends, and a group is for networks.`,
    fix: 'Take `group` away.',
  })),
  remoteAddress: defineError('PW_VXLAN_REMOTE_ADDRESS', (network: string, remote: string) => ({
    message: `The remote ${remote} of network "${network}" is a multicast address, which no machine has.`,
    fix: `Name a machine's; or use \`group: ${remote}\` with \`dev\`.`,
  })),
  remoteTwice: defineError('PW_VXLAN_REMOTE_TWICE', (network: string, remote: string) => ({
    message: `Network "${network}" names the remote ${remote} twice: everything would arrive there twice.`,
    fix: 'Leave it once.',
  })),
  remoteIsLocal: defineError('PW_VXLAN_REMOTE_IS_LOCAL', (network: string, address: string) => ({
    message: `The remote ${address} of network "${network}" is its own local address.`,
    fix: 'Name the other machines only.',
  })),
  remoteInside: defineError('PW_VXLAN_REMOTE_INSIDE', (network: string, remote: string, subnet: string) => ({
    message: `The remote ${remote} of network "${network}" is in the network's own subnet ${subnet}: the tunnel would have to go through itself.`,
    fix: "Name the machine's address in the network that joins the machines.",
  })),
  families: defineError('PW_VXLAN_FAMILIES', (network: string, addresses: readonly string[]) => ({
    message: `A tunnel goes over IPv4 or IPv6, and network "${network}" names addresses of both: ${list(addresses)}.`,
    fix: 'Use addresses of one family.',
  })),
  noDevice: defineError('PW_VXLAN_NO_DEVICE', (network: string, dev: string, there: readonly string[]) => ({
    message: `The host has no device "${dev}", over which the tunnel of network "${network}" is to go.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${list(there)}` : ''}.`,
  })),
  mtuOverUnderlay: defineError(
    'PW_VXLAN_MTU_OVER_UNDERLAY',
    (network: string, mtu: number, underlay: string, carries: number, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and its tunnel leaves no more than ${String(most)} of the ${String(carries)} that "${underlay}" carries.`,
      fix: `Lower it: \`mtu: ${String(most)}\`, or leave it away; or raise that of the device: \`ip link set dev ${underlay} mtu ${String(mtu + carries - most)}\`.`,
    }),
  ),
  sameId: defineError('PW_VXLAN_SAME_ID', (network: string, other: string, id: number, port: number) => ({
    message: `Networks "${other}" and "${network}" both have the VXLAN id ${String(id)} and the port ${String(port)}: the kernel could not tell them apart.`,
    fix: 'Give one of them another id.',
  })),
  notDirect: defineError('PW_VXLAN_NOT_DIRECT', (network: string, option: string) => ({
    message: `The tunnel of network "${network}" is the nic itself, as \`direct\` says, and there is no bridge that "${option}" could be of.`,
    fix: `Take ${option} or direct away.`,
  })),
  directRemotes: defineError('PW_VXLAN_DIRECT_REMOTES', (network: string, remotes: readonly string[]) => ({
    message: `A nic that is a tunnel itself has one other end, and network "${network}" names ${list(remotes)}.`,
    fix: 'Leave one, use a group, or take `direct` away.',
  })),
  directTaken: defineError('PW_VXLAN_DIRECT_TAKEN', (network: string, nics: readonly string[]) => ({
    message: `The tunnel of network "${network}" is the nic itself, as \`direct\` says, and ${list(nics)} join it.`,
    fix: 'Leave one of them, or take `direct` away.',
  })),
  noHostDevice: defineError('PW_VXLAN_NO_HOST_DEVICE', (nic: string, name: string) => ({
    message: `${nic} has no other end on the host that could be called "${name}".`,
    fix: "Take the host device's name away.",
  })),
  forwardDrops: defineError('PW_VXLAN_FORWARD_DROPS', (network: string, bridge: string, program: string) => ({
    message: `What the nics of network "${network}" send is dropped, unless a rule accepts it: bridged frames pass the chain FORWARD of ${program}, whose policy is DROP.`,
    fix: `Accept it: \`${program} -I FORWARD -i ${bridge} -o ${bridge} -j ACCEPT\`; or keep all bridges out of it: \`sysctl -w net.bridge.bridge-nf-call-${program}=0\`.`,
  })),
};
