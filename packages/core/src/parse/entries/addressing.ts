import { asArray, formatCidr, ip, ipAddress, oneOrMore, parseIp, z } from '@pipewright/plugin';
import type { Addressing, NicEntry } from '../../topology.js';

const addressWords = 'an IPv4 or IPv6 address, with or without its prefix length (10.0.0.1/24, fd00::1)';

/** One text, or a list of texts; the single text may also be one of a few words. */
const textOrWords = (schema: z.ZodString, words: readonly string[], allowed: string): z.ZodString =>
  z
    .string()
    .refine((text) => words.includes(text) || schema.safeParse(text).success, { error: () => allowed })
    .meta({ description: allowed, examples: [...words] });

const listed = (words: readonly string[]): string =>
  words.map((it, index) => `${index === 0 ? ', ' : index === words.length - 1 ? ' or ' : ', '}\`${it}\``).join('');

/** Addresses of a nic that joins a network: the network's subnets can supply them, or what answers to one of `more`. */
export const nicAddressing = (more: readonly string[]) =>
  oneOrOthers(
    ipAddress,
    ['auto', 'none', ...more],
    `${addressWords}${listed(['auto', 'none', ...more])}`,
    oneOfSeveral(more),
  );

/** Addresses of a link's end: there is no subnet to take one from. */
export const endAddressing = (more: readonly string[]) =>
  oneOrOthers(
    ipAddress,
    ['none', ...more],
    more.length === 0 ? `${addressWords}, or \`none\`` : `${addressWords}${listed(['none', ...more])}`,
    oneOfSeveral(more),
  );

/** Those of `more` may stand beside others. */
const oneOfSeveral = (more: readonly string[]): z.ZodString =>
  more.length === 0 ? ipAddress : textOrWords(ipAddress, more, `${addressWords}${listed(more)}`);

export const gateways = oneOrOthers(ip, ['none'], 'an IPv4 or IPv6 address (10.0.0.1, fd00::1), or `none`').refine(
  (value) => oneEachFamily(asArray(value)),
  { error: () => 'one address a family at the most' },
);

/** One text or word, or several, `each` of which may be what that says. */
function oneOrOthers(
  schema: z.ZodString,
  words: readonly string[],
  allowed: string,
  each = schema,
): z.ZodUnion<[z.ZodString, z.ZodArray<z.ZodString>]> {
  return z.union([textOrWords(schema, words, allowed), z.array(each).min(1)]);
}

/** As `ip address` takes it: without a length an address is all there is of its subnet. */
export const loopback = oneOrMore(
  ipAddress.overwrite((text) => {
    const alone = parseIp(text);
    return alone ? formatCidr(alone) : text;
  }),
);

function oneEachFamily(addresses: readonly string[]): boolean {
  const families = addresses.flatMap((text) => parseIp(text)?.family ?? []);
  return new Set(families).size === families.length;
}

type Written = string | readonly string[] | undefined;

/** Without a word, what finds addresses by itself is enough. Words of such stay where they stand among addresses. */
export function addressingOf(value: Written, otherwise: 'auto' | 'none', dynamic: NicEntry['dynamic']): Addressing {
  if (value === undefined) return dynamic.length > 0 ? 'none' : otherwise;
  if (value === 'auto' || value === 'none') return value;
  const texts = asArray(value);
  return texts.every((it) => dynamic.some(({ by }) => by === it)) ? 'none' : texts;
}

export function gatewaysOf(value: Written): readonly string[] | 'none' | undefined {
  return value === undefined || value === 'none' ? value : asArray(value);
}
