import { defineError } from '@pipewright/plugin';

type Way = 'adopt' | 'shared';

export const errors = {
  badVlan: defineError('PW_BRIDGE_BAD_VLAN', (network: string, uplink: string) => ({
    message: `The uplink of network "${network}" is "${uplink}": VLAN ids go from 1 to 4094.`,
    fix: 'Name a VLAN of a device of the host: `uplink: eth0.63`.',
  })),
  noUplink: defineError('PW_BRIDGE_NO_UPLINK', (network: string, lower: string, there: readonly string[]) => ({
    message: `The host has no device "${lower}", a VLAN of which network "${network}" is to reach.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
  })),
  uplinkDown: defineError('PW_BRIDGE_UPLINK_DOWN', (network: string, lower: string) => ({
    message: `"${lower}", a VLAN of which network "${network}" is to reach, is down: the kernel lets no VLAN of it be up.`,
    fix: `Set it up first: \`ip link set dev ${lower} up\`.`,
  })),
  forwardDrops: defineError('PW_BRIDGE_FORWARD_DROPS', (network: string, bridge: string, program: string) => ({
    message: `What the nics of network "${network}" send each other is dropped, unless a rule accepts it: bridged frames pass the chain FORWARD of ${program}, whose policy is DROP.`,
    fix: `Accept it: \`${program} -I FORWARD -i ${bridge} -o ${bridge} -j ACCEPT\`; or keep all bridges out of it: \`sysctl -w net.bridge.bridge-nf-call-${program}=0\`.`,
  })),
  uplinkAcross: defineError('PW_BRIDGE_UPLINK_ACROSS', (network: string, uplink: string) => ({
    message: `Network "${network}" has nodes on several hosts, and each of their bridges would have ${uplink}: frames would go in a circle.`,
    fix: 'Take `uplink` away, or put its nodes on one host.',
  })),
  leftAsItIs: defineError('PW_BRIDGE_LEFT_AS_IT_IS', (network: string, option: string, way: Way) => ({
    message: `The bridge of network "${network}" is left as it is, as \`${way}\` says; "${option}" would change it.`,
    fix: `Take ${option} or ${way} away.`,
  })),
  unnamed: defineError('PW_BRIDGE_UNNAMED', (network: string, way: Way) => ({
    message: `Network "${network}" says \`${way}\`, but names no bridge.`,
    fix: 'Name it: `bridge: br0`.',
  })),
};
