import { defineError, familyOf } from '@pipewright/plugin';

const list = (words: readonly string[]): string => words.join(', ');

const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** What a tool said: by itself where it took several lines, of which one may point into another. */
const saying = (words: string): string => {
  if (words === '') return '. ';
  return words.includes('\n') ? `:\n${words}\n` : `: ${words}. `;
};

const PUT_RIGHT =
  'Put right what is listed, then run `pipewright recover`; `pipewright recover --forget` takes the host as it is.';

/** Where the way from host to host is too narrow, in bytes. */
interface Cramped {
  readonly what: string;
  readonly wanted: number;
  readonly host: string;
  readonly device: string;
  readonly carries: number;
  readonly most: number;
}

/** Words of a line that a shell would read: `&`, `|`, `&&`, `> file`, `2>&1`, `$(date)`. */
const OF_SHELLS = /^(&&?|\|\|?|[0-9]?>.*|<.*|\$[A-Z_(].*)$/;

/** A nic, and the largest packets it takes, in bytes. */
interface Sized {
  readonly id: string;
  readonly mtu: number;
}

/** What core can find wrong, apart from the text of a topology (parse/errors.ts). */
export const errors = {
  badInput: defineError('PW_BAD_INPUT', (count: number, file: string) => ({
    message: `${file} has ${count === 1 ? 'a mistake' : `${String(count)} mistakes`}; nothing was touched.`,
    fix: 'Mend what is listed and run the command again.',
  })),
  unknownKind: defineError('PW_UNKNOWN_KIND', (kind: string, known: readonly string[]) => ({
    message: `There is no kind "${kind}".`,
    fix: `Use one of ${list(known)}, or name its plugin under plugins:.`,
  })),
  unknownResourceType: defineError('PW_UNKNOWN_RESOURCE_TYPE', (type: string, known: readonly string[]) => ({
    message: `No plugin brings the resource type "${type}".`,
    fix: `A driver may build ${list(known)}, or its plugin brings the type itself.`,
  })),
  pluginApi: defineError('PW_PLUGIN_API', (name: string, from: string, found: unknown, wanted: number) => ({
    message: `Plugin "${name}" (${from}) is for plugin API ${String(found)}; this pipewright speaks ${String(wanted)}.`,
    fix: `Install a version of the plugin for API ${String(wanted)}.`,
  })),
  pluginOptions: defineError('PW_PLUGIN_OPTIONS', (name: string, from: string, issues: readonly string[]) => ({
    message: `The options given to plugin "${name}" (${from}) are wrong: ${issues.join('; ')}.`,
    fix: 'Correct them under plugins:.',
  })),
  pluginThrew: defineError('PW_PLUGIN_THREW', (name: string, where: string, words: string) => ({
    message: `Plugin "${name}" failed (${where}): ${words}`,
    fix: 'Report it to the author of the plugin, or take it out of plugins:.',
  })),
  typeThrew: defineError('PW_TYPE_THREW', (type: string, plugin: string, what: string, words: string) => ({
    message: `The resource type "${type}" of plugin "${plugin}" failed in its ${what}: ${words}`,
    fix: 'Report it to the author of the plugin, or take it out of plugins:.',
  })),
  notADriver: defineError('PW_NOT_A_DRIVER', (contract: string, plugin: string, where: string, words: string) => ({
    message: `Plugin "${plugin}" (${where}) brings a ${contract} driver that is none: ${words}.`,
    fix: `Make it with \`${contract}Driver({ … })\` of @pipewright/plugin; TypeScript then tells what is missing.`,
  })),
  claimedTwice: defineError('PW_CLAIMED_TWICE', (what: string, claim: string, one: string, other: string) => ({
    message: `Two plugins claim the ${what} "${claim}": ${one} and ${other}.`,
    fix: 'Take one of them out of plugins:.',
  })),
  badKind: defineError('PW_BAD_KIND', (what: string, claim: string, plugin: string) => ({
    message: `Plugin ${plugin} claims the ${what} "${claim}", which is no word: lower-case letters, digits and dashes.`,
    fix: 'Report it to the author of the plugin.',
  })),
  outsideSubnet: defineError('PW_OUTSIDE_SUBNET', (address: string, network: string, subnets: readonly string[]) => ({
    message: `The address ${address} is outside the subnet of network "${network}", ${list(subnets)}.`,
    fix: `Give an address in ${list(subnets)}, or \`address: auto\`.`,
  })),
  notAHostAddress: defineError('PW_NOT_A_HOST_ADDRESS', (address: string, what: string, subnet: string) => ({
    message: `The address ${address} is the ${what} address of ${subnet}; no node can have it.`,
    fix: `Give another address in ${subnet}, or \`address: auto\`.`,
  })),
  multicast: defineError('PW_MULTICAST', (what: 'address' | 'subnet', text: string) => ({
    message: `The ${what} ${text} is of multicast groups; no node can have it.`,
    fix: 'Give a unicast one: 10.0.0.0/24, fd00::/64.',
  })),
  specialAddress: defineError('PW_SPECIAL_ADDRESS', (address: string, what: string) => ({
    message: `The address ${address} is ${what}; no nic can have it.`,
    fix: 'Give an address of a subnet that is yours: 10.0.0.2/24, fd00::2/64. Those of a loopback stand under `loopback`.',
  })),
  crossing: defineError('PW_SUBNETS_CROSS', (network: string, address: string, other: string, on: string) => ({
    message: `Network "${network}" gives the host ${address}, and it has ${other} on ${on}: what is in both subnets it sends by one of the two, and does not reach on the other.`,
    fix: 'Give the network a subnet that the host is not in.',
  })),
  addressTwice: defineError('PW_ADDRESS_TWICE', (address: string, first: string, second: string) => ({
    message: `The address ${address} is given twice: to ${first} and to ${second}.`,
    fix: 'Give one of them another address, or `address: auto`; one that was attached goes by `pipewright detach GUEST --nic NIC`.',
  })),
  macTwice: defineError('PW_MAC_TWICE', (mac: string, first: string, second: string) => ({
    message: `The MAC address ${mac} is given twice in one network: to ${first} and to ${second}.`,
    fix: 'Give one of them another mac, or none, so that one is made for it.',
  })),
  prefixMissing: defineError('PW_PREFIX_MISSING', (address: string) => ({
    message: `The address ${address} has no prefix length, and there is no subnet to take it from.`,
    fix: `Write it as ${address}/${familyOf(address) === 6 ? '64' : '24'}, or give the network a subnet.`,
  })),
  poolExhausted: defineError('PW_POOL_EXHAUSTED', (subnet: string, network: string, room: string) => ({
    message: `The subnet ${subnet} of network "${network}" is exhausted: it has room for ${room} and more are asked for.`,
    fix: 'Give the network a larger subnet.',
  })),
  subnetTwice: defineError('PW_SUBNET_TWICE', (network: string, family: number) => ({
    message: `Network "${network}" has two IPv${String(family)} subnets; addresses are allotted from one a family.`,
    fix: 'Keep one subnet a family; give further addresses to the nics.',
  })),
  noTc: defineError(
    'PW_NO_TC',
    (nic: string) => ({
      message: `The queueing of ${nic} is done by tc, which the host lacks.`,
      fix: 'Install iproute2 with tc (on Fedora iproute-tc).',
    }),
    4,
  ),
  noVlans: defineError('PW_NO_VLANS', (nic: string, network: string, kind: string, able: readonly string[]) => ({
    message: `${nic} is to be in a VLAN of network "${network}", and networks of kind ${kind} tell none apart.`,
    fix: `Take it out, or use a network of kind ${list(able)}.`,
  })),
  noParents: defineError('PW_NO_PARENTS', (nic: string, network: string, kind: string, able: readonly string[]) => ({
    message: `${nic} is to be made on another nic, and network "${network}" is of kind ${kind}, which makes none so.`,
    fix: `Take \`parent\` out, or use a network of kind ${list(able)}.`,
  })),
  noSuchParent: defineError('PW_NO_SUCH_PARENT', (nic: string, parent: string, others: readonly string[]) => ({
    message: `${nic} is to be made on "${parent}", and its node has no such nic.`,
    fix:
      others.length > 0 ? `Name one that it has: ${list(others)}.` : 'Give the node that nic, by a network or a link.',
  })),
  parentLoop: defineError('PW_PARENT_LOOP', (nic: string, loop: readonly string[]) => ({
    message: `${nic} is to be made on itself: ${loop.join(' on ')}.`,
    fix: 'Name a nic that a network or a link makes.',
  })),
  parentIsDown: defineError('PW_PARENT_IS_DOWN', (nic: string, parent: string) => ({
    message: `${nic} is to be made on ${parent}, which is to stay down: the kernel lets none on it be up.`,
    fix: 'Take out `up: false` there, or write it here, too.',
  })),
  mtuOverParent: defineError('PW_MTU_OVER_PARENT', (nic: string, mtu: number, parent: string, most: number) => ({
    message: `${nic} is to have an MTU of ${String(mtu)}, more than the ${String(most)} of ${parent}, which it is made on.`,
    fix: `Give that one an MTU of ${String(mtu)}, or this one at most ${String(most)}.`,
  })),
  nicIsDown: defineError('PW_NIC_IS_DOWN', (nic: string, what: string) => ({
    message: `${nic} is to stay down, and what is down has no ${what}.`,
    fix: `Take out \`up: false\`, or the ${what}.`,
  })),
  gatewayFamily: defineError('PW_GATEWAY_FAMILY', (gateway: string, nic: string) => ({
    message: `The gateway ${gateway} of ${nic} is of a family in which ${nic} has no address.`,
    fix: 'Give the nic an address of that family, or take the gateway out.',
  })),
  gatewayIsOwn: defineError('PW_GATEWAY_IS_OWN', (gateway: string, nic: string) => ({
    message: `The gateway ${gateway} of ${nic} is the nic's own address.`,
    fix: 'Give the address of the router.',
  })),
  noRouter: defineError('PW_NO_ROUTER', (gateway: string, of: string, what: string) => ({
    message: `The gateway ${gateway} of ${of} is ${what}, which no router has.`,
    fix: 'Give the address of the router.',
  })),
  mtuOfKernel: defineError('PW_MTU_OF_KERNEL', (name: string) => ({
    message: `The kernel sets ${name} to the MTU of the device whenever that goes up or its MTU changes.`,
    fix: 'Take it out, and give the nic its `mtu`.',
  })),
  sysctlOfNoDevice: defineError('PW_SYSCTL_OF_NO_DEVICE', (name: string, node: string, device: string) => ({
    message: `"${name}" is a parameter of the device ${device}, and ${node} has no nic of that name.`,
    fix: 'Name one of its nics, or take it out.',
  })),
  ipv6Off: defineError('PW_IPV6_OFF', (nic: string, address: string, parameter: string) => ({
    message: `${nic} has the address ${address}, and ${parameter} switches IPv6 off there.`,
    fix: 'Take out the one or the other.',
  })),
  twoDefaults: defineError('PW_TWO_DEFAULT_ROUTES', (node: string, family: number, first: string, second: string) => ({
    message: `Node "${node}" gets two IPv${String(family)} default routes: by ${first} and by ${second}.`,
    fix: 'Set `gateway: none` on one of them, or write one as a route with a metric.',
  })),
  routeFamily: defineError('PW_ROUTE_FAMILY', (to: string, via: string) => ({
    message: `The route to ${to} goes by ${via}, an address of the other family.`,
    fix: 'Give a gateway of the same family.',
  })),
  routeNeedsDevice: defineError('PW_ROUTE_NEEDS_DEVICE', (to: string, node: string) => ({
    message: `The route to ${to} of node "${node}" has no gateway in a subnet of its nics, so no device to leave by.`,
    fix: 'Write it under the nic it leaves by, or give a gateway in a subnet of one of its nics; a host has those of networks that give it an `address`, too.',
  })),
  nexthopAfar: defineError('PW_NEXTHOP_AFAR', (gateway: string, to: string, node: string) => ({
    message: `The gateway ${gateway} of the route to ${to} is in no subnet of a nic of node "${node}" that is up.`,
    fix: 'Give a gateway in a subnet of one of its nics, or name the nic that it is reached by: `nic: eth1`.',
  })),
  noSuchNic: defineError('PW_NO_SUCH_NIC', (nic: string, node: string, others: readonly string[]) => ({
    message: `Node "${node}" has no nic "${nic}" that is up.`,
    fix: others.length > 0 ? `Name one of ${list(others)}.` : 'Give it a nic: `networks`, or an end of a link.',
  })),
  gatewayAfar: defineError(
    'PW_GATEWAY_AFAR',
    (gateway: string, to: string, nic: string, addresses: readonly string[]) => ({
      message: `The gateway ${gateway} of the route to ${to} is in no subnet of ${nic}, which has ${addresses.length > 0 ? list(addresses) : 'no address'}.`,
      fix: `Give a gateway in a subnet of ${nic}, write the route under the nic that has it, or give ${nic} another route to the gateway, without \`via\`.`,
    }),
  ),
  sourceFamily: defineError('PW_SOURCE_FAMILY', (to: string, source: string) => ({
    message: `The route to ${to} has the source ${source}, an address of the other family.`,
    fix: 'Give a source of the same family.',
  })),
  sourceElsewhere: defineError(
    'PW_SOURCE_ELSEWHERE',
    (source: string, to: string, node: string, addresses: readonly string[]) => ({
      message: `The source ${source} of the route to ${to} is no address of node "${node}", which has ${addresses.length > 0 ? list(addresses) : 'none'}.`,
      fix: `Give an address of a nic of ${node}, or that address to a nic of it or to its \`loopback\`.`,
    }),
  ),
  everyLoopback: defineError('PW_EVERY_LOOPBACK', (address: string) => ({
    message: `${address} is on every loopback by itself.`,
    fix: 'Leave it out, or give an address that is only here.',
  })),
  mtuTooLarge: defineError('PW_MTU_TOO_LARGE', (nic: string, mtu: number, network: string, most: number) => ({
    message: `${nic} asks for an MTU of ${String(mtu)}, more than the ${String(most)} of network "${network}".`,
    fix: `Give the network an MTU of ${String(mtu)}, or the nic at most ${String(most)}.`,
  })),
  ipv6Mtu: defineError('PW_IPV6_MTU', (nic: string, mtu: number) => ({
    message: `${nic} has an IPv6 address and an MTU of ${String(mtu)}; IPv6 needs 1280 (RFC 8200, 5).`,
    fix: 'Give an MTU of at least 1280.',
  })),
  unevenLink: defineError('PW_LINK_MTUS', (small: Sized, large: Sized) => ({
    message: `${small.id} has an MTU of ${String(small.mtu)}, and ${large.id} at the other end of its link one of ${String(large.mtu)}: packets over ${String(small.mtu)} bytes do not arrive at ${small.id}, and OSPF finds no neighbour.`,
    fix: 'Give both ends the same mtu, or the link in place of them.',
  })),
  tooManyPorts: defineError('PW_TOO_MANY_PORTS', (network: string, count: number, most: number, kind: string) => ({
    message: `Network "${network}" would have ${String(count)} ports; a ${kind} takes ${String(most)} at the most.`,
    fix: 'Spread the nodes over several networks.',
  })),
  resourceTwice: defineError('PW_RESOURCE_TWICE', (what: string, first: string, second: string) => ({
    message:
      first === second
        ? `The topology wants ${what} twice.`
        : `Two parts of the topology want ${what}: ${first} and ${second}.`,
    fix:
      first === second
        ? 'Take one of them out, or tell them apart: routes to one destination by a `metric`, rules by a `priority`.'
        : 'Rename one of them.',
  })),
  lentTwice: defineError('PW_LENT_TWICE', (device: string, first: string, second: string) => ({
    message: `The host's device "${device}" can be lent once, and ${first} and ${second} both want it.`,
    fix: 'Give each a device of its own; or let nodes share it: `kind: macvlan`, or a bridge with that `uplink`.',
  })),
  valueTwice: defineError('PW_VALUE_TWICE', (what: string, values: readonly string[]) => ({
    message: `Two parts of the topology say what ${what} is to be, and not the same: ${values.join(' and ')}.`,
    fix: 'Say it once, or the same in both.',
  })),
  twoWriters: defineError('PW_TWO_WRITERS', (slot: string, node: string, first: string, second: string) => ({
    message: `Features "${first}" and "${second}" both set ${slot} of node "${node}".`,
    fix: 'Take one of them away.',
  })),
  noMeeting: defineError('PW_NO_MEETING', (from: string, to: string, network: string | undefined) => ({
    message:
      network === undefined
        ? `Node "${from}" has a service link to "${to}", and they share no network and no cable.`
        : `Node "${from}" has a service link to "${to}" in network "${network}", which not both of them join.`,
    fix:
      network === undefined
        ? `Let both join a network: \`networks: [lan]\`.`
        : `Let both join "${network}", or name a network that they share.`,
  })),
  noMeetingElsewhere: defineError('PW_NO_MEETING_ELSEWHERE', (from: string, to: string) => ({
    message: `Node "${from}" has a service link to "${to}", and no address of "${to}" is in a subnet that "${from}" is in.`,
    fix: 'Let both join a network: `networks: [lan]`; or connect both containers to one network of their engine.',
  })),
  noServiceAddress: defineError('PW_NO_SERVICE_ADDRESS', (from: string, to: string, nic: string) => ({
    message: `Node "${from}" has a service link to "${to}", whose nic ${nic} has no address that is known before it is made.`,
    fix: 'Give it an address, give the network a subnet, or name another network that both join.',
  })),
  imageNotHere: defineError('PW_IMAGE_NOT_HERE', (node: string, image: string) => ({
    message: `The image "${image}" of node "${node}" is not here yet: which ports and variables it brings for its service links is known once it is pulled.`,
    fix: `Nothing needs to be done: \`up\` pulls it first. For a whole plan, pull it before.`,
  })),
  taken: defineError('PW_TAKEN', (what: string, owner: string | undefined, isInNode = false) => ({
    message: `${what} exists already and ${owner === undefined ? 'is not ours' : `belongs to topology "${owner}"`}.`,
    fix:
      owner === undefined
        ? isInNode
          ? 'Give the nic another name, say `lan0`: container engines count on from eth0. Or remove it by hand.'
          : 'Choose another name, remove it by hand, or set `adopt: true` where the kind has it.'
        : `Take it out of that topology, or take that down, \`pipewright down ${owner}\`; or do without it here.`,
  })),
  sharedOtherwise: defineError('PW_SHARED_OTHERWISE', (what: string, field: string, wanted: string, found: string) => ({
    message: `${what} is there already, but its ${field} is ${found}, not ${wanted}.`,
    fix: 'Choose another name.',
  })),
  sharedWithOthers: defineError('PW_SHARED_WITH_OTHERS', (what: string, others: readonly string[]) => ({
    message: `${what} is shared, and others are on it: ${list(others)}.`,
    fix: 'Keep `shared: true`; or take the others off it first.',
  })),
  notShelved: defineError('PW_NOT_SHELVED', (what: string) => ({
    message: `${what} is not ours and cannot wait aside: there are several of it.`,
    fix: 'Remove it by hand, or give one of the two a metric of its own.',
  })),
  adoptMissing: defineError('PW_ADOPT_MISSING', (what: string) => ({
    message: `${what} is to be adopted, but there is no such thing.`,
    fix: 'Create it first. Where the file says `adopt: true` of it, take that away so that it is made.',
  })),
  nothingToMove: defineError('PW_NOTHING_TO_MOVE', (nic: string, device: string) => ({
    message: `The host has no device "${device}", which is to become ${nic}.`,
    fix: "See `ip link`: it must be in the host's own namespace, and not in a node already.",
  })),
  homeTaken: defineError('PW_HOME_TAKEN', (nic: string, device: string) => ({
    message: `${nic} is to go back to the host as "${device}", and there is another device of that name by now.`,
    fix: `Give that one another name: \`ip link set dev ${device} name OTHER\`.`,
  })),
  noGuest: defineError('PW_NO_GUEST', (word: string, kinds: readonly string[], host: string | undefined) => ({
    message: `There is no guest "${word}"${host === undefined ? '' : ` on host "${host}"`}.`,
    fix: `Give KIND:NAME with a kind of ${list(kinds)}, the path of a network namespace, or a name that one of them knows.`,
  })),
  guestElsewhere: defineError('PW_GUEST_ELSEWHERE', (node: string, host: string, own: string) => ({
    message: `Node "${node}" is on host "${own}", and not on host "${host}".`,
    fix: 'Leave out --host: a node is looked for where it is.',
  })),
  guestTwice: defineError('PW_GUEST_TWICE', (word: string, one: string, other: string) => ({
    message: `"${word}" may be ${one} ${word} or ${other} ${word}; both are there.`,
    fix: `Say which: ${one}:${word} or ${other}:${word}.`,
  })),
  badDeviceName: defineError('PW_BAD_DEVICE_NAME', (name: string) => ({
    message: `"${name}" is neither a network of the topology nor a name that a device can have.`,
    fix: 'Give a name of at most 15 letters, digits and _ . + -.',
  })),
  undescribedKind: defineError('PW_UNDESCRIBED_KIND', (device: string, kind: string) => ({
    message: `The device ${device} is to be of kind ${kind}, which no plugin here describes.`,
    fix: `Name the plugin that brings it under \`plugins:\`, or use no option that needs one.`,
  })),
  notJoined: defineError('PW_NOT_JOINED', (name: string, kind: string | undefined, able: readonly string[]) => ({
    message:
      kind === undefined
        ? `There is no device "${name}", and no kind of network makes it.`
        : `The device "${name}" is of kind ${kind}; no network of ${able.length === 1 ? 'kind' : 'kinds'} ${list(able)} is joined by it.`,
    fix: 'Give a network of the topology, a device that a kind of network knows, or a name that is free.',
  })),
  kindNotJoined: defineError('PW_KIND_NOT_JOINED', (kind: string, able: readonly string[]) => ({
    message: `No device is joined as a network of kind "${kind}".`,
    fix: `Declare it in a topology file, or name one of kind ${list(able)}.`,
  })),
  joinedTwice: defineError('PW_JOINED_TWICE', (name: string, kinds: readonly string[]) => ({
    message: `"${name}" may be a network of the kinds ${list(kinds)}.`,
    fix: `Say which: ${kinds.map((kind) => `${kind}:${name}`).join(' or ')}.`,
  })),
  whichNic: defineError('PW_WHICH_NIC', (guest: string, nics: readonly string[]) => ({
    message: `${guest} has several nics that may be meant: ${list(nics)}.`,
    fix: 'Say which with --nic.',
  })),
  addressTaken: defineError('PW_ADDRESS_TAKEN', (address: string, where: string) => ({
    message: `The address ${address} is in use: ${where} has it.`,
    fix: 'Give another address.',
  })),
  noServiceLink: defineError(
    'PW_NO_SERVICE_LINK',
    (node: string, word: string | undefined, aliases: readonly string[]) => ({
      message: `Node "${node}" has no service link${word === undefined ? '' : ` "${word}"`}${aliases.length === 0 ? '' : `; it has ${aliases.join(', ')}`}.`,
      fix: 'Give the alias or the node of one it has, and with -n the topology of it.',
    }),
  ),
  nothingAttached: defineError('PW_NOTHING_ATTACHED', (guest: string, topology: string) => ({
    message: `Topology "${topology}" has no nic in ${guest}.`,
    fix: 'Give the topology it was attached by with -n.',
  })),
  notAttached: defineError('PW_NOT_ATTACHED', (nic: string, guest: string, owner: string | undefined) => ({
    message: `${nic} of ${guest} ${owner === undefined ? 'is not ours' : `belongs to topology "${owner}"`}.`,
    fix: owner === undefined ? 'Remove it by hand.' : `Give -n ${owner}.`,
  })),
  noRoom: defineError('PW_NO_ROOM', (node: string, hosts: readonly string[]) => ({
    message: `No host takes node "${node}": the weights of ${list(hosts)} are used up.`,
    fix: 'Raise the `weight` of a host, add a host, or say with `host:` where the node is.',
  })),
  nothingToPlace: defineError('PW_NOTHING_TO_PLACE', () => ({
    message: 'There is no node that `--host` could put on a host: each says where it is, or is there already.',
    fix: 'Leave `--host` away.',
  })),
  noHostToPlaceOn: defineError(
    'PW_NO_HOST_TO_PLACE_ON',
    (host: string, known: readonly string[], suggestion: string | undefined) => ({
      message: `The topology has no host "${host}" to put nodes on.${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`} It has ${list(known)}.`,
      fix: suggestion === undefined ? 'Name it under `hosts:` first.' : `Write --host ${suggestion}.`,
    }),
  ),
  networkAcrossHosts: defineError(
    'PW_NETWORK_ACROSS_HOSTS',
    (network: string, kind: string, hosts: readonly string[]) => ({
      message: `Network "${network}" has nodes on ${list(hosts)}, and networks of kind ${kind} stay on one host.`,
      fix: 'Put its nodes on one host, make a network for each, or use a kind with a switch on each host.',
    }),
  ),
  addressAcrossHosts: defineError(
    'PW_ADDRESS_ACROSS_HOSTS',
    (network: string, address: string, hosts: readonly string[]) => ({
      message: `The address ${address} of network "${network}" would be on each of its hosts, ${list(hosts)}: twice in one network.`,
      fix: 'Take it away, and give a node the address; `gateway` tells the others which one leads out.',
    }),
  ),
  attachAcrossHosts: defineError('PW_ATTACH_ACROSS_HOSTS', (network: string) => ({
    message: `With this nic network "${network}" is on several hosts; one at a time is only attached to what is on the host of its node.`,
    fix: 'Change the file of its topology and run `pipewright up`.',
  })),
  noFabric: defineError('PW_NO_FABRIC', (what: string, hosts: readonly string[]) => ({
    message: `${what} has nodes on ${list(hosts)}, and it names no fabric to carry it from host to host.`,
    fix: 'Name one, `fabric: KIND`, with the plugin that brings it; or put its nodes on one host.',
  })),
  noFabricLink: defineError('PW_NO_FABRIC_LINK', (link: string, kind: string) => ({
    message: `Link ${link} goes from host to host, and the fabric ${kind} carries networks alone.`,
    fix: 'Name another fabric for it, or make a network with its two nodes.',
  })),
  noUnderlay: defineError('PW_NO_UNDERLAY', (what: string, hosts: readonly string[]) => ({
    message: `${what} goes from host to host, and the file does not say by which address the others reach ${list(hosts)}.`,
    fix: `Say it under \`hosts:\`: ${hosts.map((host) => `\`${host}: { ${host === 'local' ? '' : 'ssh: …, '}underlay: 198.51.100.1 }\``).join(', ')}.`,
  })),
  noSuchUnderlay: defineError('PW_NO_SUCH_UNDERLAY', (host: string, address: string, there: readonly string[]) => ({
    message: `Host "${host}" does not have its underlay address ${address}.`,
    fix: `Give one that its \`ip addr\` shows${there.length > 0 ? `: ${list(there)}` : ''}.`,
  })),
  underlayMulticast: defineError('PW_UNDERLAY_MULTICAST', (host: string, address: string) => ({
    message: `The underlay address ${address} of host "${host}" is a multicast address, which no machine has.`,
    fix: 'Give the address by which the other hosts reach it.',
  })),
  underlayTwice: defineError('PW_UNDERLAY_TWICE', (address: string, one: string, other: string) => ({
    message: `Hosts "${one}" and "${other}" have the same underlay address, ${address}.`,
    fix: 'Give each its own.',
  })),
  underlayFamilies: defineError('PW_UNDERLAY_FAMILIES', (what: string, addresses: readonly string[]) => ({
    message: `A fabric goes over IPv4 or IPv6, and that of ${uncapitalised(what)} would go over both: ${list(addresses)}.`,
    fix: 'Give underlay addresses of one family.',
  })),
  mtuOverUnderlay: defineError('PW_MTU_OVER_UNDERLAY', ({ what, wanted, host, device, carries, most }: Cramped) => ({
    message: `${what} is to carry ${String(wanted)} bytes, and on host "${host}" its fabric leaves no more than ${String(most)} of the ${String(carries)} that "${device}" carries.`,
    fix: `Lower it, \`mtu: ${String(most)}\`, or leave it away; or raise that of the device on all hosts: \`ip link set dev ${device} mtu ${String(wanted + carries - most)}\`.`,
  })),
  fabricIdTaken: defineError('PW_FABRIC_ID_TAKEN', (what: string, kind: string, id: number, other: string) => ({
    message: `The ${kind} number ${String(id)} of ${uncapitalised(what)} is taken: ${uncapitalised(other)} has it.`,
    fix: 'Give it another one among the options of its `fabric`, or take the other away.',
  })),
  hostReplaced: defineError('PW_HOST_REPLACED', (host: string, known: string, asked: string) => ({
    message: `Host "${host}" was ${known} when the topology was applied, and ${asked} is another machine: what is up on the first would be left there.`,
    fix: 'Give the other machine another name under `hosts:`, so that `up` takes away what is on the first; or take that down before: `pipewright down`.',
  })),
  hostOtherwise: defineError('PW_HOST_OTHERWISE', (host: string, known: string, asked: string) => ({
    message: `The topology knows a host "${host}" already, and reaches it by ${known}, not by ${asked}.`,
    fix: `Say \`--host ${host}\` if it is the same one; else attach in another topology (\`-n NAME\`).`,
  })),
  nodeTaken: defineError('PW_NODE_TAKEN', (node: string, kind: string) => ({
    message: `Node "${node}" is to be made, but what bears its name (kind ${kind}) is there already and is not ours.`,
    fix: 'Give the node another name, remove the other, or take it as it is: without what it would be made of.',
  })),
  sameNamespace: defineError('PW_SAME_NAMESPACE', (node: string, other: string, its: readonly string[]) => ({
    message: `Node "${node}" is in the same network namespace as node "${other}": they share all that is in there.`,
    fix: `Give the ${its.join(', ').replace(/, (?=[^,]*$)/, ' and ')} of "${node}" to "${other}".`,
  })),
  nodeAbsent: defineError('PW_NODE_ABSENT', (node: string, kind: string) => ({
    message: `Node "${node}" of kind ${kind} is not there.`,
    fix: 'Start it first; only managed nodes are made by pipewright.',
  })),
  applyFailed: defineError(
    'PW_APPLY_FAILED',
    (what: string, words: string) => ({
      message: `${what} failed${saying(words)}Everything was put back as it was.`,
      fix: 'Mend the cause and run the command again.',
    }),
    1,
  ),
  ipv6Disabled: defineError(
    'PW_IPV6_DISABLED',
    (what: string, words: string, node: string | undefined) => ({
      message: `${what} failed${saying(words)}Everything was put back as it was.`,
      fix:
        node === undefined
          ? 'Let devices that are made have IPv6, `sysctl -w net.ipv6.conf.default.disable_ipv6=0`, and run the command again.'
          : `Say in the file that ${node} has IPv6, \`sysctls: { net.ipv6.conf.all.disable_ipv6: 0 }\`, and run the command again.`,
    }),
    1,
  ),
  kernelLacksKind: defineError(
    'PW_KERNEL_LACKS_KIND',
    (what: string, kind: string) => ({
      message: `${what} failed: this kernel has no devices of kind ${kind}. Everything was put back as it was.`,
      fix: `Load the module that has them, \`modprobe rtnl-link-${kind}\`, or use a kernel that comes with it.`,
    }),
    1,
  ),
  kernelLacksOption: defineError(
    'PW_KERNEL_LACKS_OPTION',
    (what: string, kind: string, word: string, config: string) => ({
      message: `${what} failed: this kernel does not know ${word} of devices of kind ${kind}. Everything was put back as it was.`,
      fix: `Use a kernel that was built with ${config}=y; \`pipewright doctor\` says what this one lacks.`,
    }),
    1,
  ),
  undoFailed: defineError(
    'PW_UNDO_FAILED',
    (what: string, words: string) => ({
      message: `${what} failed: ${words}. Not everything could be put back.`,
      fix: PUT_RIGHT,
    }),
    5,
  ),
  leftBehind: defineError(
    'PW_LEFT_BEHIND',
    (what: string, words: string) => ({
      message: `${what} was not put back: ${words}.`,
      fix: 'Put it right by hand, then run `pipewright recover`.',
    }),
    5,
  ),
  leftUnseen: defineError(
    'PW_LEFT_UNSEEN',
    (words: string) => ({
      message: `Whether all was put back could not be seen: ${words}.`,
      fix: 'Mend that, or wait until the host is there again; then `pipewright recover` puts back what is left.',
    }),
    5,
  ),
  leftAlone: defineError(
    'PW_LEFT_ALONE',
    (what: string) => ({
      message: `${what} is there and is not ours: it was left alone.`,
      fix: 'Nothing is to be done. If it is in the way, remove it by hand.',
    }),
    1,
  ),
  notSettled: defineError(
    'PW_NOT_SETTLED',
    (words: string) => ({
      message: `What was changed stands, but the record of it could not be completed: ${words}.`,
      fix: 'The next command that changes something completes it, and so does `pipewright recover`.',
    }),
    1,
  ),
  fabricUntold: defineError('PW_FABRIC_UNTOLD', (what: string, fabric: string, feature: string) => ({
    message: `${fabric}, as it is set here for "${what}", cannot have ${feature}: what one of two hosts sends the other is not told from other packets.`,
    fix: 'Take that away, or what stands beside it (a group); or choose another fabric.',
  })),
  notPrepared: defineError(
    'PW_NOT_PREPARED',
    (what: string, words: string) => ({
      message: `What ${what} is made of is not to be had: ${words}. Nothing was changed.`,
      fix: 'Give the right name, log in where it comes from, or bring it to this host by hand.',
    }),
    1,
  ),
  notFinal: defineError(
    'PW_NOT_FINAL',
    (words: string) => ({
      message: `What was changed stands, but something put aside meanwhile could not be removed: ${words}.`,
      fix: 'The next command that changes something removes it, and so does `pipewright recover`.',
    }),
    1,
  ),
  notForgotten: defineError(
    'PW_NOT_FORGOTTEN',
    (words: string) => ({
      message: `The record of what was undone could not be removed: ${words}.`,
      fix: 'The next command that changes something removes it, and so does `pipewright recover`.',
    }),
    1,
  ),
  hostAway: defineError(
    'PW_HOST_AWAY',
    (host: string) => ({
      message: `What was begun on host "${host}" was not put back: the host is not reached.`,
      fix: `Run \`pipewright recover --host ${host}\` when it is there again; so does the next command that changes it.`,
    }),
    5,
  ),
  notRecovered: defineError(
    'PW_NOT_RECOVERED',
    (command: string, topology: string, since: string, words: string) => ({
      message: `\`${command}\` of topology "${topology}", begun ${since}, was not finished, and not all of it could be undone${words && `: ${words}`}.`,
      fix: PUT_RIGHT,
    }),
    5,
  ),
  commandFailed: defineError(
    'PW_COMMAND_FAILED',
    (node: string, argv: readonly string[], code: number, words: string) => ({
      message: `Command \`${argv.join(' ')}\` of node "${node}" ended with ${String(code)}${saying(words)}Everything was put back as it was.`,
      fix: argv.some((it) => OF_SHELLS.test(it))
        ? "No shell reads a command: write `sh -c '…'` under `commands:`, and what is to run on under `processes:`."
        : 'Mend the command under `commands:`.',
    }),
    1,
  ),
  commandsNotRun: defineError('PW_COMMANDS_NOT_RUN', (node: string, managed: boolean) => ({
    message: `The commands of node "${node}" changed after it was made, and did not run: they run once, when it is made.`,
    fix: `Run what is new by \`pipewright exec ${node} -- COMMAND\`${managed ? `, or have the node made anew: \`pipewright up --recreate ${node}\`` : ''}.`,
  })),
  notMade: defineError('PW_NODE_NOT_MADE', (node: string) => ({
    message: `Node "${node}" is not made by pipewright, only attached to: it cannot be made anew.`,
    fix: 'Make it anew yourself, and run `pipewright up`: it gets its nics again.',
  })),
  notConverged: defineError(
    'PW_NOT_CONVERGED',
    (what: readonly string[]) => ({
      message: `After the change the host is not as declared: ${what.join('; ')}. Everything was put back as it was.`,
      fix: 'Something else changes the same things, or the kernel took a value otherwise; run with --verbose.',
    }),
    1,
  ),
  wentAway: defineError(
    'PW_NODE_WENT_AWAY',
    (node: string, fix: string) => ({
      message: `Node "${node}" ended while it was worked on. Everything was put back as it was.`,
      fix,
    }),
    1,
  ),
  interrupted: defineError(
    'PW_INTERRUPTED',
    () => ({ message: 'Interrupted; everything was put back as it was.', fix: 'Run the command again.' }),
    130,
  ),
  driverThrew: defineError('PW_DRIVER_THREW', (contract: string, kind: string, it: string, words: string) => ({
    message: `The ${contract} driver "${kind}" failed on "${it}": ${words}`,
    fix: 'Report it to the author of its plugin.',
  })),
  allotmentsUnread: defineError('PW_ALLOTMENTS_UNREAD', (topology: string, words: string) => ({
    message: `Which addresses "${topology}" was allotted could not be read: ${words}. Nics that are not up may get other addresses than before.`,
    fix: 'Let root read /var/lib/pipewright, or $PIPEWRIGHT_STATE_DIR; or write the addresses that must stay into the file.',
  })),
  allotmentsUnkept: defineError('PW_ALLOTMENTS_UNKEPT', (topology: string, words: string) => ({
    message: `Which addresses "${topology}" was allotted could not be written down: ${words}. After a reboot they may differ.`,
    fix: 'Let root write to /var/lib/pipewright, or $PIPEWRIGHT_STATE_DIR; or write the addresses that must stay into the file.',
  })),
  allotmentsLeft: defineError('PW_ALLOTMENTS_LEFT', (topology: string, words: string) => ({
    message: `Which addresses "${topology}" was allotted could not be forgotten: ${words}. The next \`up\` will allot the same.`,
    fix: 'Let root write to /var/lib/pipewright, or $PIPEWRIGHT_STATE_DIR.',
  })),
};
