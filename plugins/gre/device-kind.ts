import { type DeviceAttribute, deviceKind, ip, parseIp, z } from '@pipewright/plugin';

const isOn = (printed: unknown): boolean => printed === true || printed === 1;

const byte = z.int().min(0).max(255);
const hex = (value: unknown): string => `0x${Number(value).toString(16)}`;

// A change told to the kernel sets to its default what it does not name (ipgre_netlink_parms): all are fixed.
const fixed = { class: 'fixed' } as const;

const end = (word: string, type: number, layout: 'ipv4' | 'ipv6'): DeviceAttribute => ({
  ...fixed,
  schema: ip.refine((text) => parseIp(text)?.family === (layout === 'ipv6' ? 6 : 4)).nullable(),
  initial: null,
  word,
  read: (printed) => (printed === 'any' || printed === '0.0.0.0' || printed === '::' ? null : printed),
  netlink: { type, layout },
});

/** GRE_KEY and GRE_CSUM of linux/if_tunnel.h, in what is sent and in what is expected. */
const KEY = 0x2000;
const CSUM = 0x8000;
const [IFLAGS, OFLAGS, OKEY] = [2, 3, 5];

/** Numbers: IFLA_GRE_* of linux/if_tunnel.h. */
const common = (layout: 'ipv4' | 'ipv6') =>
  ({
    local: end('local', 6, layout),
    remote: end('remote', 7, layout),
    // As a number; `ip` prints it as if it were an address. 0 is printed where there is none.
    key: {
      ...fixed,
      schema: z.int().min(1).max(0xffff_ffff).nullable(),
      initial: null,
      word: 'key',
      printed: 'ikey',
      read: keyOf,
      netlink: {
        type: 4,
        layout: 'be32',
        also: [
          { type: OKEY, layout: 'be32' },
          { type: IFLAGS, layout: 'be16', bit: KEY },
          { type: OFLAGS, layout: 'be16', bit: KEY },
        ],
      },
    },
    csum: {
      ...fixed,
      schema: z.boolean(),
      initial: false,
      word: 'csum',
      words: (value) => [value === true ? 'csum' : 'nocsum'],
      printed: 'icsum',
      read: isOn,
      netlink: { type: IFLAGS, layout: 'be16', bit: CSUM, also: [{ type: OFLAGS, layout: 'be16', bit: CSUM }] },
    },
    // Without initial: the kernel's is 0, and iproute2 says 64 over IPv6.
    ttl: { ...fixed, schema: byte, word: 'ttl', read: ttlOf, netlink: { type: 8, layout: 'u8' } },
  }) satisfies Readonly<Record<string, DeviceAttribute>>;

function keyOf(printed: unknown): number | null {
  const text = String(printed);
  const value = text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return value === 0 ? null : value;
}

function ttlOf(printed: unknown): number {
  return printed === 'inherit' ? 0 : Number(printed);
}

export const gretapDevice = deviceKind({
  kind: 'gretap',
  lower: { word: 'dev', type: 1 },
  attributes: {
    ...common('ipv4'),
    tos: {
      ...fixed,
      schema: byte,
      initial: 0,
      word: 'tos',
      read: (printed) => (printed === 'inherit' ? 1 : Number(printed)),
      write: hex,
      netlink: { type: 9, layout: 'u8' },
    },
    pmtudisc: {
      ...fixed,
      schema: z.boolean(),
      initial: true,
      word: 'pmtudisc',
      words: (value) => [value === true ? 'pmtudisc' : 'nopmtudisc'],
      read: isOn,
      netlink: { type: 10, layout: 'u8' },
    },
  },
});

/** The traffic class is in bits 20 to 27 of the first word of an IPv6 header. */
const CLASS = 2 ** 20;

export const ip6gretapDevice = deviceKind({
  kind: 'ip6gretap',
  lower: { word: 'dev', type: 1 },
  attributes: {
    ...common('ipv6'),
    tos: {
      ...fixed,
      schema: byte,
      initial: 0,
      word: 'tclass',
      words: (value) => ['tclass', hex(value)],
      write: (value) => String(Number(value) * CLASS),
      read: (printed) => (typeof printed === 'string' ? Number(printed) : Math.floor(Number(printed) / CLASS) % 256),
      netlink: { type: 12, layout: 'be32' },
    },
    // IP6_TNL_F_IGN_ENCAP_LIMIT: without it each packet has an option of eight bytes that says how deep tunnels may nest.
    plain: {
      ...fixed,
      schema: z.boolean(),
      word: 'encaplimit',
      words: (value) => ['encaplimit', value === true ? 'none' : '4'],
      printed: 'ip6_tnl_f_ign_encap_limit',
      initial: false,
      read: isOn,
      netlink: { type: 13, layout: 'u32', bit: 1 },
    },
  },
});

/** What joins it to the nodes. An isolated port reaches only ports that are not (IFLA_BRPORT_ISOLATED). */
export const switchDevices = [
  deviceKind({
    kind: 'bridge',
    attributes: {},
    ports: {
      isolated: { schema: z.boolean(), word: 'isolated', read: isOn, netlink: { type: 33, layout: 'u8' } },
    },
  }),
  deviceKind({ kind: 'veth', attributes: {} }),
];
