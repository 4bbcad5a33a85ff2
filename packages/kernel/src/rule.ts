import { type Found, netlink, type RuleAttrs, resourceType, ruleName, z } from '@pipewright/plugin';
import { isKernelRule, newsOf } from './kernel-rules.js';
import { ownerByProtocol, PROTOCOL } from './mark.js';
import { ip, numberOf, rowsOf } from './rows.js';

/** With who made it, and the tables of further ones that differ in nothing else: what a change left that was cut short. */
type MarkedRule = RuleAttrs & { readonly protocol?: number; readonly further?: readonly number[] };

interface IpRule {
  readonly priority: number;
  readonly src: string;
  readonly srclen: number;
  readonly dst: string;
  readonly dstlen: number;
  readonly fwmark: string;
  readonly iif: string;
  readonly oif: string;
  readonly table: string;
  readonly protocol: string;
}

const readAll = (answer: unknown, family: 4 | 6): readonly Found<MarkedRule>[] =>
  newsOf(
    family,
    rowsOf<IpRule>(answer).flatMap((row) => read(row, family)),
  );

function read(row: Partial<IpRule>, family: 4 | 6): readonly Found<MarkedRule>[] {
  const protocol = numberOf(row.protocol, 0);
  if (row.priority === undefined || row.table === undefined) return [];
  const prefix = (address: string | undefined, length: number | undefined): string | undefined =>
    address === undefined || address === 'all'
      ? undefined
      : `${address}/${String(length ?? (family === 6 ? 128 : 32))}`;
  const found = {
    from: prefix(row.src, row.srclen),
    to: prefix(row.dst, row.dstlen),
    fwmark: row.fwmark === undefined ? undefined : Number(row.fwmark),
    iif: row.iif,
    oif: row.oif,
  };
  const selectors = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return [{ attrs: { family, priority: row.priority, table: numberOf(row.table, 254), protocol, ...selectors } }];
}

/** Rules of one name by one maker are one. */
function together(found: readonly Found<MarkedRule>[]): readonly Found<MarkedRule>[] {
  const first = new Map<string, Found<MarkedRule>>();
  for (const it of found) {
    const name = `${ruleName(it.attrs)} ${String(it.attrs.protocol)}`;
    const known = first.get(name);
    const further = [...(known?.attrs.further ?? []), it.attrs.table];
    first.set(name, known ? { attrs: { ...known.attrs, further } } : it);
  }
  return [...first.values()];
}

const eachOf = ({ further = [], ...attrs }: MarkedRule): readonly MarkedRule[] =>
  [attrs.table, ...further].map((table) => ({ ...attrs, table }));

export const rule = resourceType<MarkedRule>({
  type: 'rule',
  get attrs() {
    return z.object({
      family: z.literal([4, 6]),
      priority: z.int(),
      from: z.string().optional(),
      to: z.string().optional(),
      fwmark: z.int().optional(),
      iif: z.string().optional(),
      oif: z.string().optional(),
      table: z.int(),
      protocol: z.int().optional(),
      further: z.array(z.int()).readonly().optional(),
    });
  },
  name: ruleName,
  mark: (it) => ({ ...it, attrs: { ...it.attrs, protocol: PROTOCOL } }),
  owner: (found, all) => ownerByProtocol(found, all, undefined),
  queries: [ip({ object: 'rule', family: 4 }, 'rule', 'show'), ip({ object: 'rule', family: 6 }, '-6', 'rule', 'show')],
  parse: ([four, six]) => together([...readAll(four, 4), ...readAll(six, 6)]),
  comesAlong: ({ attrs }) => isKernelRule(attrs),
  // The kernel changes no rule. The new one comes first, so that no packet meets neither, but where it would be the same.
  write: ({ before, after, on }) => {
    const gone = before ? eachOf(before.attrs).map((it) => netlink(on, 'rule', 'del', it)) : [];
    const made = after ? eachOf(after.attrs).map((it) => netlink(on, 'rule', 'add', it)) : [];
    return before?.attrs.table === after?.attrs.table ? [...gone, ...made] : [...made, ...gone];
  },
});
