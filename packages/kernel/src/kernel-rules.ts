import type { RuleAttrs } from '@pipewright/plugin';

/** RTPROT_KERNEL. */
const BY_KERNEL = 2;
const SELECTORS = ['from', 'to', 'fwmark', 'iif', 'oif'] as const;
const WORDS: ReadonlyMap<number, string> = new Map([
  [255, 'local'],
  [254, 'main'],
  [253, 'default'],
]);

type ReadRule = RuleAttrs & { readonly protocol?: number; readonly further?: readonly number[] };

const beginning = (family: 4 | 6, priority: number, table: number): ReadRule => ({
  family,
  priority,
  table,
  protocol: BY_KERNEL,
});

/** What a namespace begins with: fib_default_rules_init of net/ipv4/fib_rules.c, fib6_rules_net_init of net/ipv6/fib6_rules.c. */
const KERNEL_RULES: readonly ReadRule[] = [
  beginning(4, 0, 255),
  beginning(4, 32_766, 254),
  beginning(4, 32_767, 253),
  beginning(6, 0, 255),
  beginning(6, 32_766, 254),
];

export const isKernelRule = ({ protocol }: ReadRule): boolean => protocol === BY_KERNEL;

/** Without those that every namespace begins with, as long as none of them is gone. */
export function newsOf<R extends { readonly attrs: ReadRule }>(family: 4 | 6, found: readonly R[]): readonly R[] {
  const others = found.filter(({ attrs }) => !isKernelRule(attrs));
  const begun = KERNEL_RULES.filter((it) => it.family === family);
  return found.length - others.length < begun.length ? found : others;
}

/**
 * Those of the kernel's own that are gone from among the `rules` of one namespace, and whose tables nobody else looks up:
 * `ip rule flush` takes all but the first, and without that to the main table nothing is reached.
 */
export function lostRules(rules: readonly ReadRule[]): readonly RuleAttrs[] {
  const families = new Set(rules.filter(isKernelRule).map(({ family }) => family));
  const lookedUp = new Set(
    rules
      .filter(isForAll)
      .flatMap(({ family, table, further = [] }) => [table, ...further].map((it) => `${family} ${it}`)),
  );
  return KERNEL_RULES.filter((it) => families.has(it.family) && !lookedUp.has(`${it.family} ${it.table}`));
}

const isForAll = (it: ReadRule): boolean => SELECTORS.every((selector) => it[selector] === undefined);

/** `main (IPv4), default (IPv4)`. */
export const tablesOf = (rules: readonly RuleAttrs[]): string =>
  rules.map(({ family, table }) => `${WORDS.get(table) ?? String(table)} (IPv${String(family)})`).join(', ');
