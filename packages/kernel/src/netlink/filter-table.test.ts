import { expect, test } from 'vitest';
import { AttributeWriter } from './attribute-writer.js';
import { filterTableRequests, filterTableText } from './filter-table.js';
import type { NetlinkMessage } from './types.js';

type Fill = (to: AttributeWriter) => void;

const message = (fill: Fill, generation = 7): NetlinkMessage => {
  const writer = new AttributeWriter().field8(2, 0, generation >> 8, generation & 0xff);
  fill(writer);
  return { type: 0, ...writer.finish() };
};

const nested = (to: AttributeWriter, type: number, fill: Fill): void => {
  const begun = to.begin(type);
  fill(to);
  to.end(begun);
};

const chain = (name: string, policy?: number, table = 'filter', generation?: number): NetlinkMessage =>
  message((to) => {
    to.name(1, table);
    to.name(3, name);
    if (policy !== undefined) to.be32(5, policy);
  }, generation);

const expression =
  (name: string, data: Fill): Fill =>
  (to) =>
    nested(to, 1, () => {
      to.name(1, name);
      nested(to, 2, data);
    });

const meta = (key: number): Fill => expression('meta', (to) => to.be32(2, key));
const cmp = (name: string, op = 0): Fill =>
  expression('cmp', (to) => {
    to.be32(2, op);
    nested(to, 3, () => to.text(1, name));
  });
const comment = (text: string): Fill =>
  expression('match', (to) => {
    to.name(1, 'comment');
    to.name(3, `${text}\0\0\0`);
  });
/** struct xt_conntrack_mtinfo3, as far as its states. */
const conntrack = (states: number, flags = 1, inverted = 0): Fill =>
  expression('match', (to) => {
    const info = Buffer.alloc(160);
    for (const [at, value] of [
      [146, flags],
      [148, inverted],
      [150, states],
    ] as const)
      info.writeUInt16LE(value, at);
    to.name(1, 'conntrack');
    to.bytes(3, info);
  });
const verdict = (code: number): Fill =>
  expression('immediate', (to) => nested(to, 2, () => nested(to, 2, () => to.be32(1, code))));
const counter = expression('counter', () => undefined);

const rule = (...expressions: readonly Fill[]): NetlinkMessage =>
  message((to) => {
    to.name(1, 'filter');
    to.name(2, 'DOCKER-USER');
    nested(to, 4, () => {
      for (const it of expressions) it(to);
    });
  });

const MARK = 'pipewright:lab:front';
const CHAINS = [chain('FORWARD', 0), chain('DOCKER-USER')];
const between = (from: Fill, to: Fill): readonly Fill[] => [meta(6), from, meta(7), to];
const BRIDGE = between(cmp('br9\0'), cmp('br9\0'));

test('two dumps of the family, the rules of one table', () => {
  const [chains, rules] = filterTableRequests(6);
  expect([chains.type, rules.type]).toEqual([0xa04, 0xa07]);
  expect([...chains.body]).toEqual([10, 0, 0, 0]);
  expect(Buffer.from(rules.body).toString('latin1')).toContain('filter\0');
});

test('chains with their policies, and the rules that are ours, as iptables-save prints them', () => {
  const others = [chain('FORWARD', 1, 'nat')];
  const rules = [rule(...BRIDGE, comment(MARK), counter, verdict(1)), rule(counter, verdict(1))];
  expect(filterTableText([...CHAINS, ...others], rules)).toBe(
    `*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A DOCKER-USER -i br9 -o br9 -m comment --comment ${MARK} -j ACCEPT
COMMIT
`,
  );
});

test('nothing where there is no such table', () => expect(filterTableText([chain('FORWARD', 0, 'nat')], [])).toBe(''));

test.each([
  ['somebody else comments', comment('by hand')],
  ['a mark that is none', comment('pipewright')],
])('a rule is passed over: %s', (_, it) =>
  expect(
    filterTableText(CHAINS, [
      rule(
        meta(6),
        it,
        expression('xt', () => undefined),
      ),
    ]),
  ).not.toContain('-A'),
);

test.each<[string, readonly Fill[], string]>([
  ['comes in by a device', [meta(6), cmp('br9\0')], ' -i br9'],
  [
    'goes out by one, answers and what was sent on',
    [meta(7), cmp('br9\0'), conntrack(0x86)],
    ' -o br9 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT',
  ],
])('a rule for what %s', (_, expressions, words) =>
  expect(filterTableText(CHAINS, [rule(...expressions, comment(MARK), counter, verdict(1))])).toContain(
    `\n-A DOCKER-USER${words} -m comment --comment ${MARK} -j ACCEPT\n`,
  ),
);

test.each<[string, readonly Fill[]]>([
  ['another verdict', [...BRIDGE, comment(MARK), verdict(0)]],
  ['the beginning of a name', [...between(cmp('br'), cmp('br9\0')), comment(MARK), verdict(1)]],
  ['another than a name', [...between(cmp('br9\0', 1), cmp('br9\0')), comment(MARK), verdict(1)]],
  ['other fields of a packet', [meta(4), cmp('br9\0'), comment(MARK), verdict(1)]],
  ['a state that our rules have not', [meta(7), cmp('br9\0'), conntrack(0x0e), comment(MARK), verdict(1)]],
  ['states that it must not be in', [meta(7), cmp('br9\0'), conntrack(0x06, 1, 1), comment(MARK), verdict(1)]],
  ['more than states', [meta(7), cmp('br9\0'), conntrack(0x06, 3), comment(MARK), verdict(1)]],
  ['another match of xtables', [...BRIDGE, expression('match', (to) => to.name(1, 'mark')), comment(MARK), verdict(1)]],
  ['an expression of another kind', [...BRIDGE, comment(MARK), expression('limit', () => undefined), verdict(1)]],
])('a program has to be asked of a rule with our mark that says %s', (_, expressions) =>
  expect(filterTableText(CHAINS, [rule(...expressions)])).toBeUndefined(),
);

test('and where the rules changed between the two answers', () =>
  expect(filterTableText([...CHAINS, chain('INPUT', 1, 'filter', 8)], [])).toBeUndefined());
