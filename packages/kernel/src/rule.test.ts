import { type Change, rule as ruleOf } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { rule } from './rule.js';

const web = { host: 'local', node: 'web' };

// ip -j -d -N rule show; ip -j -d -N -6 rule show; iproute2 6.1
const FOUR = JSON.parse(
  `[{"priority":0,"src":"all","table":"255","protocol":"2"},{"priority":100,"src":"10.0.0.0","srclen":24,"dst":"10.9.0.0","dstlen":16,"fwmark":"0x5","iif":"eth0","table":"100","protocol":"201"},{"priority":110,"src":"10.0.0.7","table":"100","protocol":"3"},{"priority":32766,"src":"all","table":"254","protocol":"2"},{"priority":32767,"src":"all","table":"253","protocol":"2"}]`,
) as unknown;
const SIX = JSON.parse(
  `[{"priority":0,"src":"all","table":"255","protocol":"2"},{"priority":101,"src":"all","oif":"eth0","table":"300","protocol":"201"},{"priority":32766,"src":"all","table":"254","protocol":"2"}]`,
) as unknown;

test('reads both families, but the rules every namespace begins with', () =>
  expect(rule.parse([FOUR, SIX], { on: web, nodes: [], deviceKind: () => undefined }).map((it) => it.attrs)).toEqual([
    {
      family: 4,
      priority: 100,
      from: '10.0.0.0/24',
      to: '10.9.0.0/16',
      fwmark: 5,
      iif: 'eth0',
      table: 100,
      protocol: 201,
    },
    { family: 4, priority: 110, from: '10.0.0.7/32', table: 100, protocol: 3 },
    { family: 6, priority: 101, oif: 'eth0', table: 300, protocol: 201 },
  ]));

test('of those, what is left where some are gone', () => {
  const local = { priority: 0, src: 'all', table: '255', protocol: '2' };
  expect(rule.parse([[local], SIX], { on: web, nodes: [], deviceKind: () => undefined })).toMatchObject([
    { attrs: { family: 4, priority: 0, table: 255, protocol: 2 } },
    { attrs: { family: 6, priority: 101 } },
  ]);
});

const at = (table: number) => ruleOf(web, { family: 4, priority: 100, table });

test.each([
  ['the new before the old, so that no packet meets neither', 100, 200, ['add 200', 'del 100']],
  ['the old before the new, where the kernel would call it the same', 100, 100, ['del 100', 'add 100']],
])('an update: %s', (_, before, after, ops) => {
  const { type, key, id, on } = at(before);
  const change: Change<ReturnType<typeof at>['attrs']> = {
    action: 'update',
    type,
    key,
    id,
    on,
    fields: ['table'],
    before: at(before),
    after: at(after),
  };
  expect(
    rule
      .write(change, { role: 'alone' })
      .map((op) => (op.op === 'netlink' ? `${op.verb} ${String(op.attrs['table'])}` : '')),
  ).toEqual(ops);
});

test('what a change that was cut short has left is seen, and goes along', () => {
  const row = { priority: 100, src: 'all', protocol: '201' };
  const rows = ['100', '200'].map((table) => ({ ...row, table }));
  const [found, ...more] = rule.parse([rows, []], { on: web, nodes: [], deviceKind: () => undefined });
  expect(more).toEqual([]);
  expect(found?.attrs).toMatchObject({ table: 100, further: [200] });
  const { type, key, id, on } = at(100);
  const before = { ...at(100), attrs: found!.attrs };
  const ops = rule.write({ action: 'delete', type, key, id, on, fields: [], before }, { role: 'alone' });
  expect(ops.map((op) => (op.op === 'netlink' ? op.attrs['table'] : ''))).toEqual([100, 200]);
});
