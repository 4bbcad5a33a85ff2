import { defineError } from '@pipewright/plugin';

const list = (words: readonly string[]): string => words.join(', ');

export const errors = {
  remoteAddress: defineError('PW_GRE_REMOTE_ADDRESS', (network: string, remote: string) => ({
    message: `The remote ${remote} of network "${network}" is a multicast address, which no machine has.`,
    fix: 'Name the machines; or use `kind: vxlan` with a `group`.',
  })),
  remoteTwice: defineError('PW_GRE_REMOTE_TWICE', (network: string, remote: string) => ({
    message: `Network "${network}" names the remote ${remote} twice.`,
    fix: 'Leave it once.',
  })),
  remoteIsLocal: defineError('PW_GRE_REMOTE_IS_LOCAL', (network: string, address: string) => ({
    message: `The remote ${address} of network "${network}" is its own local address.`,
    fix: 'Name the other machines only.',
  })),
  remoteInside: defineError('PW_GRE_REMOTE_INSIDE', (network: string, remote: string, subnet: string) => ({
    message: `The remote ${remote} of network "${network}" is in the network's own subnet ${subnet}: the tunnel would have to go through itself.`,
    fix: "Name the machine's address in the network that joins the machines.",
  })),
  families: defineError('PW_GRE_FAMILIES', (network: string, addresses: readonly string[]) => ({
    message: `Tunnels go over IPv4 or IPv6, and network "${network}" names addresses of both: ${list(addresses)}.`,
    fix: 'Use addresses of one family.',
  })),
  noDevice: defineError('PW_GRE_NO_DEVICE', (network: string, dev: string, there: readonly string[]) => ({
    message: `The host has no device "${dev}", over which the tunnels of network "${network}" are to go.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${list(there)}` : ''}.`,
  })),
  mtuOverUnderlay: defineError(
    'PW_GRE_MTU_OVER_UNDERLAY',
    (network: string, mtu: number, underlay: string, carries: number, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and its tunnels leave no more than ${String(most)} of the ${String(carries)} that "${underlay}" carries.`,
      fix: `Lower it: \`mtu: ${String(most)}\`, or leave it away; or raise that of the device: \`ip link set dev ${underlay} mtu ${String(mtu + carries - most)}\`.`,
    }),
  ),
  noHub: defineError('PW_GRE_NO_HUB', (network: string, hub: string, hosts: readonly string[]) => ({
    message: `The hub "${hub}" of network "${network}" is none of the hosts that its nodes are on: ${list(hosts)}.`,
    fix: 'Name one of these, or put a node of the network on the hub.',
  })),
  sameKey: defineError(
    'PW_GRE_SAME_KEY',
    (network: string, other: string, remote: string, key: number | undefined) => ({
      message: `Networks "${other}" and "${network}" both have a tunnel to ${remote} ${key === undefined ? 'without a key' : `with the key ${String(key)}`}: the kernel could not tell them apart.`,
      fix: 'Give each a `key` of its own.',
    }),
  ),
  forwardDrops: defineError('PW_GRE_FORWARD_DROPS', (network: string, bridge: string, program: string) => ({
    message: `What the nics of network "${network}" send is dropped, unless a rule accepts it: bridged frames pass the chain FORWARD of ${program}, whose policy is DROP.`,
    fix: `Accept it: \`${program} -I FORWARD -i ${bridge} -o ${bridge} -j ACCEPT\`; or keep all bridges out of it: \`sysctl -w net.bridge.bridge-nf-call-${program}=0\`.`,
  })),
};
