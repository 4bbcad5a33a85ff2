import { type Family, ifname, ip, type NetworkSpec, oneOrMore, ownAddresses, overIpv6, z } from '@pipewright/plugin';

const ID = 'a VXLAN id (VNI) from 1 to 16777215';

/** VNIs: 24 bits (RFC 7348), and 0 is not used. */
export const IDS = [1, 0xff_ffff] as const;

const id = z
  .int({ error: () => ID })
  .min(IDS[0], ID)
  .max(IDS[1], ID);

/** How frames are carried, wherever the tunnel leads. */
const carrying = {
  port: z.int().min(1).max(65_535).default(4789).describe('The UDP port, the same on all machines.'),
  ttl: z
    .int()
    .min(0)
    .max(255)
    .default(0)
    .describe('Time to live of the packets that carry the frames; 0: as the kernel does, 1 for a group.'),
  tos: z
    .int()
    .min(0)
    .max(255)
    .default(0)
    .describe('Type of service of the packets that carry the frames; 1: that of the packet inside.'),
  learning: z.boolean().default(true).describe('Learn from what arrives which machine a MAC address is behind.'),
  ageing: z
    .int()
    .min(1) // 0 is the kernel's word for its own 300
    .max(1_000_000)
    .default(300)
    .describe('Seconds until a MAC address that is not seen is forgotten.'),
};

export const options = z.object({
  id: id.describe('The VXLAN id (VNI), from 1 to 16777215: the same on all machines that are to be joined.'),
  remotes: oneOrMore(ip)
    .optional()
    .describe('Addresses of the other machines; what is for all of them is sent to each.'),
  group: ip.optional().describe('A multicast group that the machines are in, in place of remotes; needs dev.'),
  dev: ifname.optional().describe('The device of the host that the tunnel goes over; by default what routes say.'),
  local: ip
    .optional()
    .describe(
      "This machine's address at its end; by default what routes say. Over IPv6 it must be given, unless `direct`.",
    ),
  ...carrying,
  bridge: ifname.optional().describe('Name of the bridge; made from topology and network where none is given.'),
  address: ownAddresses.optional().describe("The host's own address on the bridge; the way out for its nodes."),
  direct: z.boolean().default(false).describe('No bridge: the nic of the one node that joins is the tunnel itself.'),
});

/** Of a fabric: where its tunnels lead, the hosts of the topology tell. */
export const fabricOptions = z.object({
  id: id.optional().describe('The VXLAN id (VNI), from 1 to 16777215; by default made from topology and network.'),
  group: ip
    .optional()
    .describe('A multicast group of the underlay that gets what is for all hosts; by default it is sent to each.'),
  ...carrying,
});

export type FabricOptions = z.output<typeof fabricOptions>;
export type Options = z.output<typeof options>;
export type Network = NetworkSpec<Options>;

/** What each frame grows by: Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40 (RFC 7348, 5). */
export const overheadOver = (family: Family): number => (family === 6 ? 70 : 50);

export const overhead = (it: Options): number => overheadOver(overIpv6(it) ? 6 : 4);
