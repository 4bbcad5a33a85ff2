import { defineError } from '@pipewright/plugin';

type Way = 'adopt' | 'shared';

export const errors = {
  badVlan: defineError('PW_BRIDGE_BAD_VLAN', (network: string, uplink: string) => ({
    message: `The uplink of network "${network}" is "${uplink}": VLAN ids go from 1 to 4094.`,
    fix: 'Name a VLAN of a device of the host: `uplink: eth0.63`.',
  })),
  vlansNotTold: defineError('PW_BRIDGE_VLANS_NOT_TOLD', (network: string, bridge: string) => ({
    message: `Network "${network}" has nics in VLANs, and the bridge "${bridge}", which is there already, does not tell VLANs apart.`,
    fix: `Make it do so, \`ip link set dev ${bridge} type bridge vlan_filtering 1\`: its other ports are in VLAN 1 then. Or use another bridge.`,
  })),
  vlansAcross: defineError('PW_BRIDGE_VLANS_ACROSS', (network: string, fabric: string) => ({
    message: `Network "${network}" has nics in VLANs and is on several hosts: the ${fabric} between them carries what has no tag.`,
    fix: 'Make a network of each VLAN, or leave the network on one host.',
  })),
  sharedAddress: defineError('PW_BRIDGE_SHARED_ADDRESS', (network: string, vlan: number, bridge: string) => ({
    message: `Network "${network}" is VLAN ${String(vlan)} of a bridge that is not its own, and cannot give the host an address there.`,
    fix: `Take the address out; the host reaches the VLAN by a device of its own: \`ip link add link ${bridge} name ${bridge}.${String(vlan)} type vlan id ${String(vlan)}\`.`,
  })),
  noUplink: defineError('PW_BRIDGE_NO_UPLINK', (network: string, lower: string, there: readonly string[]) => ({
    message: `The host has no device "${lower}", a VLAN of which network "${network}" is to reach.`,
    fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
  })),
  noUplinkDevice: defineError(
    'PW_BRIDGE_NO_UPLINK_DEVICE',
    (network: string, uplink: string, there: readonly string[]) => ({
      message: `The host has no device "${uplink}", which is to be the uplink of network "${network}".`,
      fix: `Name one that \`ip link\` shows${there.length > 0 ? `: ${there.join(', ')}` : ''}.`,
    }),
  ),
  uplinkUnfit: defineError('PW_BRIDGE_UPLINK_UNFIT', (network: string, uplink: string, kind: string) => ({
    message: `"${uplink}", which is to be the uplink of network "${network}", is of kind ${kind}: that is no port of a bridge.`,
    fix:
      kind === 'bridge'
        ? `Let the network be on that bridge: \`bridge: ${uplink}, adopt: true\`.`
        : 'Name a NIC of the host.',
  })),
  uplinkPort: defineError('PW_BRIDGE_UPLINK_PORT', (network: string, uplink: string, master: string) => ({
    message: `"${uplink}", which is to be the uplink of network "${network}", is a port of "${master}" already.`,
    fix: `Take it out of there; or let the network be on that bridge: \`bridge: ${master}, adopt: true\`.`,
  })),
  uplinkInUse: defineError('PW_BRIDGE_UPLINK_IN_USE', (network: string, uplink: string, to: string) => ({
    message: `"${uplink}", which is to be the uplink of network "${network}", is the host's own way to ${to}: as a port of a bridge it would be none any more.`,
    fix: `Name a NIC without addresses; or make a bridge that has the addresses of ${uplink}, and adopt that: \`bridge: br0, adopt: true\`; or put nodes on ${uplink} itself, by a network of kind macvlan.`,
  })),
  mtuOverUplink: defineError(
    'PW_BRIDGE_MTU_OVER_UPLINK',
    (network: string, mtu: number, uplink: string, most: number) => ({
      message: `Network "${network}" has an MTU of ${String(mtu)}, and its uplink ${uplink} one of ${String(most)}.`,
      fix: `Write \`mtu: ${String(most)}\` at the network; or let the device have more: \`ip link set dev ${uplink} mtu ${String(mtu)}\`.`,
    }),
  ),
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
  noBridge: defineError(
    'PW_BRIDGE_NO_BRIDGE',
    (network: string, name: string, kind: string, bridges: readonly string[]) => ({
      message: `"${name}", which network "${network}" is to adopt, is no bridge but a device of kind ${kind}.`,
      fix:
        bridges.length > 0
          ? `Name a bridge that \`ip link\` shows: ${bridges.join(', ')}.`
          : 'Take `adopt` away, so that a bridge is made; on a NIC nics are made by a network of kind macvlan.',
    }),
  ),
  unnamed: defineError('PW_BRIDGE_UNNAMED', (network: string, way: Way) => ({
    message: `Network "${network}" says \`${way}\`, but names no bridge.`,
    fix: 'Name it: `bridge: br0`.',
  })),
};
