import {
  type Change,
  type ExecOp,
  nftAccept,
  nftAnyOf,
  nftDrop,
  nftField,
  nftMatch,
  nftMeta,
  nftTable as tableOf,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { nftTable } from './nft-table.js';

const host = { host: 'local' };

const table = tableOf(host, 'shop', 'bridge', {
  sets: [{ name: 'ports', type: 'ifname', elem: ['web', 'redis'] }],
  chains: [
    { name: 'isolated', rules: [[nftDrop]] },
    {
      name: 'forward',
      type: 'filter',
      hook: 'forward',
      prio: -200,
      policy: 'accept',
      rules: [
        [nftMatch(nftMeta('iifname'), nftAnyOf(['web', 'redis'])), nftAccept],
        [nftMatch({ '&': [nftField('tcp', 'flags'), { '|': ['syn', 'ack'] }] }, 'syn'), nftDrop],
      ],
    },
  ],
});
const marked = nftTable.mark?.(table, 'shop') ?? table;
const made: Change = {
  action: 'create',
  type: 'nft-table',
  key: table.key,
  id: table.id,
  on: host,
  after: marked,
  fields: [],
};
const { after: _, ...rest } = made;
const gone: Change = { ...rest, action: 'delete', before: marked };

interface Command {
  readonly add?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly delete?: object;
}

const commandsOf = (change: Change): readonly Command[] => {
  const [op] = nftTable.write(change as never, { role: 'alone' }) as readonly ExecOp[];
  return (JSON.parse(op?.stdin ?? '') as { readonly nftables: readonly Command[] }).nftables;
};

test('is written in one transaction: the old away, the new there', () => {
  const commands = commandsOf(made);
  expect(commands.slice(0, 3)).toEqual([
    { add: { table: { family: 'bridge', name: 'pipewright-shop' } } },
    { delete: { table: { family: 'bridge', name: 'pipewright-shop' } } },
    { add: { table: { family: 'bridge', name: 'pipewright-shop', comment: 'pipewright:shop:bridge' } } },
  ]);
  expect(commands.slice(3).map((it) => Object.keys(it.add ?? {})[0])).toEqual([
    ...['set', 'chain', 'chain'],
    ...['rule', 'rule', 'rule'],
  ]);
  expect(commandsOf(gone)).toEqual(commands.slice(0, 2));
});

/** As nft 1.0.6 lists what was written: with handles, in an order of its own, flags in a list. */
function listed(edit: (rows: Record<string, unknown>[]) => Record<string, unknown>[] = (it) => it): string {
  const rows = commandsOf(made)
    .slice(3)
    .map(({ add }, index) => {
      const [[type, row] = ['', {}]] = Object.entries(add ?? {});
      return { [type]: { ...row, handle: index, ...(type === 'set' ? { elem: ['redis', 'web'] } : {}) } };
    });
  const head = [{ metainfo: {} }, { table: { family: 'bridge', name: 'pipewright-shop', handle: 9 } }];
  const text = JSON.stringify({ nftables: [...head, ...edit(rows)] });
  return text.replace('{"|":["ack","syn"]}', '["syn","ack"]').replace('["redis","web"]}', '["web","redis"]}');
}

const read = (text: string) => nftTable.point?.([table]).parse(text) ?? [];

test('what is listed is what was written, whatever its order', () => {
  const [found] = read(`${listed()}\n`);
  expect(found?.attrs).toEqual(marked.attrs);
});

test('a rule by hand, and what is none of a rule, are seen and put back as they were', () => {
  const byHand = {
    rule: { family: 'bridge', table: 'pipewright-shop', chain: 'forward', expr: [nftDrop], handle: 77 },
  };
  const counter = {
    counter: { family: 'bridge', table: 'pipewright-shop', name: 'c', handle: 78, packets: 0, bytes: 0 },
  };
  const [found] = read(listed((rows) => [...rows, byHand, counter]));
  expect(found?.attrs.chains[0]?.rules.at(-1)).toEqual({ expr: [nftDrop], comment: null });
  const before = { ...marked, attrs: found?.attrs ?? marked.attrs };
  const commands = commandsOf({ ...made, after: before });
  expect(commands).toContainEqual({ add: { rule: { ...byHand.rule, handle: undefined } } });
  expect(commands).toContainEqual({
    add: { counter: { family: 'bridge', table: 'pipewright-shop', name: 'c', packets: 0, bytes: 0 } },
  });
});

const owner = (text: string): string | undefined => {
  const [found] = read(text);
  return found && nftTable.owner?.({ ...table, attrs: found.attrs }, [], 'shop');
};

test('is ours by its name and by a mark on a rule; one without rules by its name', () => {
  expect(owner(listed())).toBe('shop');
  expect(owner(listed((rows) => rows.filter((it) => !('rule' in it))))).toBe('shop');
  const unmarked = (text: string): string => text.replaceAll('pipewright:shop:bridge', 'mine');
  expect(owner(unmarked(listed()))).toBeUndefined();
});

test('nft is not asked where the kernel has no such table, and is where nobody knows', () => {
  const direct = (tables: readonly string[] | undefined) =>
    nftTable.point?.([table]).direct?.({ text: () => undefined, ethtool: () => undefined, nftTables: () => tables });
  expect(direct(['ip nat', 'inet pipewright-shop'])).toEqual([]);
  expect(direct(['bridge pipewright-shop'])).toBeUndefined();
  expect(direct(undefined)).toBeUndefined();
});

test('what a topology may have left, by its name', () =>
  expect(nftTable.traces?.('shop', 'local').map(({ key }) => key)).toEqual([
    'nft-table:local//bridge pipewright-shop',
    'nft-table:local//inet pipewright-shop',
  ]));
