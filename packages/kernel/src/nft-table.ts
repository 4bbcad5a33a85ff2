import {
  canonicalNft,
  type ExecOp,
  type Found,
  type NftChain,
  type NftExpression,
  type NftRule,
  type NftSet,
  nftTable as tableOf,
  type NftTableAttrs,
  type Resource,
  resourceType,
  z,
} from '@pipewright/plugin';
import { markOf, parseMark } from './mark.js';

/** With its comment, which is its mark: each of its rules has it, too, because nft 1.0 prints no table's as JSON. */
type MarkedTable = NftTableAttrs & { readonly comment?: string };

// A document for each that is there. Names are of our own grammar, and arguments besides. Protocols as numbers: their
// names are the host's (/etc/protocols).
const READ =
  'command -v nft > /dev/null || exit 0; while [ "$#" -gt 1 ]; do nft -j -p list table "$1" "$2" 2> /dev/null || :; shift 2; done';

const titleOf = ({ family, name }: NftTableAttrs): string => `${family} ${name}`;

/** A command of libnftables-json(5). */
type Command = Readonly<Record<string, unknown>>;

// nft opens its standard input by name, which cannot be done where that is a socket.
const WRITE = 'cat | nft -j -f -';

const nft = ({ on }: Resource, commands: readonly Command[]): ExecOp => ({
  op: 'exec',
  on,
  argv: ['sh', '-c', WRITE],
  stdin: JSON.stringify({ nftables: commands }),
});

/** Adding first lets the deletion succeed whatever is there. */
const away = ({ attrs: { family, name } }: Resource<MarkedTable>): readonly Command[] => [
  { add: { table: { family, name } } },
  { delete: { table: { family, name } } },
];

function there({ attrs }: Resource<MarkedTable>): readonly Command[] {
  const { family, name, comment, sets, chains, others } = attrs;
  const of = { family, table: name };
  const remark = (rule: NftRule): object => {
    const text = rule.comment === undefined ? comment : rule.comment;
    return typeof text === 'string' ? { comment: text } : {};
  };
  return [
    { add: { table: { family, name, ...(comment === undefined ? {} : { comment }) } } },
    ...others.flatMap((it) =>
      Object.entries(it).map(([type, row]) => ({ add: { [type]: { ...of, ...(row as object) } } })),
    ),
    ...sets.map((set) => ({ add: { set: { ...of, ...set } } })),
    ...chains.map(({ rules: _, ...chain }) => ({ add: { chain: { ...of, ...chain } } })),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.map((rule) => ({ add: { rule: { ...of, chain, ...remark(rule), expr: rule.expr } } })),
    ),
  ];
}

/** A row of what nft lists: its type, and what is said of it without what only the kernel gives it. */
interface Row {
  readonly type: string;
  readonly said: Readonly<Record<string, unknown>>;
}

function rowsOf(document: string): readonly Row[] {
  const { nftables = [] } = JSON.parse(document) as { readonly nftables?: readonly Record<string, object>[] };
  return nftables.flatMap((it) =>
    Object.entries(it).map(([type, row]) => {
      const { handle: _, ...said } = row as Row['said'];
      return { type, said };
    }),
  );
}

function read(document: string): readonly Found<MarkedTable>[] {
  const rows = rowsOf(document);
  const table = rows.find(({ type }) => type === 'table')?.said;
  if (!table) return [];
  const own = (wanted: (type: string) => boolean): readonly Row[] =>
    rows
      .filter(({ type }) => wanted(type))
      .map(({ type, said: { family: _, table: __, ...said } }) => ({ type, said }));
  const rules = own((type) => type === 'rule').map(({ said }) => said as unknown as ReadRule);
  const comment = [table['comment'], ...rules.map((it) => it.comment)].find((it) => parseMark(it) !== undefined);
  const attrs: MarkedTable = {
    family: table['family'] as MarkedTable['family'],
    name: String(table['name']),
    sets: own((type) => type === 'set').map(({ said }) => said as unknown as NftSet),
    chains: own((type) => type === 'chain').map(({ said }) => ({
      ...(said as unknown as Omit<NftChain, 'rules'>),
      rules: rules.filter((it) => it.chain === said['name']).map((it) => ruleOf(it, comment)),
    })),
    others: own((type) => !KNOWN.includes(type)).map(({ type, said }) => ({ [type]: said })),
    ...(typeof comment === 'string' ? { comment } : {}),
  };
  return [{ attrs: canonicalNft(attrs) }];
}

const KNOWN: readonly string[] = ['metainfo', 'table', 'set', 'chain', 'rule'];

interface ReadRule {
  readonly chain: string;
  readonly comment?: string;
  readonly expr: readonly NftExpression[];
}

const ruleOf = ({ comment, expr }: ReadRule, mark: unknown): NftRule =>
  comment === mark && comment !== undefined ? { expr } : { expr, comment: comment ?? null };

/** By its name and, where it has any rules, by a mark on one of them: nobody's table is taken for ours by chance. */
function ownerOf({ attrs: { name, comment, chains } }: Resource<MarkedTable>): string | undefined {
  const [, topology] = /^pipewright-(.+)$/.exec(name) ?? [];
  const isEmpty = chains.every(({ rules }) => rules.length === 0);
  return parseMark(comment)?.topology === topology || isEmpty ? topology : undefined;
}

/** What of tables a topology may have. */
const FAMILIES = ['bridge', 'inet'] as const;

/**
 * A table of nftables, whole: one a topology and family, replaced in one transaction, so that packets meet the old one or
 * the new one. nft is asked only of tables that the topology has or had.
 */
export const nftTable = resourceType<MarkedTable>({
  type: 'nft-table',
  get attrs() {
    const rule = z.object({ expr: z.array(z.looseObject({})), comment: z.string().nullable().optional() });
    return z.object({
      family: z.enum(FAMILIES),
      name: z.string(),
      sets: z.array(z.looseObject({ name: z.string() })),
      chains: z.array(z.looseObject({ name: z.string(), rules: z.array(rule) })),
      others: z.array(z.looseObject({})),
      comment: z.string().optional(),
    });
  },
  classes: { family: 'fixed', name: 'fixed' },
  exclusive: true,
  name: titleOf,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, comment: markOf(topology, it.id) } }),
  owner: ownerOf,
  queries: [],
  parse: () => [],
  point: (wanted) => ({
    argv: ['sh', '-c', READ, 'sh', ...wanted.flatMap(({ attrs }) => [attrs.family, attrs.name])],
    tables: wanted.map(({ attrs }) => titleOf(attrs)),
    parse: (stdout) => stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : read(line))),
    direct: ({ nftTables }) => {
      const tables = nftTables();
      return tables && !wanted.some(({ attrs }) => tables.includes(titleOf(attrs))) ? [] : undefined;
    },
  }),
  traces: (topology, host) => FAMILIES.map((family) => tableOf({ host }, topology, family, { chains: [] })),
  write: ({ before, after }) => {
    if (after) return [nft(after, [...away(after), ...there(after)])];
    return before ? [nft(before, away(before))] : [];
  },
});
