import { type Attrs, type Placement, type Resource } from './resource.js';
import { resource } from './constructors.js';

/**
 * What nftables is told, as `nft -j` reads and prints it: libnftables-json(5). Programs call numbers by names that they
 * look up on the host: protocols stand as numbers.
 */
export type NftExpression = Readonly<Record<string, unknown>>;

/** Families of tables that we make: frames between ports of a bridge, and packets of both versions of IP. */
export type NftFamily = 'bridge' | 'inet';

/** A rule with what it does, in order. */
export interface NftRule {
  readonly expr: readonly NftExpression[];
  /** `null`: none; absent: the mark of its table. */
  readonly comment?: string | null;
}

/** A chain; with a type and a hook it sees packets by itself. */
export interface NftChain {
  readonly name: string;
  readonly type?: 'filter' | 'nat' | 'route';
  readonly hook?: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  readonly prio?: number;
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly NftRule[];
}

/** A named set. */
export interface NftSet {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly flags?: readonly string[];
  /** Absent: none. */
  readonly elem?: readonly unknown[];
}

/** A table of nftables with all that is in it: written in one transaction, so that no packet meets half of it. */
export interface NftTableAttrs extends Attrs {
  readonly family: NftFamily;
  readonly name: string;
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  /** Maps, counters and the like that a user put into it. */
  readonly others: readonly NftExpression[];
}

interface NftContent {
  readonly sets?: readonly NftSet[];
  readonly chains: readonly (Omit<NftChain, 'rules'> & { readonly rules: readonly (readonly NftExpression[])[] })[];
}

/** What the table of a topology is called, in each family. */
export const nftTableName = (topology: string): string => `pipewright-${topology}`;

/** The one table that a topology has in a family. */
export function nftTable(
  on: Placement,
  topology: string,
  family: NftFamily,
  { sets = [], chains }: NftContent,
): Resource<NftTableAttrs> {
  const name = nftTableName(topology);
  const attrs = {
    family,
    name,
    sets,
    chains: chains.map((it) => ({ ...it, rules: it.rules.map((expr) => ({ expr })) })),
    others: [],
  };
  return resource('nft-table', on, `${family} ${name}`, canonicalNft(attrs), { id: family });
}

/** The same table always in the same words, whichever version of nft prints it and in whatever order. */
export const canonicalNft = <A extends Pick<NftTableAttrs, 'sets' | 'chains' | 'others'>>(table: A): A => ({
  ...table,
  sets: byText(
    table.sets.map(({ elem = [], ...it }) => ({ ...it, ...(elem.length > 0 ? { elem: byText(elem) } : {}) })),
  ),
  chains: byText(table.chains).map((it) => ({ ...it, rules: it.rules.map((rule) => canonical(rule)) })),
  others: byText(table.others),
});

/** By name, which their text begins with. */
const byText = <T>(values: readonly T[]): readonly T[] =>
  values
    .map((it) => [JSON.stringify(it), it] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, it]) => it);

/** Sets have no order, one of a single element is that element, and flags are joined in two ways. */
function canonical<T>(value: T): T {
  if (Array.isArray(value)) return value.map((it: unknown) => canonical(it)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, it]) => [key, canonical(it)] as const);
  const [[key, inner] = ['', undefined]] = entries;
  if (key === 'set' && Array.isArray(inner)) return (inner.length === 1 ? inner[0] : { set: byText(inner) }) as T;
  if (key === '|' && Array.isArray(inner)) return { '|': byText(inner) } as T;
  if (key === '&' && Array.isArray(inner) && Array.isArray(inner[1]))
    return { '&': [inner[0], { '|': byText(inner[1]) }] } as T;
  return Object.fromEntries(entries) as T;
}

/** `meta KEY`: a fact of the packet beside its content, `iifname`. */
export const nftMeta = (key: string): NftExpression => ({ meta: { key } });

/** A field of a header: `nftField('ip', 'saddr')`; of whatever transport it is: `th`. */
export const nftField = (protocol: string, field: string): NftExpression => ({ payload: { protocol, field } });

/** Goes on where the two are equal, or are as `op` says. */
export const nftMatch = (left: NftExpression, right: unknown, op: '==' | '!=' | 'in' = '=='): NftExpression => ({
  match: { op, left, right },
});

/** Any of these. */
export const nftAnyOf = (values: readonly unknown[]): NftExpression => ({ set: values });

/** All of these, side by side, as they stand in a set of such. */
export const nftConcat = (...parts: readonly unknown[]): NftExpression => ({ concat: parts });

export const nftAccept: NftExpression = { accept: null };
export const nftDrop: NftExpression = { drop: null };
export const nftMasquerade: NftExpression = { masquerade: null };
export const nftGoto = (target: string): NftExpression => ({ goto: { target } });
