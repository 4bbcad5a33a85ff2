import { z } from 'zod';
import { formatCidr, networkOf, networkValue, parseCidr, parseIp } from './ip.js';

/**
 * Words of a topology with their grammar. Each is a plain string schema with a `pattern`, so that it also stands in
 * the JSON Schema; the finer check says what was found.
 */

// Without %: the kernel makes a number of `%d`. Without the words iproute2 takes for something else.
const INTERFACE = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
const CHARACTERS = 'letters, digits, _ . + -; starting with a letter, a digit or _';
const KEYWORDS = new Set(['all', 'default', 'dev', 'name', 'type', 'help', 'via', 'peer', 'lo']);

const checked = (schema: z.ZodString, ok: (text: string) => boolean, allowed: string): z.ZodString =>
  schema.refine(ok, { error: () => allowed }).meta({ description: allowed });

/** A device name as the kernel takes it: at most 15 bytes. */
export const ifname = checked(
  z.string().max(15, 'a device name of at most 15 bytes').regex(INTERFACE, CHARACTERS),
  (text) => !KEYWORDS.has(text),
  'a device name: at most 15 letters, digits, _ . + -; not a word iproute2 reads otherwise',
);

/** A nic's name in a topology: longer ones live on as altname. */
export const nicName = checked(
  z.string().max(127, 'a nic name of at most 127 bytes').regex(INTERFACE, CHARACTERS),
  (text) => !KEYWORDS.has(text),
  'a nic name: letters, digits, _ . + -; not lo, nor a word iproute2 reads otherwise; over 15 bytes it becomes an altname',
);

/** What people call topologies, nodes, networks: safe in file names, hosts files, DNS labels with dots. */
export const topologyName = z
  .string()
  .max(63, 'a name of at most 63 bytes')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name: letters, digits, _ . -; starting with a letter or digit');

const PORT = '[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]';

const SSH_NAME = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?';

/** An IPv6 address stands by itself only: ssh takes none in `ssh://`, in brackets or not. */
const SSH_HOST = `(?:${SSH_NAME}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)`;

/** Where ssh goes. Never an option, and nothing that a shell reads as more than a word: ssh_config may hand it to one. */
export const sshDestination = z
  .string()
  .max(255, 'at most 255 bytes')
  .regex(
    new RegExp(
      `^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?${SSH_HOST}$|^ssh://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?${SSH_NAME}(?::(?:${PORT}))?$`,
    ),
    'where ssh goes: root@h1, 198.51.100.1, a name of its configuration, ssh://root@h1:2222',
  )
  .meta({ description: 'where ssh goes: `root@h1`, a name of its configuration, `ssh://root@h1:2222`' });

/** As the kernel prints it, however it was written: `FD00:0::1` is `fd00::1`. What is no address stays as it is. */
const canonical = (text: string): string => {
  const parsed = parseIp(text) ?? parseCidr(text);
  return parsed === undefined ? text : text.includes('/') ? formatCidr(parsed) : parsed.address;
};

const addressText = z.string().overwrite(canonical);

export const ip = checked(
  addressText,
  (text) => parseIp(text) !== undefined,
  'an IPv4 or IPv6 address: 10.0.0.1, fd00::1',
);

export const cidr = checked(
  addressText,
  (text) => parseCidr(text) !== undefined,
  'an address with its prefix length: 10.0.0.1/24, fd00::1/64',
);

/** An address, with or without its prefix length. */
export const ipAddress = checked(
  addressText,
  (text) => parseCidr(text) !== undefined || parseIp(text) !== undefined,
  'an IPv4 or IPv6 address, with or without its prefix length: 10.0.0.1/24, 10.0.0.1, fd00::1/64',
);

/** A subnet: the host part is zero. */
export const subnet = addressText
  .meta({ description: 'a subnet: 10.0.0.0/24, fd00::/64' })
  .superRefine((text, context) => {
    const parsed = parseCidr(text);
    if (!parsed) context.addIssue({ code: 'custom', message: 'a subnet: 10.0.0.0/24, fd00::/64' });
    else if (networkValue(parsed) !== parsed.value)
      context.addIssue({ code: 'custom', message: `a subnet, with nothing in its host part: ${networkOf(parsed)}` });
  });

/** A unicast MAC address in colon form. */
export const mac = checked(
  z.string().regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address: 02:00:00:00:00:01'),
  (text) => (Number.parseInt(text.slice(0, 2), 16) & 1) === 0 && !/^(00:){5}00$/.test(text),
  'a unicast MAC address: its first byte is even, and it is not all zero (02:00:00:00:00:01)',
);

/** Bytes of payload a frame carries. 68 is the least IPv4 works with (RFC 791), 1280 the least for IPv6 (RFC 8200). */
export const mtu = z
  .int({ error: 'an MTU: a whole number of bytes from 68 to 65535' })
  .min(68, 'an MTU from 68 to 65535')
  .max(65535, 'an MTU from 68 to 65535')
  .meta({ description: 'bytes of payload that a frame carries, from 68 to 65535' });

const VLAN_ID = 'a VLAN id from 1 to 4094';

/** 0 and 4095 are reserved (IEEE 802.1Q). */
export const vlanId = z
  .int({ error: () => VLAN_ID })
  .min(1, VLAN_ID)
  .max(4094, VLAN_ID);

/** One or several of a kind. */
export const oneOrMore = <T extends z.ZodType>(schema: T): z.ZodUnion<[T, z.ZodArray<T>]> =>
  z.union([schema, z.array(schema).min(1)]);

export const asArray = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/**
 * Addresses that a network gives the host, each once. One without its prefix length has that of the subnet: what a driver
 * compiles stands whole in `NetworkSpec.addresses`.
 */
export const ownAddresses = oneOrMore(ipAddress).superRefine((it, context) => {
  const all = asArray(it);
  for (const [index, text] of all.entries())
    if (all.slice(0, index).some((other) => isSameAddress(other, text)))
      context.addIssue({ code: 'custom', path: [index], message: 'an address that the list does not have already' });
});

function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  if (a && b) return formatCidr(a) === formatCidr(b);
  return (a ?? parseIp(one))?.address === (b ?? parseIp(other))?.address;
}

export { formatCidr, z };
