import { z } from 'zod';

/** Protocols whose ports a service listens on. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** First and last of a run of ports. */
export type PortRange = readonly [first: number, last: number];

/** Ports that a node listens on. */
export interface ExposedPorts {
  readonly ports: PortRange;
  readonly protocol: PortProtocol;
}

const EXPOSED = /^([0-9-]+)(?:\/(tcp|udp|sctp))?$/i;

/** `6379`, `53/udp`, `7000-7009`: as `docker run --expose` takes it. */
export function parseExposed(text: string | number): ExposedPorts | undefined {
  const [, numbers = '', protocol = 'tcp'] = EXPOSED.exec(String(text)) ?? [];
  const ports = parsePortRange(numbers);
  return ports && { ports, protocol: protocol.toLowerCase() as PortProtocol };
}

/** `80`, `7000-7009`. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, low, high = low] = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  return first <= last && last <= 65_535 ? [first, last] : undefined;
}

/** One entry of a list of ports, in the grammar of `parse`. */
export const portsBy = (
  parse: (it: string | number) => unknown,
  allowed: string,
): z.ZodUnion<[z.ZodString, z.ZodInt]> =>
  z
    .union([z.string(), z.int()], { error: allowed })
    .refine((it) => parse(it) !== undefined, { error: allowed }) as z.ZodUnion<[z.ZodString, z.ZodInt]>;

/** Ports by number, run and protocol, as a file has them. */
export const exposedPorts = z.array(portsBy(parseExposed, 'ports as `6379`, `53/udp`, `7000-7009`'));

export const exposedOf = (given: readonly (string | number)[] = []): readonly ExposedPorts[] =>
  given.flatMap((it) => parseExposed(it) ?? []);

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number or a boolean' });

const text = (pattern: RegExp, allowed: string) => z.string({ error: allowed }).regex(pattern, allowed);

/** `NAME=VALUE`, the name of a grammar. */
const pair = (name: RegExp, allowed: string) =>
  z
    .string({ error: allowed })
    .refine((it) => it.includes('=') && name.test(it.slice(0, it.indexOf('='))), { error: allowed });

type Scalar = string | number | boolean;

/** Names with values as a file has them. */
export type Pairs<V = Scalar> = Readonly<Record<string, V>> | readonly string[];

/** A map, or a list of `NAME=VALUE`. */
export const pairs = (name: RegExp, allowedName: string, allowedPair: string): z.ZodType<Pairs, Pairs> =>
  z.union([z.record(text(name, allowedName), scalar), z.array(pair(name, allowedPair))]);

/** No line break, which would make two of it wherever a program lists them. */
const ENV_NAME = /^[^=\n]+$/;

/** Environment variables as a file has them; nothing (`DB_PORT:`) takes away what a service link would set. */
export const environment: z.ZodType<Pairs<Scalar | null>, Pairs<Scalar | null>> = z.union([
  z.record(text(ENV_NAME, 'a name without = and line breaks'), scalar.nullable()),
  z.array(pair(ENV_NAME, 'NAME=VALUE, such as `HOME=${HOME}` for what is in your own environment')),
]);

/** Each name with its text, or with `null` where nothing stands for it. */
export function pairsOf<V extends Scalar | null>(
  given: Pairs<V> = {},
): Readonly<Record<string, V extends null ? string | null : string>> {
  const all: readonly (readonly [string, Scalar | null])[] = Array.isArray(given)
    ? (given as readonly string[]).map(splitPair)
    : Object.entries(given as Readonly<Record<string, V>>);
  return Object.fromEntries(all.map(([name, value]) => [name, value === null ? null : String(value)])) as never;
}

const splitPair = (it: string): readonly [string, string] => [
  it.slice(0, it.indexOf('=')),
  it.slice(it.indexOf('=') + 1),
];
