import type { CommandResult } from '@pipewright/plugin';
import type { Namespace, NftRow } from './state.js';

/** What `nft -j list table` prints. */
export const listing = (rows: readonly NftRow[]): string => JSON.stringify({ nftables: rows });

/** How it was started. */
interface Call {
  readonly argv: readonly string[];
  readonly stdin?: string | undefined;
  readonly namespace?: Namespace;
}

/** A shell that runs `nft -j -f -`: all of a transaction is done, or nothing of it. */
export function nft({ argv, stdin = '', namespace }: Call): Partial<CommandResult> | undefined {
  if (!namespace || !argv.at(-1)?.endsWith('nft -j -f -')) return undefined;
  const tables = new Map(namespace.tables);
  const { nftables } = JSON.parse(stdin) as { readonly nftables: readonly Command[] };
  for (const it of nftables) {
    const error = it.add ? added(it.add, tables) : deleted(it.delete ?? {}, tables);
    if (error !== undefined) return { code: 1, stderr: `Error: ${error}` };
  }
  namespace.tables.clear();
  for (const [title, rows] of tables) namespace.tables.set(title, rows);
  return undefined;
}

interface Command {
  readonly add?: NftRow;
  readonly delete?: NftRow;
}

type Tables = Map<string, readonly NftRow[]>;

const MISSING = 'No such file or directory';

const titleOf = ({ family, table }: NftRow[string]): string => `${String(family)} ${String(table)}`;

function added(row: NftRow, tables: Tables): string | undefined {
  const { table } = row;
  const said = Object.values(row)[0] ?? {};
  const title = table ? titleOf({ ...table, table: table['name'] }) : titleOf(said);
  const rows = tables.get(title);
  if (table) {
    if (!rows) tables.set(title, [{ table: { family: table['family'], name: table['name'] } }]);
    return undefined;
  }
  if (!rows) return MISSING;
  const chain = row['rule']?.['chain'];
  if (chain !== undefined && !rows.some((it) => it['chain']?.['name'] === chain)) return MISSING;
  if (setsNamedIn(row).some((name) => !rows.some((it) => it['set']?.['name'] === name))) return MISSING;
  tables.set(title, [...rows, row]);
  return undefined;
}

/** By its rule, `@ports`. */
const setsNamedIn = ({ rule }: NftRow): readonly string[] =>
  Array.from(JSON.stringify(rule?.['expr'] ?? []).matchAll(/"@([^"]+)"/g), ([, name = '']) => name);

function deleted({ table }: NftRow, tables: Tables): string | undefined {
  const isThere = table !== undefined && tables.delete(titleOf({ ...table, table: table['name'] }));
  return isThere ? undefined : MISSING;
}
