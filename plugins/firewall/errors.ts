import { defineError } from '@pipewright/plugin';

type Option = 'isolated' | 'internal' | 'nat';

export const errors = {
  noNft: defineError(
    'PW_FIREWALL_NO_NFT',
    (what: string) => ({
      message: `${what} needs the program nft, which this host does not have.`,
      fix: 'Install it: `apt install nftables` (`dnf install nftables`, `apk add nftables`).',
    }),
    4,
  ),
  noDevice: defineError('PW_FIREWALL_NO_DEVICE', (network: string, kind: string, option: Option) => ({
    message: `Network "${network}" is \`${option}\`, but what its nics send does not pass the host: it is of kind ${kind}.`,
    fix: `Take \`${option}\` away, or make the network of another kind: \`kind: bridge\`.`,
  })),
  isolatedAcross: defineError('PW_FIREWALL_ISOLATED_ACROSS', (network: string) => ({
    message: `Network "${network}" is \`isolated\` and has nodes on several hosts: no host sees behind which port of another a frame began.`,
    fix: 'Put its nodes on one host, or take `isolated` away.',
  })),
  natInternal: defineError('PW_FIREWALL_NAT_INTERNAL', (network: string) => ({
    message: `Network "${network}" is \`internal\`, which lets nothing out, and \`nat\`, which is for what goes out.`,
    fix: 'Take one of them away.',
  })),
  noSubnet: defineError('PW_FIREWALL_NO_SUBNET', (network: string) => ({
    message: `Network "${network}" is \`nat\`, but has no subnet whose addresses are to be masqueraded.`,
    fix: 'Give it one: `subnet: 10.0.0.0/24`; and the host an address in it, the way out: `address: 10.0.0.1/24`.',
  })),
  notReached: defineError('PW_FIREWALL_NOT_REACHED', (node: string, port: string, family: string) => ({
    message: `Node "${node}" publishes ${port}, but has no ${family}address that the host reaches.`,
    fix: 'Let it join a network in which the host has an address (`address: 10.0.0.1/24`) and that is not `internal`, and give it an address there.',
  })),
  onHost: defineError('PW_FIREWALL_ON_HOST', (node: string) => ({
    message: `Node "${node}" is the host itself, whose ports are where they are.`,
    fix: 'Take its `ports` away.',
  })),
  loopback6: defineError('PW_FIREWALL_LOOPBACK6', (node: string, port: string) => ({
    message: `Node "${node}" publishes ${port}: the kernel sends nothing from ::1 to another address.`,
    fix: 'Publish it on 127.0.0.1, on an address of a device, or on all of them: `8080:80`.',
  })),
  portTwice: defineError('PW_FIREWALL_PORT_TWICE', (port: string, node: string, other: string) => ({
    message: `Port ${port} of the host is published twice, by node "${other}" and by node "${node}".`,
    fix: 'Give one of them another port of the host, or other addresses of the host: `192.0.2.1:8080:80`.',
  })),
  portOfTopology: defineError('PW_FIREWALL_PORT_OF_TOPOLOGY', (node: string, port: string, topology: string) => ({
    message: `Node "${node}" publishes port ${port} of the host, which topology "${topology}" publishes already.`,
    fix: `Give one of them another port of the host, or other addresses of the host: \`192.0.2.1:8080:80\`.`,
  })),
  portInUse: defineError('PW_FIREWALL_PORT_IN_USE', (node: string, port: string) => ({
    message: `Node "${node}" publishes port ${port} of the host, where a program listens already.`,
    fix: `Give it another port, or see who listens there: \`ss -lntup\`.`,
  })),
};
