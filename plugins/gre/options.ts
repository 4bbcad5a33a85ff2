import { ifname, ip, type NetworkSpec, oneOrMore, ownAddresses, z } from '@pipewright/plugin';

const KEY = 'a GRE key from 1 to 4294967295';
const byte = z.int().min(0).max(255);

/** 32 bits (RFC 2890); the kernel prints 0 where there is none. */
export const KEYS = [1, 0xffff_ffff] as const;

const key = z
  .int({ error: () => KEY })
  .min(KEYS[0], KEY)
  .max(KEYS[1], KEY)
  .optional();

/** How frames are carried, wherever the tunnels lead. */
const carrying = {
  ttl: byte.default(64).describe('Time to live of the packets that carry the frames; 0: that of the packet inside.'),
  tos: byte
    .default(0)
    .describe(
      'Type of service, or traffic class, of the packets that carry the frames; over IPv4 1: that of the packet inside.',
    ),
  csum: z.boolean().default(false).describe('Checksums over what the tunnels carry; the same on all machines.'),
};

export const options = z.object({
  remotes: oneOrMore(ip).describe('Addresses of the other machines; there is a tunnel to each.'),
  key: key.describe('Tells tunnels between the same machines apart, from 1 to 4294967295: the same on all of them.'),
  dev: ifname.optional().describe('The device of the host that the tunnels go over; by default what routes say.'),
  local: ip.optional().describe("This machine's address at its end; by default what routes say."),
  ...carrying,
  bridge: ifname.optional().describe('Name of the bridge; made from topology and network where none is given.'),
  address: ownAddresses.optional().describe("The host's own address on the bridge; the way out for its nodes."),
});

/** Of a fabric: where its tunnels lead, the hosts of the topology tell. */
export const fabricOptions = z.object({
  key: key.describe('The key, from 1 to 4294967295; by default made from topology and network.'),
  hub: z
    .string()
    .optional()
    .describe('The host that passes on what the others send each other; without it each has a tunnel to each.'),
  ...carrying,
});

export type FabricOptions = z.output<typeof fabricOptions>;
export type Options = z.output<typeof options>;
export type Network = NetworkSpec<Options>;
